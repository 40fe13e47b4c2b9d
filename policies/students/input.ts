import { UnderstudyError } from '../../env/error.ts';
import { type Observations, orderOf } from '../../env/observation.ts';
import { phraseSets } from '../../env/phrase-sets.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { type Architecture, isBag } from './architecture.ts';

/** Token ids of a transformer: padding has one of its own, phrase j is j + 1, and every row begins with BEGIN. */
export const PADDING = 0;
export const beginOf = (width: number): number => width + 1;

/**
 * Tokens of the longest row that a vocabulary can make: BEGIN, one phrase of each group, and every other phrase. Attention
 * costs the square of it, so groups of many phrases must not lengthen rows.
 */
export const longestOf = ({ phrases, groups }: Pick<Vocabulary, 'phrases' | 'groups'>): number =>
  1 + phrases.length - groups.reduce((sum, group) => sum + group.phrases.length - 1, 0);

/** Row i as 0/1 columns, written to out[at…at + width). */
export function writeBag(batch: Observations, i: number, out: Float32Array, at: number): void {
  const sets = phraseSets(batch.width);
  const set = batch.masks[i]!;
  for (let j = 0; j < batch.width; j++) out[at + j] = sets.holds(set, j) ? 1 : 0;
}

/** Row i as tokens in the order shown, padded to `length`, written to out[at…at + length). */
export function writeTokens(
  batch: Observations,
  i: number,
  out: Int32Array | BigInt64Array,
  at: number,
  length: number,
): void {
  const put = (t: number, token: number) => {
    // The two kinds of array take different numbers; ONNX indices are 64-bit.
    if (out instanceof BigInt64Array) out[at + t] = BigInt(token);
    else out[at + t] = token;
  };
  const order = orderOf(batch, i);
  if (order.length >= length)
    throw new UnderstudyError('OBSERVATION_WIDTH', `expected at most ${length - 1} phrases, got ${order.length}`);
  put(0, beginOf(batch.width));
  for (let t = 1; t < length; t++) put(t, t <= order.length ? order[t - 1]! + 1 : PADDING);
}

/** How a student's ONNX file takes observations: as 0/1 columns, or as tokens in the order shown. */
export type InputForm = 'bag' | 'tokens';

export const inputFormOf = (architecture: Architecture): InputForm => (isBag(architecture) ? 'bag' : 'tokens');

/** Columns of the input of a student. */
export const inputColumns = (
  architecture: Pick<Architecture, 'width'> & { readonly longest?: number | undefined },
  form: InputForm,
): number => (form === 'bag' ? architecture.width : (architecture.longest ?? architecture.width + 1));

/**
 * Rows from…from + rows of a batch as the ONNX file takes them, filled up to `size` rows that hold no phrase.
 * @param columns of a row
 * @throws {UnderstudyError} OBSERVATION_WIDTH for more phrases than a row has tokens for
 * @returns row-major [size, columns]
 */
export function inputOf(
  form: InputForm,
  batch: Observations,
  from: number,
  rows: number,
  size: number,
  columns: number,
): Float32Array | BigInt64Array {
  const { width } = batch;
  if (form === 'bag') {
    const input = new Float32Array(size * columns);
    for (let i = 0; i < rows; i++) writeBag(batch, from + i, input, i * columns);
    return input;
  }
  const input = new BigInt64Array(size * columns);
  for (let i = 0; i < size; i++)
    if (i < rows) writeTokens(batch, from + i, input, i * columns, columns);
    else input[i * columns] = BigInt(beginOf(width));
  return input;
}

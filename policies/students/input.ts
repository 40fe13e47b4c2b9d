import { type Observations, orderOf } from '../../env/observation.ts';
import { phraseSets } from '../../env/phrase-sets.ts';
import { type Architecture, isBag } from './architecture.ts';

/** Token ids of a transformer: padding has one of its own, phrase j is j + 1, and every row begins with BEGIN. */
export const PADDING = 0;
export const beginOf = (width: number): number => width + 1;
/** Tokens of the longest row: BEGIN and every phrase. */
export const longestOf = (width: number): number => width + 1;

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
  put(0, beginOf(batch.width));
  for (let t = 1; t < length; t++) put(t, t <= order.length ? order[t - 1]! + 1 : PADDING);
}

/** How a student's ONNX file takes observations: as 0/1 columns, or as tokens in the order shown. */
export type InputForm = 'bag' | 'tokens';

export const inputFormOf = (architecture: Architecture): InputForm => (isBag(architecture) ? 'bag' : 'tokens');

/** Columns of the input over a vocabulary of `width` phrases. */
export const inputColumns = (form: InputForm, width: number): number => (form === 'bag' ? width : longestOf(width));

/**
 * Rows from…from + rows of a batch as the ONNX file takes them, filled up to `size` rows that hold no phrase.
 * @returns row-major [size, inputColumns]
 */
export function inputOf(
  form: InputForm,
  batch: Observations,
  from: number,
  rows: number,
  size: number,
): Float32Array | BigInt64Array {
  const { width } = batch;
  const columns = inputColumns(form, width);
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

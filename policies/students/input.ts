import type { Observations } from '../../env/observation.ts';
import { type Architecture, isBag } from './architecture.ts';
import { beginOf, longestOf, writeBag, writeTokens } from './tokens.ts';

/** How a student's ONNX file takes observations: as 0/1 columns, or as tokens in the order shown (tokens.ts). */
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

import { type Observations, orderOf } from '../../env/observation.ts';

/** Token ids of a transformer: padding has one of its own, phrase j is j + 1, and every row begins with BEGIN. */
export const PADDING = 0;
export const beginOf = (width: number): number => width + 1;
/** Tokens of the longest row: BEGIN and every phrase. */
export const longestOf = (width: number): number => width + 1;

/** Row i as 0/1 columns, written to out[at…at + width). */
export function writeBag(batch: Observations, i: number, out: Float32Array, at: number): void {
  const mask = batch.masks[i]!;
  for (let j = 0; j < batch.width; j++) out[at + j] = (mask >>> j) & 1;
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

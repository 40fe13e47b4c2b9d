import { constant, mean, paired } from './moments.ts';

/**
 * Pearson's product-moment correlation.
 * @param target shape [n]
 * @param predicted shape [n]
 * @throws {RangeError} if the lengths differ or are 0
 * @returns from −1 to 1; NaN where either side is constant (one value included): it varies with nothing
 * @example pearson([1, 2, 3], [2, 4, 7]) // => 0.9933…
 */
export function pearson(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const n = paired('correlation', target, predicted);
  if (constant(target) || constant(predicted)) return Number.NaN;
  const targetMean = mean(target);
  const predictedMean = mean(predicted);
  let product = 0;
  let targetSquares = 0;
  let predictedSquares = 0;
  for (let i = 0; i < n; i++) {
    const a = target[i]! - targetMean;
    const b = predicted[i]! - predictedMean;
    product += a * b;
    targetSquares += a * a;
    predictedSquares += b * b;
  }
  // Rounding can leave the quotient just outside ±1.
  return Math.max(-1, Math.min(1, product / Math.sqrt(targetSquares * predictedSquares)));
}

/**
 * Ranks from 1, equal values sharing the mean of their ranks.
 * @param values shape [n]
 * @example ranks([10, 30, 10, 20]) // => Float64Array [1.5, 4, 1.5, 3]
 */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const result = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) result[order[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return result;
}

/**
 * Ranks of values that count differently: half a value's own weight and that of its equals, and all of what is lower.
 * With weights of 1 they are `ranks` less a half.
 * @param values shape [n]
 * @param weights shape [n]
 * @example weightedRanks([10, 30, 10], [1, 2, 1]) // => Float64Array [1, 3, 1]
 */
export function weightedRanks(values: ArrayLike<number>, weights: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const result = new Float64Array(values.length);
  let below = 0;
  for (let from = 0; from < order.length; ) {
    let [to, here] = [from, 0];
    for (; to < order.length && values[order[to]!] === values[order[from]!]; to++) here += weights[order[to]!]!;
    for (let i = from; i < to; i++) result[order[i]!] = below + here / 2;
    below += here;
    from = to;
  }
  return result;
}

/**
 * Spearman's rank correlation: Pearson's correlation of the ranks, ties sharing their mean rank.
 * @param target shape [n]
 * @param predicted shape [n]
 * @throws {RangeError} if the lengths differ or are 0
 * @returns from −1 to 1; NaN where either side is constant
 * @example spearman([1, 2, 3, 4], [1, 4, 9, 16]) // => 1
 */
export function spearman(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  paired('rank correlation', target, predicted);
  return pearson(ranks(target), ranks(predicted));
}

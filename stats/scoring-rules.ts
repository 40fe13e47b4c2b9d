import { weightedMean } from './moments.ts';

/**
 * Mean log loss of n decisions among k actions in nats, −Σ t ln p: with single choices the mean of −ln P of what was taken.
 * Good, "Rational decisions", 1952.
 * @param target row-major [n, k], each row summing to 1
 * @param predicted row-major [n, k]
 * @param weights how much each row counts, shape [n]; default 1 each
 * @throws {RangeError} if the shapes differ or there is no row
 * @returns 0 or more; Infinity where a prediction of 0 rules out what its target allows
 * @example logLoss([1, 0, 0, 1], [0.5, 0.5, 0.25, 0.75], 2) // => 0.4904…
 */
export function logLoss(
  target: ArrayLike<number>,
  predicted: ArrayLike<number>,
  k: number,
  weights?: ArrayLike<number>,
): number {
  const losses = rowsOf('log loss', target, predicted, k, (t, p) => (t === 0 ? 0 : -t * Math.log(p)));
  return weightedMean(losses, weights);
}

/**
 * Brier score of n decisions among k actions: half the squared distance of the two distributions, so that of two actions it
 * is the squared error of either probability. Brier, "Verification of forecasts expressed in terms of probability", 1950
 * (who does not halve).
 * @param target row-major [n, k], each row summing to 1
 * @param predicted row-major [n, k]
 * @param weights how much each row counts, shape [n]; default 1 each
 * @throws {RangeError} if the shapes differ or there is no row
 * @returns from 0 (perfect) to 1
 * @example brierScore([1, 0, 0, 1], [0.5, 0.5, 0.25, 0.75], 2) // => 0.15625
 */
export function brierScore(
  target: ArrayLike<number>,
  predicted: ArrayLike<number>,
  k: number,
  weights?: ArrayLike<number>,
): number {
  return weightedMean(
    rowsOf('Brier score', target, predicted, k, (t, p) => (p - t) ** 2 / 2),
    weights,
  );
}

function rowsOf(
  name: string,
  target: ArrayLike<number>,
  predicted: ArrayLike<number>,
  k: number,
  part: (t: number, p: number) => number,
): Float64Array {
  if (target.length !== predicted.length)
    throw new RangeError(`${name}: expected ${target.length} probabilities, got ${predicted.length}`);
  if (target.length === 0 || target.length % k !== 0)
    throw new RangeError(`${name}: expected rows of ${k} probabilities, got ${target.length} in all`);
  return Float64Array.from({ length: target.length / k }, (_, row) => {
    let sum = 0;
    for (let a = 0; a < k; a++) sum += part(target[row * k + a]!, predicted[row * k + a]!);
    return sum;
  });
}

import { paired } from './paired.ts';

/**
 * The number of outcomes k of two distributions over the same outcomes.
 * @param of what is being computed, for the message
 * @throws {RangeError} if the lengths differ or are 0, or either has a negative part or a sum that is not 1 (to 1e-6)
 */
export function requireDistributions(of: string, target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const k = paired(of, target, predicted);
  for (const [name, distribution] of [
    ['target', target],
    ['prediction', predicted],
  ] as const) {
    let sum = 0;
    for (let i = 0; i < k; i++) {
      if (!(distribution[i]! >= 0)) throw new RangeError(`${of}: the ${name} has ${distribution[i]} at ${i}`);
      sum += distribution[i]!;
    }
    if (Math.abs(sum - 1) > 1e-6) throw new RangeError(`${of}: the ${name} sums to ${Number(sum.toFixed(6))}, not 1`);
  }
  return k;
}

import { paired } from './moments.ts';

/**
 * Area under the receiver operating characteristic: the probability that a case of 1 is predicted higher than a case of 0,
 * ties counting half. Hanley & McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
 * curve", 1982; by ranks, Mann & Whitney 1947.
 * @param target shape [n], each 0 or 1
 * @param predicted shape [n]
 * @param weights how much each case counts, shape [n], 0 or more; default 1 each
 * @throws {RangeError} if the lengths differ or are 0, or a target is neither 0 nor 1
 * @returns from 0 to 1, 0.5 for chance; NaN if all targets are equal
 * @example areaUnderCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // => 0.75
 */
export function areaUnderCurve(
  target: ArrayLike<number>,
  predicted: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  const n = paired('AUC', target, predicted);
  for (let i = 0; i < n; i++)
    if (target[i] !== 0 && target[i] !== 1) throw new RangeError(`AUC: row ${i} has ${target[i]}, neither 0 nor 1`);
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => predicted[a]! - predicted[b]!);
  const weightOf = (i: number) => (weights ? weights[i]! : 1);
  let [below, zeros, ones, above] = [0, 0, 0, 0];
  for (let from = 0; from < n; ) {
    // Equal predictions are one step of the curve.
    let [zerosHere, onesHere, to] = [0, 0, from];
    for (; to < n && predicted[order[to]!] === predicted[order[from]!]; to++) {
      const weight = weightOf(order[to]!);
      if (target[order[to]!] === 1) onesHere += weight;
      else zerosHere += weight;
    }
    above += onesHere * (below + zerosHere / 2);
    below += zerosHere;
    zeros += zerosHere;
    ones += onesHere;
    from = to;
  }
  return zeros > 0 && ones > 0 ? above / (zeros * ones) : Number.NaN;
}

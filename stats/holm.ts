/**
 * P-values corrected for testing several hypotheses at once by Holm's step-down procedure: rejecting those of at most α
 * keeps the probability of any false rejection at most α, whatever the dependence between the tests.
 * Holm, "A simple sequentially rejective multiple test procedure", 1979; as adjusted p-values: Wright 1992.
 * @param p shape [m], from 0 to 1
 * @throws {RangeError} if a value is no probability
 * @returns shape [m], in the order given: the i-th smallest times m − i + 1, at least every smaller one's, at most 1
 * @example holm([0.01, 0.04, 0.03]) // => [0.03, 0.06, 0.06]
 */
export function holm(p: readonly number[]): number[] {
  p.forEach((value, i) => {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`Holm's correction: value ${i} is ${value}, no probability`);
  });
  const adjusted = new Array<number>(p.length);
  let most = 0;
  [...p.keys()]
    .sort((a, b) => p[a]! - p[b]!)
    .forEach((index, rank) => {
      most = Math.max(most, Math.min(1, (p.length - rank) * p[index]!));
      adjusted[index] = most;
    });
  return adjusted;
}

/**
 * How often each item is drawn in m draws with chances proportional to its weight, at equal distances from one random
 * start: each count lies within 1 of m·w/Σw and has that mean, so a mean over the draws is an unbiased estimate of the
 * weighted mean. Madow & Madow, "On the theory of systematic sampling", 1944.
 * @param weights shape [n], each 0 or more, not all 0
 * @param start uniform in [0, 1)
 * @returns shape [n]; sums to m
 * @example systematicSample([1, 3], 4, 0.5) // => Uint32Array[1, 3]
 */
export function systematicSample(weights: ArrayLike<number>, m: number, start: number): Uint32Array {
  const counts = new Uint32Array(weights.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  let drawn = 0;
  let below = 0;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    below += weights[i]!;
    while (drawn < m && ((drawn + start) / m) * total < below) {
      counts[i]!++;
      drawn++;
    }
    if (weights[i]! > 0) last = i;
  }
  // Rounding can carry the last draw just past the end.
  if (drawn < m) counts[last]! += m - drawn;
  return counts;
}

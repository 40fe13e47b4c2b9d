/**
 * Items drawn without replacement, each draw with chances proportional to the weights of what is left.
 * Efraimidis & Spirakis, "Weighted random sampling with a reservoir", 2006: the largest of the keys u^(1/w).
 * @param weights shape [n], each 0 or more; an item of weight 0 is drawn only when all others are
 * @param count number of items to draw; all if there are fewer
 * @param random uniform numbers in [0, 1), one for each item
 * @returns indices in the order drawn
 * @throws {RangeError} for a weight below 0 or none at all
 */
export function weightedSample(weights: ArrayLike<number>, count: number, random: () => number): Int32Array {
  const keys = Float64Array.from(weights, (weight, i) => {
    if (!(weight >= 0)) throw new RangeError(`a weight is 0 or more, got ${weight} at ${i}`);
    const u = 1 - random();
    // ln u / w, the logarithm of u^(1/w), keeps apart what would round to 0 or 1; without a weight, below all others.
    return weight > 0 ? Math.log(u) / weight : -Infinity;
  });
  return Int32Array.from(keys.keys())
    .sort((a, b) => (keys[a] === keys[b] ? a - b : keys[b]! - keys[a]!))
    .subarray(0, count);
}

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

/**
 * Wasserstein distance of order 1 between two samples (the earth mover's distance): the area between their cumulative
 * distributions. Vallender, "Calculation of the Wasserstein distance between probability distributions on the line", 1974.
 * @param a shape [n]
 * @param b shape [m]; n and m may differ
 * @throws {RangeError} if either sample is empty or has a value that is not finite
 * @returns 0 or more, in the values' units
 * @example wasserstein1([0, 1, 3], [5, 6, 8]) // => 5
 */
export function wasserstein1(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (const [name, sample] of [
    ['first', a],
    ['second', b],
  ] as const) {
    if (sample.length === 0) throw new RangeError(`Wasserstein distance: the ${name} sample is empty`);
    for (let i = 0; i < sample.length; i++)
      if (!Number.isFinite(sample[i]!))
        throw new RangeError(`Wasserstein distance: the ${name} sample has ${sample[i]}`);
  }
  const first = Float64Array.from(a).sort();
  const second = Float64Array.from(b).sort();
  const all = Float64Array.from([...first, ...second]).sort();
  let distance = 0;
  let i = 0;
  let j = 0;
  for (let k = 0; k + 1 < all.length; k++) {
    while (i < first.length && first[i]! <= all[k]!) i++;
    while (j < second.length && second[j]! <= all[k]!) j++;
    distance += Math.abs(i / first.length - j / second.length) * (all[k + 1]! - all[k]!);
  }
  return distance;
}

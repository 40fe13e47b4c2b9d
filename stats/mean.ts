/**
 * Arithmetic mean.
 * @param values shape [n]
 * @throws {RangeError} if there are no values
 * @example mean([1, 2, 6]) // => 3
 */
export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RangeError('the mean of no values');
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/**
 * The number of pairs in two arrays that belong together, row by row.
 * @param of what is being computed, for the message: "MSE"
 * @throws {RangeError} if the lengths differ (names both) or there are no pairs
 */
export function paired(of: string, target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  if (target.length !== predicted.length)
    throw new RangeError(
      `${of}: expected one prediction for each target, got ${target.length} targets and ${predicted.length} predictions`,
    );
  if (target.length === 0) throw new RangeError(`${of} needs 1 value or more, got 0`);
  return target.length;
}

/** Whether all values are equal: a variance computed from them would be rounding error, not 0. */
export function constant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

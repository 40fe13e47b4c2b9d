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

/**
 * Arithmetic mean.
 * @param values shape [n]
 * @throws {RangeError} if there are no values
 * @example mean([1, 2, 6]) // => 3
 */
export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RangeError('the mean needs 1 value or more, got 0');
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function squaredDeviations(values: ArrayLike<number>): number {
  if (constant(values)) return 0;
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2;
  return sum;
}

/**
 * Standard deviation of a sample, dividing by n − 1: what repeated answers say about the answers not seen.
 * @param values shape [n], two or more
 * @throws {RangeError} if there are fewer than 2 values: one value says nothing about spread
 * @example standardDeviation([1, 2, 3, 4]) // => 1.2909…
 */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2)
    throw new RangeError(`the sample standard deviation needs 2 values or more, got ${values.length}`);
  return Math.sqrt(squaredDeviations(values) / (values.length - 1));
}

/**
 * Standard deviation of a whole population, dividing by n.
 * @param values shape [n], one or more
 * @throws {RangeError} if there are no values
 * @example populationStandardDeviation([1, 2, 3, 4]) // => 1.1180…
 */
export function populationStandardDeviation(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RangeError('the standard deviation needs 1 value or more, got 0');
  return Math.sqrt(squaredDeviations(values) / values.length);
}

/**
 * Arithmetic mean of values that count differently.
 * @param values shape [n]
 * @param weights shape [n], 0 or more, not all 0; default 1 each
 * @throws {RangeError} if there are no values
 * @example weightedMean([1, 4], [2, 1]) // => 2
 */
export function weightedMean(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
  if (!weights) return mean(values);
  let [sum, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += weights[i]! * values[i]!;
    total += weights[i]!;
  }
  return sum / total;
}

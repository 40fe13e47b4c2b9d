import { paired } from './moments.ts';

/** One bin of a reliability diagram; a bin without predictions is not listed. */
export interface ReliabilityBin {
  /** Predictions in [from, to), the last bin in [from, 1]. */
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** How much its rows count together; absent if rows have no weights. */
  readonly weight?: number;
  readonly meanPredicted: number;
  readonly meanTarget: number;
}

/**
 * Mean target beside mean prediction, in bins of equal width of the prediction.
 * DeGroot & Fienberg, "The comparison and evaluation of forecasters", 1983; here the targets are probabilities too.
 * @param target shape [n], from 0 to 1
 * @param predicted shape [n], from 0 to 1
 * @param weights how much each row counts, shape [n]; default 1 each
 * @throws {RangeError} if the lengths differ or are 0, a value is outside 0…1, or bins is not a positive integer
 */
export function reliability(
  target: ArrayLike<number>,
  predicted: ArrayLike<number>,
  bins = 10,
  weights?: ArrayLike<number>,
): readonly ReliabilityBin[] {
  const n = paired('calibration', target, predicted);
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`calibration: expected 1 bin or more, got ${bins}`);
  const counts = new Float64Array(bins);
  const sums = new Float64Array(bins);
  const targets = new Float64Array(bins);
  const predictions = new Float64Array(bins);
  for (let i = 0; i < n; i++) {
    for (const value of [target[i]!, predicted[i]!])
      if (!(value >= 0 && value <= 1)) throw new RangeError(`calibration: row ${i} has ${value}, not a probability`);
    const bin = Math.min(bins - 1, Math.floor(predicted[i]! * bins));
    const weight = weights ? weights[i]! : 1;
    counts[bin]! += 1;
    sums[bin]! += weight;
    targets[bin]! += weight * target[i]!;
    predictions[bin]! += weight * predicted[i]!;
  }
  return Array.from(counts, (count, bin) => ({
    from: bin / bins,
    to: (bin + 1) / bins,
    n: count,
    ...(weights && { weight: sums[bin]! }),
    meanPredicted: predictions[bin]! / sums[bin]!,
    meanTarget: targets[bin]! / sums[bin]!,
  })).filter(({ n, weight = n }) => weight > 0);
}

/**
 * Expected calibration error for soft targets: the mean over predictions of |mean predicted − mean target| of their
 * bin. Naeini, Cooper & Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015, with the
 * teacher's probabilities in place of 0/1 outcomes.
 * @param target shape [n], from 0 to 1
 * @param predicted shape [n], from 0 to 1
 * @param bins of equal width; default 10
 * @param weights how much each row counts, shape [n]; default 1 each
 * @throws {RangeError} as `reliability` does
 * @returns from 0 (calibrated) to 1
 * @example expectedCalibrationError([0, 1, 1, 1], [0.2, 0.4, 0.9, 0.9]) // => 0.25
 */
export function expectedCalibrationError(
  target: ArrayLike<number>,
  predicted: ArrayLike<number>,
  bins = 10,
  weights?: ArrayLike<number>,
): number {
  let [sum, total] = [0, 0];
  for (const bin of reliability(target, predicted, bins, weights)) {
    const weight = bin.weight ?? bin.n;
    sum += weight * Math.abs(bin.meanPredicted - bin.meanTarget);
    total += weight;
  }
  return sum / total;
}

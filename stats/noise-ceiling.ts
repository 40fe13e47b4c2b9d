/**
 * Spearman–Brown prophecy: the reliability of the mean of k answers, from the reliability of one.
 * Spearman, "Correlation calculated from faulty data", 1910; Brown, "Some experimental results in the correlation of
 * mental abilities", 1910.
 * @param reliability of one answer, at most 1; an ICC of single ratings
 * @param k answers averaged; a fraction shortens
 * @throws {RangeError} if k is not positive or the reliability is not a number up to 1
 * @returns at most 1; −Infinity at and below the pole reliability = −1 / (k − 1), which no true reliability reaches
 * @example spearmanBrown(0.5, 4) // => 0.8
 */
export function spearmanBrown(reliability: number, k: number): number {
  if (!(k > 0)) throw new RangeError(`Spearman–Brown: expected a positive number of answers, got ${k}`);
  if (!(reliability <= 1)) throw new RangeError(`Spearman–Brown: expected a reliability up to 1, got ${reliability}`);
  const denominator = 1 + (k - 1) * reliability;
  return denominator <= 0 ? Number.NEGATIVE_INFINITY : (k * reliability) / denominator;
}

/** The best that any student can reach on labels that carry the teacher's noise. */
export interface NoiseCeiling {
  /** Coefficient of determination. */
  readonly r2: number;
  /** Pearson's correlation. */
  readonly pearson: number;
  /** Mean squared error, the least there can be. */
  readonly mse: number;
}

/**
 * The noise ceiling: scores of a student that knows the teacher's mean answer to every prompt exactly, against labels
 * that are means of `repeats` answers each. R² is then the labels' reliability, the correlation its root (Spearman, "The
 * proof and measurement of association between two things", 1904: attenuation), and the squared error the variance that
 * is left in such a mean.
 *
 * It holds for test prompts that are drawn as the prompts of the reliability are, answers that are independent given
 * the prompt, and the expectation over labels: a student scored on few rows may be lucky. Labels without noise, the
 * means of a whole distribution, have no such ceiling.
 * @param reliability of one answer, ICC(1,1); an estimate below 0 counts as 0: the answers tell prompts apart no better
 *   than chance
 * @param within variance of the answers to one prompt, 0 or more
 * @param repeats answers in each label's mean, 1 or more
 * @throws {RangeError} if the reliability is above 1, the variance negative or the repeats not positive
 * @example noiseCeiling(0.64, 0.09, 1) // => { r2: 0.64, pearson: 0.8, mse: 0.09 }
 */
export function noiseCeiling(reliability: number, within: number, repeats: number): NoiseCeiling {
  if (!(within >= 0)) throw new RangeError(`noise ceiling: expected a variance of 0 or more, got ${within}`);
  const r2 = spearmanBrown(Math.max(0, reliability), repeats);
  return { r2, pearson: Math.sqrt(r2), mse: within / repeats };
}

import { spearmanBrown } from './spearman-brown.ts';

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

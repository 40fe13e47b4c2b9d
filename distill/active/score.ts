import { bootstrap, type Interval } from '../../stats/bootstrap.ts';
import { mean } from '../../stats/moments.ts';

/** A mean squared error with its 95 % bootstrap interval over states. */
export interface Score extends Interval {
  readonly mse: number;
}

/**
 * The squared error of P(a) at each row, the mean over the actions but the first.
 * @param answers row-major [n, k]
 * @param targets row-major [n, k]
 * @returns shape [n]
 */
export function squaredErrors(answers: Float64Array, targets: Float64Array, k: number): Float64Array {
  return Float64Array.from({ length: targets.length / k }, (_, row) => {
    let sum = 0;
    for (let a = 1; a < k; a++) sum += (answers[row * k + a]! - targets[row * k + a]!) ** 2;
    return sum / (k - 1);
  });
}

/** @param errors shape [n], n > 0 */
export function scoreOf(errors: Float64Array, seed: number): Score {
  const sum = (rows: Uint32Array) => rows.reduce((total, row) => total + errors[row]!, 0) / rows.length;
  const [interval] = bootstrap(errors.length, (rows) => [sum(rows)], { seed });
  return { mse: mean([...errors]), ...interval! };
}

/** What a committee's single members score on the average, and what the average of their answers scores. */
export function committeeScores(
  answers: readonly Float64Array[],
  targets: Float64Array,
  k: number,
  seed: number,
): { single: Score; average: Score } {
  const errors = answers.map((answer) => squaredErrors(answer, targets, k));
  const average = Float64Array.from(targets, (_, at) => mean(answers.map((answer) => answer[at]!)));
  return {
    single: scoreOf(
      Float64Array.from(errors[0]!, (_, row) => mean(errors.map((error) => error[row]!))),
      seed,
    ),
    average: scoreOf(squaredErrors(average, targets, k), seed),
  };
}

/**
 * How far the members of a committee are apart about each row: the population variance over members of P(a), summed
 * over the actions but the first. 0 where all say the same.
 * Krogh & Vedelsby, "Neural network ensembles, cross validation, and active learning", NIPS 1994: the ambiguity.
 * @param answers shape [members], each row-major [n, k]
 * @param k actions
 * @returns shape [n]
 */
export function disagreement(answers: readonly Float64Array[], k: number): Float64Array {
  const n = (answers[0]?.length ?? 0) / k;
  return Float64Array.from({ length: n }, (_, row) => {
    let sum = 0;
    for (let a = 1; a < k; a++) {
      const at = row * k + a;
      // Measured from the first member, members that agree to the last bit have no variance, not one of rounding.
      const first = answers[0]![at]!;
      let mean = 0;
      let squares = 0;
      for (const answer of answers) {
        mean += (answer[at]! - first) / answers.length;
        squares += (answer[at]! - first) ** 2 / answers.length;
      }
      sum += Math.max(0, squares - mean * mean);
    }
    return sum;
  });
}

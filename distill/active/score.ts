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

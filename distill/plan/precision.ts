import type { KnownAnswer } from '../../policies/spending/rehearsal.ts';
import { iccHalfWidth, meanHalfWidth } from '../../stats/half-widths.ts';
import { mean, standardDeviation } from '../../stats/moments.ts';

/** How well a named result will be known. */
export interface PlannedPrecision {
  /** "mean P(ride)", "MSE of mlp", "ICC(1,1)". */
  readonly result: string;
  /** Half of the 95 % interval; null if there is nothing to go by. */
  readonly halfWidth: number | null;
  /** What it is predicted from, or why it is not. */
  readonly from: string;
}

/** Answers that a spread is taken from at least. */
const ENOUGH = 20;

/** Mean P(action) over the observations of a data set, for each action but the default one. */
export function meanPrecision(
  actions: readonly string[],
  known: readonly KnownAnswer[],
  n: number,
  population: number,
): PlannedPrecision[] {
  const usable = known.flatMap(({ answer }) => answer.probabilities ?? []).length === 0 ? [] : known;
  return actions.slice(1).map((action, a) => {
    const values = usable.flatMap(({ answer }) => (answer.probabilities ? [answer.probabilities[a + 1]!] : []));
    const result = `mean P(${action})`;
    if (n >= population) return { result, halfWidth: 0, from: 'every observation is asked about' };
    if (values.length < ENOUGH)
      return {
        result,
        halfWidth: null,
        from: `at most ${meanHalfWidth(0.5, n, population).toPrecision(2)}; --probe 100 tells the spread`,
      };
    return {
      result,
      halfWidth: meanHalfWidth(standardDeviation(values), n, population),
      from: `the spread of ${values.length} answers`,
    };
  });
}

/**
 * Mean squared error of a student on n rows.
 * @param errors its squared errors on rows like them
 */
export const errorPrecision = (student: string, errors: readonly number[], n: number): PlannedPrecision => ({
  result: `MSE of ${student}`,
  halfWidth: meanHalfWidth(standardDeviation(errors), n),
  // Few large errors carry it.
  from: `its squared errors on ${errors.length} rows; roughly`,
});

/** ICC(1,1) of samples at temperature 1, from readings of the prompts' distributions or an earlier study. */
export function iccPrecision(
  known: readonly KnownAnswer[],
  { prompts, runs, before }: { prompts: number; runs: number; before: number | undefined },
): PlannedPrecision {
  const result = 'ICC(1,1)';
  const read = known.flatMap(({ answer: { distribution, probabilities } }) =>
    distribution && probabilities ? [{ sd: distribution.sd, p: probabilities[1]! }] : [],
  );
  if (read.length >= ENOUGH) {
    const between = standardDeviation(read.map(({ p }) => p)) ** 2;
    const within = mean(read.map(({ sd }) => sd ** 2));
    if (between + within > 0)
      return {
        result,
        halfWidth: iccHalfWidth(between / (between + within), prompts, runs),
        from: `${read.length} distributions of the number`,
      };
  }
  if (before !== undefined && before < 1 && before > -1 / (runs - 1))
    return { result, halfWidth: iccHalfWidth(before, prompts, runs), from: 'the stability study of this workspace' };
  return { result, halfWidth: null, from: `no distributions to go by; --probe 100 reads some` };
}

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
 * Mean squared error of a student on n rows. Few large errors carry it, so half-widths of studies of n rows differ by more than a
 * better prediction could know; it says by how much.
 * @param errors its squared errors on rows like them
 */
export function errorPrecision(student: string, errors: readonly number[], n: number): PlannedPrecision {
  const sd = standardDeviation(errors);
  const own = spreadOfSd(errors, n);
  const all = Math.hypot(own, spreadOfSd(errors, errors.length));
  const rough = Number.isFinite(all)
    ? `; give or take ${(100 * all).toFixed(0)} %, ${(100 * own).toFixed(0)} % of it by the luck of the ${n} rows`
    : '';
  return {
    result: `MSE of ${student}`,
    halfWidth: meanHalfWidth(sd, n),
    from: `its squared errors on ${errors.length} rows${rough}`,
  };
}

/**
 * Relative standard deviation of a standard deviation of n values, from their fourth moment: √((κ − 1) / 4n).
 * Cramér, Mathematical Methods of Statistics, 1946, section 27.7.
 * @returns NaN if the values do not vary
 */
function spreadOfSd(values: readonly number[], n: number): number {
  const [centre, sd] = [mean(values), standardDeviation(values)];
  const kurtosis = mean(values.map((value) => ((value - centre) / sd) ** 4));
  return Math.sqrt((kurtosis - 1) / (4 * n));
}

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

import type { Share, ShareFit } from '../../workspace/evaluation.ts';
import { groupMeans, groupsOf, type RowGroup } from './groups.ts';
import { ENOUGH_ROWS } from './subgroups.ts';
import { commonRows, type TestRows } from './test-rows.ts';

/**
 * How often each action but the default one was taken, and how often a model says so: over all rows, by trait, by context
 * and by their numbers. For single choices this is what errors cannot show: whether the model is right on average about
 * people of one kind.
 * @param predicted shape [n, m]; rows without an answer count in no group
 */
export function sharesOf(test: TestRows, predicted: Float64Array, seed: number): Share[] {
  const { m, scenario } = test;
  const common = commonRows(test, [predicted]);
  if (common.rows.length === 0) return [];
  const all: RowGroup = { by: 'all', group: 'all', rows: common.rows.map((_, row) => row) };
  const groups = [all, ...groupsOf(test, common.rows)];
  const column = (values: Float64Array, a: number) => values.filter((_, i) => i % m === a);
  const columns = Array.from({ length: m }, (_, a) => {
    const [observed, said] = [column(common.target, a), column(common.predicted[0]!, a)];
    return [observed, said, said.map((p, i) => p - observed[i]!)];
  });
  const means = groupMeans(groups, common, columns.flat(), seed);
  return groups.flatMap(({ by, group, rows }, g) => {
    const units = new Set(rows.map((row) => common.states[row]!)).size;
    return columns.map((_, a): Share => {
      const [observed, said, difference] = means[g]!.slice(3 * a, 3 * a + 3);
      return {
        ...{ by, group, action: scenario.actions[a + 1]!, n: rows.length },
        observed: observed!.value,
        observedInterval: observed!.interval,
        predicted: said!.value,
        difference: difference!.value,
        interval: difference!.interval,
        ...(test.kind === 'choices' && beyondResampling(observed!.value, said!.value, units)),
      };
    });
  });
}

/** Of the normal distribution, for 95 %. */
const Z = 1.959964;

/**
 * Intervals for a group in which everybody chose alike: resampling shows no other choice there, and would take the share for
 * certain. Wilson, "Probable inference, the law of succession, and statistical inference", 1927, with as many independent
 * choices as there are units.
 */
function beyondResampling(
  observed: number,
  predicted: number,
  units: number,
): Pick<Share, 'observedInterval' | 'interval'> | undefined {
  if (observed !== 0 && observed !== 1) return undefined;
  const room = Z ** 2 / (units + Z ** 2);
  const [lower, upper] = observed === 0 ? [0, room] : [1 - room, 1];
  return { observedInterval: { lower, upper }, interval: { lower: predicted - upper, upper: predicted - lower } };
}

/** Fewer rows with an action, or without it, are too few for an interval to be judged by (Cochran 1952). */
const FEWEST_EXPECTED = 5;

/** How far 0 lies outside the interval of a difference; 0 if it does not. */
const beyond = ({ interval: { lower, upper } }: Pick<Share, 'interval'>) => Math.max(0, lower, -upper);

/**
 * Those whose intervals are judged: of groups of at least 20 rows, but not all rows, in which at least 5 are expected with the
 * action and 5 without it.
 */
export function judged<T extends Pick<Share, 'n' | 'predicted'> & { readonly by: string }>(shares: readonly T[]): T[] {
  const rows = shares.find(({ by }) => by === 'all')?.n;
  return shares.filter(
    ({ n, predicted }) => n !== rows && n >= ENOUGH_ROWS && Math.min(predicted, 1 - predicted) * n >= FEWEST_EXPECTED,
  );
}

/** How the shares that are judged fit; undefined if there is none. */
export function fitOf(shares: readonly Share[]): ShareFit | undefined {
  const compared = judged(shares);
  const [first] = compared;
  if (!first) return undefined;
  const furthest = compared.reduce((most, share) => {
    const [a, b] = [beyond(share), beyond(most)];
    return a > b || (a === b && Math.abs(share.difference) > Math.abs(most.difference)) ? share : most;
  }, first);
  return { compared: compared.length, apart: compared.filter((share) => beyond(share) > 0).length, furthest };
}

import { bootstrap, type Interval } from '../../stats/bootstrap.ts';
import { bias, mae, mse } from '../../stats/errors.ts';
import type { Subgroup } from '../../workspace/evaluation.ts';
import { type CommonRows, commonRows, type TestRows } from './test-rows.ts';

/** A group of fewer rows is listed, and never called the worst. */
export const ENOUGH_ROWS = 20;
const RESAMPLES = 500;

/** A group while it is filled: its rows, as numbers from 0 on among those that were answered. */
interface Group extends Pick<Subgroup, 'by' | 'group'> {
  readonly rows: number[];
}

/**
 * A model's errors by trait, by context, by the number of traits and by the number of contexts, groups without a row
 * left out. Rows belong to many groups: the groups of one kind are not independent.
 * @param predicted shape [n, m]; rows without an answer count in no group
 */
export function subgroupsOf(test: TestRows, predicted: Float64Array, seed: number): Subgroup[] {
  const { m } = test;
  const common = commonRows(test, [predicted]);
  if (common.rows.length === 0) return [];
  const groups = groupsOf(test, common.rows);
  const intervals = intervalsOf(groups, common, seed);
  return groups.map(({ by, group, rows }, g) => {
    const of = (values: Float64Array) =>
      Float64Array.from({ length: rows.length * m }, (_, i) => values[rows[Math.floor(i / m)]! * m + (i % m)]!);
    const [target, given] = [of(common.target), of(common.predicted[0]!)];
    return {
      by,
      group,
      n: rows.length,
      mse: mse(target, given),
      interval: intervals[g]!,
      mae: mae(target, given),
      bias: bias(target, given),
    };
  });
}

/**
 * The group of the largest MSE among those of at least 20 rows; undefined if there is none. The largest of many is
 * partly the unluckiest: its interval is not corrected for having been chosen.
 */
export function worstOf(subgroups: readonly Subgroup[]): Subgroup | undefined {
  return subgroups
    .filter(({ n }) => n >= ENOUGH_ROWS)
    .reduce<Subgroup | undefined>((worst, group) => (worst && worst.mse >= group.mse ? worst : group), undefined);
}

/** Phrases in the scenario's order, then sizes from the smallest. */
function groupsOf({ scenario, observations }: TestRows, answered: readonly number[]): Group[] {
  const traits = scenario.traits.length;
  const groups = new Map<number, Group>();
  const add = (place: number, by: Subgroup['by'], group: string, row: number) => {
    let found = groups.get(place);
    if (!found) groups.set(place, (found = { by, group, rows: [] }));
    found.rows.push(row);
  };
  answered.forEach((testRow, row) => {
    const phrases = scenario.sets.indices(observations.masks[testRow]!);
    const few = phrases.filter((phrase) => phrase < traits).length;
    for (const phrase of phrases) add(phrase, phrase < traits ? 'trait' : 'context', scenario.phrases[phrase]!, row);
    add(scenario.phrases.length + few, 'traits', String(few), row);
    add(2 * scenario.phrases.length + 1 + phrases.length - few, 'contexts', String(phrases.length - few), row);
  });
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** Intervals of the MSE of each group, from the same resamples of all states. */
function intervalsOf(groups: readonly Group[], { target, predicted, states }: CommonRows, seed: number): Interval[] {
  const m = target.length / states.length;
  const count = states.reduce((most, state) => Math.max(most, state + 1), 0);
  const [sums, counts] = [new Float64Array(count), new Float64Array(count)];
  target.forEach((t, i) => {
    const state = states[Math.floor(i / m)]!;
    sums[state]! += (predicted[0]![i]! - t) ** 2;
    counts[state]!++;
  });
  // Rows of one state have the same phrases, so they are in the same groups.
  const inGroups = Array.from({ length: count }, () => new Set<number>());
  groups.forEach(({ rows }, g) => {
    for (const row of rows) inGroups[states[row]!]!.add(g);
  });
  const lists = inGroups.map((set) => Uint16Array.from(set));
  return bootstrap(
    count,
    (drawn) => {
      const [errors, probabilities] = [new Float64Array(groups.length), new Float64Array(groups.length)];
      for (const state of drawn)
        for (const g of lists[state]!) {
          errors[g]! += sums[state]!;
          probabilities[g]! += counts[state]!;
        }
      return groups.map((_, g) => errors[g]! / probabilities[g]!);
    },
    { seed, resamples: RESAMPLES },
  );
}

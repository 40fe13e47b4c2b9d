import { bootstrap, type Interval } from '../../stats/bootstrap.ts';
import { weightedMean } from '../../stats/moments.ts';
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
    const errors = Float64Array.from({ length: rows.length * m }, (_, i) => {
      const at = rows[Math.floor(i / m)]! * m + (i % m);
      return common.predicted[0]![at]! - common.target[at]!;
    });
    const { weights } = common;
    const each = weights && Float64Array.from(errors, (_, i) => weights[rows[Math.floor(i / m)]!]!);
    const meanOf = (part: (error: number) => number) => weightedMean(errors.map(part), each);
    return {
      by,
      group,
      n: rows.length,
      mse: meanOf((error) => error ** 2),
      interval: intervals[g]!,
      mae: meanOf(Math.abs),
      bias: meanOf((error) => error),
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
    add(100 + few, 'traits', String(few), row);
    add(200 + phrases.length - few, 'contexts', String(phrases.length - few), row);
  });
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** Intervals of the MSE of each group, from the same resamples of all units. */
function intervalsOf(
  groups: readonly Group[],
  { target, predicted, states, weights }: CommonRows,
  seed: number,
): Interval[] {
  const m = target.length / states.length;
  const count = states.reduce((most, state) => Math.max(most, state + 1), 0);
  const squares = new Float64Array(states.length);
  target.forEach((t, i) => {
    squares[Math.floor(i / m)]! += (predicted[0]![i]! - t) ** 2;
  });
  /** By unit, the groups that its rows are in, with their summed squares and weights there. */
  const parts = Array.from({ length: count }, () => new Map<number, { squares: number; weight: number }>());
  groups.forEach(({ rows }, g) => {
    for (const row of rows) {
      const of = parts[states[row]!]!;
      const part = of.get(g) ?? { squares: 0, weight: 0 };
      const weight = weights ? weights[row]! : 1;
      of.set(g, { squares: part.squares + weight * squares[row]!, weight: part.weight + weight * m });
    }
  });
  const lists = parts.map((of) => Array.from(of, ([g, part]) => ({ g, ...part })));
  return bootstrap(
    count,
    (drawn) => {
      const [errors, probabilities] = [new Float64Array(groups.length), new Float64Array(groups.length)];
      for (const unit of drawn)
        for (const { g, squares, weight } of lists[unit]!) {
          errors[g]! += squares;
          probabilities[g]! += weight;
        }
      return groups.map((_, g) => errors[g]! / probabilities[g]!);
    },
    { seed, resamples: RESAMPLES },
  );
}

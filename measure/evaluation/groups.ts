import { bootstrap, type Interval } from '../../stats/bootstrap.ts';
import type { Share } from '../../workspace/evaluation.ts';
import type { CommonRows, TestRows } from './test-rows.ts';

const RESAMPLES = 500;

/** Rows that have one thing in common, as numbers from 0 on among those that were answered. */
export interface RowGroup extends Pick<Share, 'by' | 'group'> {
  readonly rows: readonly number[];
}

/**
 * Rows by trait, by context, by the number of traits and by the number of contexts, groups without a row left out: phrases
 * in the scenario's order, then sizes from the smallest. Rows belong to many groups: those of one kind are not independent.
 * @param answered numbers of the test rows
 */
export function groupsOf({ scenario, observations }: TestRows, answered: readonly number[]): RowGroup[] {
  const traits = scenario.traits.length;
  const groups = new Map<number, Pick<Share, 'by' | 'group'> & { readonly rows: number[] }>();
  const add = (place: number, by: Share['by'], group: string, row: number) => {
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

/** A mean over the rows of a group, and its 95 % bootstrap over all units, in which a group's number of rows varies too. */
export interface GroupMean {
  readonly value: number;
  readonly interval: Interval;
}

/**
 * Means by group of columns of numbers, with intervals from the same resamples.
 * @param columns numbers of the answered rows, shape [c] each
 * @returns by group, by column
 */
export function groupMeans(
  groups: readonly RowGroup[],
  { states, weights }: Pick<CommonRows, 'states' | 'weights'>,
  columns: readonly Float64Array[],
  seed: number,
): GroupMean[][] {
  const count = states.reduce((most, state) => Math.max(most, state + 1), 0);
  const width = columns.length + 1;
  /** By unit, the groups that its rows are in, with their weight there and the weighted sums of the columns. */
  const parts = Array.from({ length: count }, () => new Map<number, Float64Array>());
  groups.forEach(({ rows }, g) => {
    for (const row of rows) {
      const of = parts[states[row]!]!;
      let sums = of.get(g);
      if (!sums) of.set(g, (sums = new Float64Array(width)));
      const weight = weights ? weights[row]! : 1;
      sums[0]! += weight;
      for (let c = 1; c < width; c++) sums[c]! += weight * columns[c - 1]![row]!;
    }
  });
  const lists = parts.map((of) => [...of]);
  const meansOf = (units: Iterable<number>): number[] => {
    const totals = new Float64Array(groups.length * width);
    for (const unit of units)
      for (const [g, sums] of lists[unit]!) for (let i = 0; i < width; i++) totals[g * width + i]! += sums[i]!;
    return Array.from(
      { length: groups.length * columns.length },
      (_, i) =>
        totals[Math.floor(i / columns.length) * width + 1 + (i % columns.length)]! /
        totals[Math.floor(i / columns.length) * width]!,
    );
  };
  const values = meansOf(lists.keys());
  const intervals = bootstrap(count, meansOf, { seed, resamples: RESAMPLES });
  return groups.map((_, g) =>
    columns.map((_, c) => ({ value: values[g * columns.length + c]!, interval: intervals[g * columns.length + c]! })),
  );
}

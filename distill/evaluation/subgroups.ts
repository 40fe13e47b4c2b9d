import { indicesOf } from '../../env/observation.ts';
import { bias } from '../stats/bias.ts';
import { bootstrap, type Interval } from '../stats/bootstrap.ts';
import { mae } from '../stats/mae.ts';
import { mse } from '../stats/mse.ts';
import { commonRows, type TestRows } from './test-rows.ts';

/** The test rows that have one thing in common. */
export interface Subgroup {
  /** What they are grouped by. */
  readonly by: 'trait' | 'context' | 'traits' | 'contexts';
  /** The phrase, or how many phrases. */
  readonly group: string;
  /** Rows. */
  readonly n: number;
  readonly mse: number;
  /** 95 % bootstrap over states. */
  readonly interval: Interval;
  readonly mae: number;
  /** Mean of predicted − target. */
  readonly bias: number;
}

/** A group of fewer rows is listed, and never called the worst. */
export const ENOUGH_ROWS = 20;
const RESAMPLES = 500;

/**
 * A model's errors by trait, by context, by the number of traits and by the number of contexts, groups without a row
 * left out. Rows belong to many groups: the groups of one kind are not independent.
 * @param predicted shape [n, m]; rows without an answer count in no group
 */
export function subgroupsOf(test: TestRows, predicted: Float64Array, seed: number): Subgroup[] {
  const { scenario, observations } = test;
  const traits = scenario.traits.length;
  const groups = new Map<string, { by: Subgroup['by']; group: string; rows: number[] }>();
  const add = (place: number, by: Subgroup['by'], group: string, row: number) => {
    const key = `${String(place).padStart(4, '0')} ${by}`;
    let found = groups.get(key);
    if (!found) groups.set(key, (found = { by, group, rows: [] }));
    found.rows.push(row);
  };
  observations.masks.forEach((mask, row) => {
    const phrases = indicesOf(mask);
    const few = phrases.filter((phrase) => phrase < traits).length;
    for (const phrase of phrases) add(phrase, phrase < traits ? 'trait' : 'context', scenario.phrases[phrase]!, row);
    add(100 + few, 'traits', String(few), row);
    add(200 + phrases.length - few, 'contexts', String(phrases.length - few), row);
  });
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { by, group, rows }]) => {
      const { target, predicted: given, states } = commonRows(test, [predicted], rows);
      if (states.length === 0) return [];
      return {
        by,
        group,
        n: states.length,
        mse: mse(target, given[0]!),
        interval: squaredErrorInterval(target, given[0]!, states, seed),
        mae: mae(target, given[0]!),
        bias: bias(target, given[0]!),
      };
    });
}

/**
 * The group of the largest MSE among those of at least 20 rows; undefined where there is none. The largest of many is
 * partly the unluckiest: its interval is not corrected for having been chosen.
 */
export function worstOf(subgroups: readonly Subgroup[]): Subgroup | undefined {
  return subgroups
    .filter(({ n }) => n >= ENOUGH_ROWS)
    .reduce<Subgroup | undefined>((worst, group) => (worst && worst.mse >= group.mse ? worst : group), undefined);
}

function squaredErrorInterval(
  target: Float64Array,
  predicted: Float64Array,
  states: Uint32Array,
  seed: number,
): Interval {
  const m = target.length / states.length;
  const count = states.reduce((most, state) => Math.max(most, state + 1), 0);
  const [sums, counts] = [new Float64Array(count), new Float64Array(count)];
  target.forEach((t, i) => {
    const state = states[Math.floor(i / m)]!;
    sums[state]! += (predicted[i]! - t) ** 2;
    counts[state]!++;
  });
  const meanOf = (drawn: Uint32Array) => {
    let [sum, rows] = [0, 0];
    for (const state of drawn) {
      sum += sums[state]!;
      rows += counts[state]!;
    }
    return sum / rows;
  };
  return bootstrap(count, (drawn) => [meanOf(drawn)], { seed, resamples: RESAMPLES })[0]!;
}

import { UnderstudyError } from '../env/error.ts';
import { exactPath } from '../env/exact-path.ts';
import { meanField } from '../env/mean-field.ts';
import type { Peopling } from '../env/people.ts';
import { populationMoments } from '../env/population-moments.ts';
import type { Moments } from '../env/propagation.ts';
import type { Scenario } from '../env/scenario.ts';
import type { Table } from '../env/table.ts';
import type { Policy } from '../policies/policy.ts';

/** A total over agents and ticks that theory expects; without a deviation for a mean-field path, which has none. */
export interface ExpectedTotal {
  readonly mean: number;
  /** Standard deviation. */
  readonly sd?: number;
}

/**
 * What a run's totals are drawn from, given the course that the world takes under its seed: `exact` for independent agents;
 * `mean field` where they act on each other, which is what runs tend to as their population grows, not their expectation.
 */
export interface Expected {
  readonly kind: 'exact' | 'mean field';
  readonly actions: Readonly<Record<string, ExpectedTotal>>;
  readonly measures: Readonly<Record<string, ExpectedTotal>>;
  readonly reward: ExpectedTotal;
}

export interface ExpectedOptions {
  readonly agents: number;
  readonly seed: number;
  readonly ticks: number;
  readonly people: Peopling;
}

/**
 * The totals of a run by theory, without simulation.
 * @throws {RangeError} if the policy gives no probability for an observation that occurs
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for people that are not drawn, SCENARIO_TABLE for more trait sets than are
 *   listed
 */
export async function expectedTotals(
  scenario: Scenario,
  policy: Policy,
  { agents, seed, ticks, people }: ExpectedOptions,
): Promise<Expected> {
  if (people !== 'drawn')
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      'what is expected is computed for people who are drawn, and here as many of each kind are there as their shares say; leave one of the two out',
    );
  const named = (total: (name: string, i: number) => ExpectedTotal, names: readonly string[]) =>
    Object.fromEntries(names.map((name, i) => [name, total(name, i)]));
  const measures = Object.keys(scenario.measures);
  if (scenario.crowd.length > 0) {
    const path = await meanField(scenario, policy, { agents, seed, ticks });
    const total = (perTick: ArrayLike<number>) => ({
      mean: agents * Array.from(perTick).reduce((sum, x) => sum + x, 0),
    });
    return {
      kind: 'mean field',
      actions: named((_, a) => total(path.actions.map((shares) => shares[a]!)), scenario.actions),
      measures: named((name) => total(path.measures[name]!), measures),
      reward: total(path.rewards),
    };
  }
  const { totals } = await exactPath(counting(scenario), policy, { seed, ticks, totals: true });
  const total = (key: string): ExpectedTotal => {
    const moments: Moments = totals!.measures[key]!;
    const { mean, variance } = populationMoments([moments], agents, [1]);
    return { mean, sd: Math.sqrt(variance) };
  };
  return {
    kind: 'exact',
    actions: named((name) => total(`action ${name}`), scenario.actions),
    measures: named((name) => total(`measure ${name}`), measures),
    reward: total('reward'),
  };
}

/** The scenario with everything as a measure that a run adds up: each action, each measure and the reward. */
function counting(scenario: Scenario): Scenario {
  const { actions, measures, reward } = scenario;
  const taken = (a: number): Table<number> => ({
    parents: ['action'],
    sizes: [actions.length],
    rows: actions.map((_, b) => Number(a === b)),
  });
  return {
    ...scenario,
    measures: {
      ...Object.fromEntries(actions.map((name, a) => [`action ${name}`, taken(a)])),
      ...Object.fromEntries(Object.entries(measures).map(([name, table]) => [`measure ${name}`, table])),
      reward,
    },
  };
}

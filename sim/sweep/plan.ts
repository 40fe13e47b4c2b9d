import { UnderstudyError } from '../../env/error.ts';
import { seedsFrom } from '../replications.ts';
import type { Point } from './design.ts';

/** What a run is beside its seed: runs of one arm are replications of each other. */
export interface Arm {
  /** Place in the tables, from 0. */
  readonly number: number;
  readonly parameters: Readonly<Record<string, number>>;
  /** As openPolicy takes it. */
  readonly policy: string;
  readonly agents: number;
  /** Table of the people, in place of the scenario's own. */
  readonly population?: string;
}

/** One run of a sweep. */
export interface PlannedRun {
  readonly arm: Arm;
  readonly seed: number;
}

export interface PlanOptions {
  readonly points: readonly Point[];
  readonly policies: readonly string[];
  readonly agents: readonly number[];
  /** Tables of people; undefined: the scenario's own people. */
  readonly populations?: readonly (string | undefined)[];
  readonly seed: number;
  readonly replications: number;
}

export interface SweepPlan {
  readonly arms: readonly Arm[];
  /** Arm by arm. */
  readonly runs: readonly PlannedRun[];
  /** The arms of the points, in their order, by policy, number of agents and population. */
  readonly series: readonly (readonly Arm[])[];
}

/**
 * The runs of a sweep in the order of its tables: by policy, number of agents, population, point and seed. Every arm is played on the same
 * seeds, so that arms differ by what they are and not by luck; a point with a seed of its own is played from that one on.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for an empty design, or seeds that there cannot be
 */
export function planOf(options: PlanOptions): SweepPlan {
  const { points, policies, agents, populations = [undefined], seed, replications } = options;
  const arms = new Map<string, { readonly arm: Arm; readonly seeds: Set<number> }>();
  const kinds = policies.flatMap((policy) =>
    agents.flatMap((count) => populations.map((population) => ({ policy, agents: count, population }))),
  );
  const series = kinds.map((kind) =>
    points.map(({ parameters, seed: own = seed, ...set }) => {
      const { policy, agents, population } = { ...kind, ...set };
      const arm = { parameters, policy, agents, ...(population !== undefined && { population }) };
      const key = JSON.stringify(arm);
      const known = arms.get(key) ?? { arm: { number: arms.size, ...arm }, seeds: new Set() };
      arms.set(key, known);
      for (const each of seedsFrom(own, replications)) known.seeds.add(each);
      return known.arm;
    }),
  );
  if (arms.size === 0) throw new UnderstudyError('SIMULATION_ARGUMENT', 'the design is empty: it has no run');
  return {
    arms: [...arms.values()].map(({ arm }) => arm),
    runs: [...arms.values()].flatMap(({ arm, seeds }) => [...seeds].map((each) => ({ arm, seed: each }))),
    series,
  };
}

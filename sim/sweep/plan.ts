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
  readonly seed: number;
  readonly replications: number;
}

export interface SweepPlan {
  readonly arms: readonly Arm[];
  /** Arm by arm. */
  readonly runs: readonly PlannedRun[];
  /** The arms of the points, in their order, by policy and number of agents. */
  readonly series: readonly (readonly Arm[])[];
}

/**
 * The runs of a sweep in the order of its tables: by policy, number of agents, point and seed. Every arm is played on the same
 * seeds, so that arms differ by what they are and not by luck; a point with a seed of its own is played from that one on.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for an empty design, or seeds that there cannot be
 */
export function planOf({ points, policies, agents, seed, replications }: PlanOptions): SweepPlan {
  const arms = new Map<string, { readonly arm: Arm; readonly seeds: Set<number> }>();
  const series = policies.flatMap((policy) =>
    agents.map((count) =>
      points.map(({ parameters, ...own }) => {
        const arm = { parameters, policy: own.policy ?? policy, agents: own.agents ?? count };
        const key = JSON.stringify(arm);
        const known = arms.get(key) ?? { arm: { number: arms.size, ...arm }, seeds: new Set() };
        arms.set(key, known);
        for (const each of seedsFrom(own.seed ?? seed, replications)) known.seeds.add(each);
        return known.arm;
      }),
    ),
  );
  if (arms.size === 0) throw new UnderstudyError('SIMULATION_ARGUMENT', 'the design is empty: it has no run');
  return {
    arms: [...arms.values()].map(({ arm }) => arm),
    runs: [...arms.values()].flatMap(({ arm, seeds }) => [...seeds].map((each) => ({ arm, seed: each }))),
    series,
  };
}

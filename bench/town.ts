import { compiledData } from '../env/compiled.ts';
import type { Scenario } from '../env/scenario.ts';
import { stateSpace } from '../env/state-space.ts';
import { worldPath } from '../env/trajectory.ts';
import type { Policy } from '../policies/policy.ts';
import { Simulation } from '../sim/simulation.ts';

/** A scenario, a course of its world and what a policy decides in it: what every contestant plays. */
export interface Town {
  readonly scenario: Scenario;
  readonly policy: Policy;
  readonly seed: number;
  readonly ticks: number;
  /** Shape [ticks + 1, world factors]: levels. */
  readonly world: readonly (readonly number[])[];
  /** By observation that occurs: P of each action. */
  readonly decisions: readonly { readonly mask: number; readonly p: readonly number[] }[];
}

/** A town without crowds, from tick 0. */
export async function townOf(scenario: Scenario, policy: Policy, ticks: number, seed = 0): Promise<Town> {
  const path = worldPath(stateSpace(scenario), seed, ticks);
  const masks = new Set<number>();
  const simulation = new Simulation({ scenario, policy, agents: 100_000, seed });
  for (let tick = 0; tick < ticks; tick++) {
    for (const mask of simulation.observed().masks) masks.add(mask);
    await simulation.step();
  }
  // What a rival's agents may see beside what ours have seen: every occurring trait set in every context that was seen.
  const { sets, traits } = scenario;
  const all = sets.of(traits.keys());
  const seen = [...masks];
  const contexts = new Set(seen.map((mask) => sets.difference(mask, all)));
  const kinds = new Set(seen.map((mask) => sets.intersection(mask, all)));
  for (const kind of kinds) for (const context of contexts) masks.add(sets.union(kind, context));
  const list = Uint32Array.from(masks);
  const { probabilities } = await policy.decide({ width: scenario.phrases.length, masks: list });
  const k = scenario.actions.length;
  return {
    ...{ scenario, policy, seed, ticks },
    world: Array.from({ length: ticks + 1 }, (_, t) => [...path[t]!]),
    decisions: Array.from(list, (mask, i) => ({ mask, p: [...probabilities.slice(i * k, (i + 1) * k)] })),
  };
}

/** A town as JSON, for rivals of other languages. */
export const townData = ({ scenario, world, ticks, decisions }: Town): object => ({
  ...compiledData(scenario),
  ...{ course: world, ticks, decisions },
});

/** By tick: the share of agents that took each action. */
export type Shares = readonly (readonly number[])[];

/** How our engine plays the town. */
export async function ourShares({ scenario, policy, seed, ticks }: Town, agents: number): Promise<Shares> {
  const simulation = new Simulation({ scenario, policy, agents, seed });
  const shares: number[][] = [];
  for (let tick = 0; tick < ticks; tick++) shares.push((await simulation.step()).counts.map((count) => count / agents));
  return shares;
}

/** Among some hundred shares one that is further off is there by chance once in a thousand comparisons. */
const ERRORS = 4.8;

/**
 * Compares by tick how many took each action in two populations of independent people: given the world, each count is a sum
 * of independent choices, whose variance is at most that of a binomial.
 * @returns a sentence; @throws {Error} if they differ by more than sampling explains
 */
export function compareShares(name: string, ours: Shares, agents: number, theirs: Shares, theirAgents: number): string {
  let largest = 0;
  ours.forEach((shares, tick) =>
    shares.forEach((share, action) => {
      const other = theirs[tick]![action]!;
      const mean = (share * agents + other * theirAgents) / (agents + theirAgents);
      const error = Math.sqrt(mean * (1 - mean) * (1 / agents + 1 / theirAgents));
      if (share !== other) largest = Math.max(largest, Math.abs(share - other) / error);
    }),
  );
  const far = `${name}: shares of the actions differ from ours by at most ${largest.toFixed(1)} standard errors`;
  if (!(largest < ERRORS)) throw new Error(far);
  return `${far} in any of ${ours.length} ticks`;
}

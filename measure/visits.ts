import type { Scenario } from '../env/scenario.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import type { DecideOptions, Policy } from '../policies/policy.ts';
import { Simulation } from '../sim/simulation.ts';

/** The states that a population met under a policy, how many agents met each over all ticks, and what it decided there. */
export interface Visits {
  /** Ascending, each state once. */
  readonly masks: Uint32Array;
  /** Shape [masks]: agent-ticks; they sum to agents × ticks. */
  readonly counts: Float64Array;
  readonly agents: number;
  readonly ticks: number;
  /** P of each of the k actions in a visited state; NaN where the policy gave no answer. */
  readonly decided: (mask: number) => Float64Array;
}

export interface VisitOptions extends DecideOptions {
  readonly agents: number;
  /** Default: the scenario's horizon. */
  readonly ticks?: number;
  readonly seed: number;
}

/** Courses of the world that the agents are shared out to: the weather of one would decide too much. */
const WORLDS = 4;

/**
 * Where a population goes when a policy decides: the state distribution that its own decisions bring about, over four
 * worlds, which are the same for every policy of a seed. An agent's state is counted at each tick as the policy sees it,
 * before it acts; the policy is asked about each state once.
 */
export async function visitsOf(
  scenario: Scenario,
  policy: Policy,
  { agents, ticks = scenario.horizon, seed, signal, onProgress }: VisitOptions,
): Promise<Visits> {
  /** The policy, asked about each state once in all worlds together. */
  const once = new AskedOnce(scenario, policy);
  const none = new Float64Array(scenario.actions.length).fill(Number.NaN);
  const shares = Array.from({ length: WORLDS }, (_, world) => Math.ceil((agents - world) / WORLDS));
  const worlds = shares.flatMap((share, world) =>
    share > 0
      ? new Simulation({
          scenario,
          policy: once,
          agents: share,
          // Worlds of neighbouring seeds are not each other's.
          seed: (seed * WORLDS + world) % Number.MAX_SAFE_INTEGER,
          onFailure: 'skip',
        })
      : [],
  );
  const work = signal ? { signal } : {};
  const visits = new Map<number, number>();
  for (let tick = 0; tick < ticks; tick++) {
    const met = worlds.map((simulation) => simulation.observed());
    for (const { masks, counts } of met)
      masks.forEach((mask, i) => visits.set(mask, (visits.get(mask) ?? 0) + counts[i]!));
    // All worlds' questions in one batch: a network takes as long for one row as for a batch.
    await once.learn(
      met.flatMap(({ masks }) => [...masks]),
      work,
    );
    for (const simulation of worlds) await simulation.step(work);
    onProgress?.(tick + 1, ticks);
  }
  const masks = Uint32Array.from(visits.keys()).sort(scenario.sets.compare);
  return {
    masks,
    counts: Float64Array.from(masks, (mask) => visits.get(mask)!),
    agents,
    ticks,
    decided: (mask) => once.probabilities(mask) ?? none,
  };
}

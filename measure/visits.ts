import type { Scenario } from '../env/scenario.ts';
import type { Policy } from '../policies/policy.ts';
import { Simulation } from '../sim/simulation.ts';

/** The states that a population met, and how many agents met each, over all ticks. */
export interface Visits {
  /** Ascending, each state once. */
  readonly masks: Uint32Array;
  /** Shape [masks]: agent-ticks; they sum to agents × ticks. */
  readonly counts: Float64Array;
}

export interface VisitOptions {
  readonly scenario: Scenario;
  readonly agents: number;
  readonly days: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/**
 * Where a population goes when a policy decides: the state distribution that its own decisions bring about. An agent's
 * state is counted at each tick as the policy sees it, before it acts.
 */
export async function visitsOf(
  policy: Policy,
  { scenario, agents, days, seed, signal }: VisitOptions,
): Promise<Visits> {
  const simulation = new Simulation({ scenario, policy, agents, seed });
  const visits = new Map<number, number>();
  for (let tick = 0; tick < days * scenario.ticksPerDay; tick++) {
    const { masks, counts } = simulation.observed();
    masks.forEach((mask, i) => {
      visits.set(mask, (visits.get(mask) ?? 0) + counts[i]!);
    });
    await simulation.step({ ...(signal && { signal }) });
  }
  const masks = Uint32Array.from(visits.keys()).sort();
  return { masks, counts: Float64Array.from(masks, (mask) => visits.get(mask)!) };
}

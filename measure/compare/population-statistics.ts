import type { Scenario } from '../../env/scenario.ts';
import type { Simulation } from '../../sim/simulation.ts';

/** A number that a population comes to, and what kind it is. */
export interface PopulationStatistic {
  readonly name: string;
  /** A share from 0 to 1, or an amount per agent and tick. */
  readonly kind: 'share' | 'amount';
  /** NaN where there is nobody to take it of. */
  readonly value: number;
}

/**
 * Plays a simulation to an end and counts: the share of each action but the first on each day, among the people with each
 * trait and in each context; the share of agents and ticks at each place of the map; reward and measures per agent and tick.
 */
export async function populationStatistics(
  simulation: Simulation,
  ticks: number,
  signal?: AbortSignal,
): Promise<PopulationStatistic[]> {
  const { scenario } = simulation;
  const k = scenario.actions.length;
  const byDay: Float64Array[] = [];
  const bySet = new Map<number, Float64Array>();
  const levels = scenario.agent.find(({ name }) => name === scenario.map?.factor)?.levels ?? [];
  const present = new Float64Array(levels.length);
  const amounts = new Map<string, number>();
  for (let tick = 0; tick < ticks; tick++) {
    const { masks, of } = simulation.observing;
    if (scenario.map) for (const level of simulation.levels(scenario.map.factor)) present[level]!++;
    const { day, counts, reward, measures } = await simulation.step(signal ? { signal } : {});
    const { actions } = simulation;
    const today = (byDay[day - 1] ??= new Float64Array(k));
    counts.forEach((count, action) => (today[action]! += count));
    const counted = Array.from(masks, (mask) => {
      const known = bySet.get(mask) ?? new Float64Array(k);
      bySet.set(mask, known);
      return known;
    });
    for (let i = 0; i < of.length; i++) counted[of[i]!]![actions[i]!]!++;
    for (const [name, total] of [['reward', reward] as const, ...Object.entries(measures)])
      amounts.set(name, (amounts.get(name) ?? 0) + total);
  }
  const steps = simulation.agents * ticks;
  return [
    ...byDay.flatMap((counts, day) => sharesOf(scenario, counts, `on day ${day + 1}`)),
    ...byPhrase(scenario, bySet).flatMap((counts, phrase) =>
      sharesOf(scenario, counts, `if ${scenario.phrases[phrase]}`),
    ),
    ...levels.map((level, i) => ({ name: `at ${level}`, kind: 'share' as const, value: present[i]! / steps })),
    ...[...amounts].map(([name, total]) => ({ name, kind: 'amount' as const, value: total / steps })),
  ];
}

/** The shares of all actions but the first. */
function sharesOf({ actions }: Scenario, counts: Float64Array, when: string): PopulationStatistic[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return actions.slice(1).map((action, i) => ({
    name: `${action} ${when}`,
    kind: 'share',
    value: all > 0 ? counts[i + 1]! / all : Number.NaN,
  }));
}

/** By phrase: the actions of those who observe it. */
function byPhrase({ phrases, actions, sets }: Scenario, bySet: ReadonlyMap<number, Float64Array>): Float64Array[] {
  const counts = phrases.map(() => new Float64Array(actions.length));
  for (const [set, own] of bySet)
    for (const phrase of sets.indices(set)) own.forEach((count, action) => (counts[phrase]![action]! += count));
  return counts;
}

import { UnderstudyError } from '../../env/error.ts';
import { observations, phrasesOf } from '../../env/observation.ts';
import type { Peopling } from '../../env/people.ts';
import type { Scenario, Vocabulary } from '../../env/scenario.ts';
import { stateSpace } from '../../env/state-space.ts';
import type { AskedOnce } from '../../policies/asked-once.ts';
import { Plans } from '../../sim/engine/plans.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { AuditOutcome } from './claim.ts';
import type { AskedPeople } from './people.ts';

/** What a claim's outcome is on both sides under one policy, replication by replication. */
export interface Contrasted {
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** By kind of person (a number of `scenario.sets`): what the outcome differs by; absent if kinds cannot be paired. */
  readonly personas?: ReadonlyMap<number, number>;
}

/** Finds out a claim's outcome on both sides. @param memos who decides on each side */
export type Contrast = (memos: readonly [AskedOnce, AskedOnce], signal?: AbortSignal) => Promise<Contrasted>;

/** Asked about people in phrases: means of an action's probability over them. */
export function askedContrast(
  scenario: Vocabulary,
  outcome: AuditOutcome,
  sides: readonly [AskedPeople & { readonly masks: readonly number[] }, AskedPeople & { readonly masks: readonly number[] }], // biome-ignore format: one line
): Contrast {
  const action = scenario.actions.indexOf(outcome.name);
  const paired = sides[0].sets.join() === sides[1].sets.join();
  return async (memos, signal) => {
    const values: number[][] = [];
    for (const [s, { masks }] of sides.entries()) {
      const memo = memos[s]!;
      await memo.learn(masks, { ...(signal && { signal }) });
      const open = masks.filter((mask) => memo.outcome(mask) !== 'ok');
      if (open.length > 0) throw unanswered(scenario, memo, open, masks.length);
      values.push(masks.map((mask) => memo.probability(mask, action)));
    }
    const means = sides.map(({ weights }, s) => weights.reduce((sum, weight, i) => sum + weight * values[s]![i]!, 0));
    return {
      ...{ a: [means[0]!], b: [means[1]!] },
      ...(paired && {
        personas: new Map(sides[0].sets.map((set, i) => [set, values[1]![i]! - values[0]![i]!])),
      }),
    };
  };
}

function unanswered(scenario: Vocabulary, memo: AskedOnce, open: readonly number[], of: number): UnderstudyError {
  const { traits, context } = phrasesOf(scenario, observations(scenario, [open[0]!]), 0);
  return new UnderstudyError(
    'SIMULATION_UNANSWERED',
    `no probability for ${open.length} of ${of} people, such as "${[...traits, ...context].join(', ')}" (${memo.outcome(open[0]!)})`,
  );
}

export interface SimulatedOptions {
  readonly agents: number;
  readonly ticks: number;
  /** Those of the replications, the same on both sides and under every policy. */
  readonly seeds: readonly number[];
  readonly people?: Peopling;
}

/** Phrases up to which observations are counted in an array. */
const DENSE_PHRASES = 20;

/** Played by a population in two worlds, each on the same luck. */
export function simulatedContrast(
  scenarios: readonly [Scenario, Scenario],
  outcome: AuditOutcome,
  { agents, ticks, seeds, people }: SimulatedOptions,
): Contrast {
  const plans = scenarios.map((scenario) => new Plans(stateSpace(scenario)));
  const personaOf = kindOf(scenarios[0]);
  return async (memos, signal) => {
    const values: [number[], number[]] = [[], []];
    const personas: (ReadonlyMap<number, number> | undefined)[] = [];
    for (const [s, scenario] of scenarios.entries())
      for (const [r, seed] of seeds.entries()) {
        signal?.throwIfAborted();
        const simulation = new Simulation({
          ...{ scenario, policy: memos[s]!, agents, seed, plans: plans[s]! },
          ...(people && { people }),
        });
        // By kind of person once: that says what tests over persons would say, and nothing else rests on it.
        const counted = r === 0 && outcome.kind !== 'measure' ? countsOf(scenario) : undefined;
        values[s]!.push(await played(simulation, outcome, ticks, { signal, counted }));
        if (counted) personas[s] = meansBy(personaOf, memos[s]!, scenario.actions.indexOf(outcome.name), counted);
      }
    const [a, b] = personas;
    return {
      ...{ a: values[0], b: values[1] },
      ...(a &&
        b && {
          personas: new Map([...a].flatMap(([kind, mean]) => (b.has(kind) ? [[kind, b.get(kind)! - mean]] : []))),
        }),
    };
  };
}

/** How often each observation was made. */
interface ObservationCounts {
  add(mask: number, count: number): void;
  entries(): Iterable<readonly [number, number]>;
}

function countsOf({ phrases }: Vocabulary): ObservationCounts {
  if (phrases.length > DENSE_PHRASES) {
    const counts = new Map<number, number>();
    return { add: (mask, count) => counts.set(mask, (counts.get(mask) ?? 0) + count), entries: () => counts };
  }
  const counts = new Float64Array(2 ** phrases.length);
  return {
    add: (mask, count) => {
      counts[mask]! += count;
    },
    *entries() {
      for (let mask = 0; mask < counts.length; mask++) if (counts[mask]! > 0) yield [mask, counts[mask]!] as const;
    },
  };
}

async function played(
  simulation: Simulation,
  { kind, name }: AuditOutcome,
  ticks: number,
  { signal, counted }: { readonly signal: AbortSignal | undefined; readonly counted: ObservationCounts | undefined },
): Promise<number> {
  const action = simulation.scenario.actions.indexOf(name);
  let [sum, decisions] = [0, 0];
  for (let tick = 0; tick < ticks; tick++) {
    if (counted) {
      const { masks, counts } = simulation.observed();
      for (let i = 0; i < masks.length; i++) counted.add(masks[i]!, counts[i]!);
    }
    const record = await simulation.step(signal ? { signal } : {});
    if (kind === 'probability' && record.decided > 0) sum += record.meanProbability[action]! * record.decided;
    else if (kind === 'share') sum += record.counts[action]!;
    else if (kind === 'measure') sum += name === 'reward' ? record.reward : record.measures[name]!;
    decisions += kind === 'probability' ? record.decided : simulation.agents;
  }
  return kind === 'measure' ? sum / simulation.agents : sum / decisions;
}

/** The traits of an observation. */
function kindOf({ sets, traits }: Vocabulary): (mask: number) => number {
  const known = new Map<number, number>();
  return (mask) => {
    let kind = known.get(mask);
    if (kind === undefined) known.set(mask, (kind = sets.of(sets.indices(mask).filter((i) => i < traits.length))));
    return kind;
  };
}

/** By kind of person: the mean of an action's probability over what they observed. */
function meansBy(
  personaOf: (mask: number) => number,
  memo: AskedOnce,
  action: number,
  counted: ObservationCounts,
): ReadonlyMap<number, number> {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [mask, count] of counted.entries()) {
    const kind = personaOf(mask);
    const own = sums.get(kind) ?? { sum: 0, count: 0 };
    own.sum += count * memo.probability(mask, action);
    own.count += count;
    sums.set(kind, own);
  }
  return new Map([...sums].map(([kind, { sum, count }]) => [kind, sum / count]));
}

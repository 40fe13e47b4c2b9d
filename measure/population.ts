import { UnderstudyError } from '../env/error.ts';
import { sequence } from '../env/random.ts';
import { crosses, type Part, partsOf, unionOf } from '../env/sampling/parts.ts';
import type { EmptyContext } from '../env/sampling/states.ts';
import type { Scenario, Vocabulary } from '../env/scenario.ts';
import { hasDynamics } from '../env/vocabulary.ts';
import { uniform } from '../policies/baselines/constant.ts';
import { Simulation } from '../sim/simulation.ts';

/** States as they occur in a population: draws with replacement, each state once with how often it was drawn. */
export interface PopulationSample {
  /** In the order in which they were first drawn. */
  readonly masks: Uint32Array;
  /** Shape [masks]: draws; they sum to the size. */
  readonly counts: Uint32Array;
  /** What the draws are a sample of, in words. */
  readonly distribution: string;
}

export interface PopulationOptions {
  /** Draws. */
  readonly size: number;
  readonly emptyContext: EmptyContext;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/**
 * Draws people from the law of the traits, and for each a situation. With dynamics: the person's own, at a random tick of
 * a run to the horizon in which everybody decides at random (the policy uniform), so that no trained policy decides what
 * it will be tested on; four worlds in turn. Without: any context set that goes with the traits, all equally likely.
 * The draws of a smaller size are the first of a larger one.
 * @throws {UnderstudyError} DISTILL_SIZE if nothing is left that may be drawn
 */
export async function populationStates(vocabulary: Vocabulary, options: PopulationOptions): Promise<PopulationSample> {
  const { contexts, traits, sets } = vocabulary;
  const situation = sets.of(contexts.map((_, c) => traits.length + c));
  const empty = options.emptyContext === 'exclude' && contexts.length > 0;
  const keep = (mask: number) => !empty || sets.meet(mask, situation);
  const drawn = hasDynamics(vocabulary) ? await lived(vocabulary, options, keep) : imagined(vocabulary, options, keep);
  const counts = new Map<number, number>();
  for (const mask of drawn) counts.set(mask, (counts.get(mask) ?? 0) + 1);
  const without = empty ? ', without the empty context' : '';
  return {
    masks: Uint32Array.from(counts.keys()),
    counts: Uint32Array.from(counts.values()),
    distribution: hasDynamics(vocabulary)
      ? `the population's own: ${drawn.length} agents drawn by their traits' weights, each at a random tick of a run of ${vocabulary.horizon} in which all decide uniformly at random${without}; rows are weighted by how often their state was drawn`
      : `the population's own: ${drawn.length} people drawn by their traits' weights, each in one of the context sets, all equally likely${without}; rows are weighted by how often their state was drawn`,
  };
}

/** Draws without a state to keep after which there is none. */
const PATIENCE = 10_000;

const nothingLeft = ({ id }: Vocabulary) =>
  new UnderstudyError(
    'DISTILL_SIZE',
    `${id}: ${PATIENCE} draws from the population gave no state that may be asked about`,
  );

function imagined(
  vocabulary: Vocabulary,
  { size, seed }: PopulationOptions,
  keep: (mask: number) => boolean,
): number[] {
  const random = sequence(seed, 'population');
  const parts = partsOf(vocabulary);
  const people = parts.traits.map((part) => drawer(part, random));
  const situations = parts.contexts.map((part) => drawer(part, random));
  const drawn: number[] = [];
  while (drawn.length < size) {
    const traits = people.map((draw) => draw());
    let state: number | undefined;
    for (let tried = 0; state === undefined; tried++) {
      if (tried === PATIENCE) throw nothingLeft(vocabulary);
      const whole = unionOf(vocabulary, [...traits, ...situations.map((draw) => draw())]);
      if (!crosses(vocabulary, parts, whole) && keep(whole)) state = whole;
    }
    drawn.push(state);
  }
  return drawn;
}

/** Draws a set of a part by the weights, or any if it has none. */
function drawer({ sets, weights }: Part, random: () => number): () => number {
  if (!weights) return () => sets[Math.floor(random() * sets.length)]!;
  let sum = 0;
  const cumulative = Float64Array.from(weights, (weight) => (sum += weight));
  return () => {
    const point = random() * sum;
    let [low, high] = [0, cumulative.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (point < cumulative[middle]!) high = middle;
      else low = middle + 1;
    }
    return sets[low]!;
  };
}

/** Courses of the world that the agents are shared out to: the weather of one would decide too much. */
const WORLDS = 4;

async function lived(
  scenario: Scenario,
  { size, seed, signal }: PopulationOptions,
  keep: (mask: number) => boolean,
): Promise<number[]> {
  // An agent's course does not depend on how many others there are, so more agents only add draws at the end.
  for (let agents = size; ; agents *= 2) {
    const met = await meetings(scenario, agents, seed, signal);
    const kept = met.filter(keep);
    if (kept.length >= size) return kept.slice(0, size);
    if (kept.length === 0 && agents >= PATIENCE) throw nothingLeft(scenario);
  }
}

/** Shape [agents]: what each sees at a tick of its own. */
async function meetings(scenario: Scenario, agents: number, seed: number, signal?: AbortSignal): Promise<number[]> {
  const random = sequence(seed, 'populationTicks');
  const ticks = Uint32Array.from({ length: agents }, () => Math.floor(random() * scenario.horizon));
  const runs = sequence(seed, 'population');
  const met = new Array<number>(agents);
  for (let world = 0; world < WORLDS; world++) {
    const own = Math.floor(runs() * Number.MAX_SAFE_INTEGER);
    const share = Math.ceil((agents - world) / WORLDS);
    if (share <= 0) continue;
    const simulation = new Simulation({ scenario, policy: uniform(scenario), agents: share, seed: own });
    for (let tick = 0; tick < scenario.horizon; tick++) {
      const { masks } = simulation;
      for (let agent = 0; agent < share; agent++)
        if (ticks[agent * WORLDS + world] === tick) met[agent * WORLDS + world] = masks[agent]!;
      await simulation.step(signal ? { signal } : {});
    }
  }
  return met;
}

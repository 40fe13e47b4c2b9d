import { setImmediate } from 'node:timers/promises';
import { quantise } from '../env/chance.ts';
import { UnderstudyError } from '../env/error.ts';
import { requireNoNetwork } from '../env/neighbours.ts';
import { sequence } from '../env/random.ts';
import { crosses, type Part, partsOf, unionOf } from '../env/sampling/parts.ts';
import type { EmptyContext } from '../env/sampling/states.ts';
import type { Scenario, Vocabulary } from '../env/scenario.ts';
import { stateSpace } from '../env/state-space.ts';
import { type CrowdPath, trajectory, worldPath } from '../env/trajectory.ts';
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

/** Courses of the world that the draws are shared out to: the weather of one would decide too much. */
const WORLDS = 4;

/** Agents that make the crowd of a course, where there is one. */
const CROWD = 10_000;

async function lived(
  scenario: Scenario,
  { size, seed, signal }: PopulationOptions,
  keep: (mask: number) => boolean,
): Promise<number[]> {
  requireNoNetwork(scenario, 'a sample of the states that a population meets');
  const space = stateSpace(scenario);
  const random = sequence(seed, 'populationTicks');
  const runs = sequence(seed, 'population');
  const courses: Course[] = [];
  for (let world = 0; world < WORLDS; world++)
    courses.push(await courseOf(scenario, Math.floor(runs() * Number.MAX_SAFE_INTEGER), signal));
  const k = scenario.actions.length;
  const anything = quantise(new Array<number>(k).fill(1 / k));
  const drawn: number[] = [];
  for (let draw = 0; drawn.length < size; draw++) {
    if (draw % WORLDS === 0) {
      signal?.throwIfAborted();
      if (draw % 64 === 0) await setImmediate();
    }
    if (drawn.length === 0 && draw === PATIENCE) throw nothingLeft(scenario);
    const tick = Math.floor(random() * scenario.horizon);
    const life = trajectory(space, () => anything, {
      ...courses[draw % WORLDS]!,
      agent: Math.floor(draw / WORLDS),
      ticks: tick + 1,
    });
    const { mask } = life[tick]!;
    if (keep(mask)) drawn.push(mask);
  }
  return drawn;
}

/** A course of the world, and of the crowd if there is one: that of a population in which all decide at random. */
interface Course {
  readonly seed: number;
  readonly path: readonly Int32Array[];
  readonly crowd?: CrowdPath;
}

async function courseOf(scenario: Scenario, seed: number, signal?: AbortSignal): Promise<Course> {
  const space = stateSpace(scenario);
  const ticks = scenario.horizon;
  if (scenario.crowd.length === 0) return { seed, path: worldPath(space, seed, ticks) };
  const simulation = new Simulation({ scenario, policy: uniform(scenario), agents: CROWD, seed });
  const levels = [simulation.crowdLevels];
  for (let tick = 0; tick < ticks; tick++) {
    await simulation.step(signal ? { signal } : {});
    levels.push(simulation.crowdLevels);
  }
  const crowd: CrowdPath = (tick) => levels[tick]!;
  return { seed, path: worldPath(space, seed, ticks, crowd), crowd };
}

import { UnderstudyError } from '../../env/error.ts';
import { sensible } from '../../env/occurring.ts';
import { builtCovering } from '../../env/sampling/built-covering.ts';
import { type Covering, pairwiseCovering } from '../../env/sampling/covering.ts';
import { canList, firstOf, firstStates, listStates, samplingOrder } from '../../env/sampling/sampling.ts';
import { EMPTY_CONTEXT, type EmptyContext, stateCount, states } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { populationStates } from '../../measure/population.ts';

/** Which states a data set asks about. */
export const samplings = ['stratified', 'pairwise', 'population', 'all'] as const;
export type Sampling = (typeof samplings)[number];

/** Fewer rows than this would leave the test set empty. */
export const SMALLEST_DATASET = 5;
/** States of a stratified sample, and draws from the population, where no size is given. */
export const DEFAULT_SIZE = 2000;
/** Up to so many states, the rows of a covering are chosen among all; beyond, they are built phrase by phrase. */
const CHOSEN_AMONG = 2 ** 17;

export interface SampleOptions {
  readonly sampling?: Sampling;
  readonly size?: number | 'all';
  readonly emptyContext?: EmptyContext;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Sample {
  readonly sampling: Sampling;
  readonly emptyContext: EmptyContext;
  /** In the order in which they are asked and written, each once. */
  readonly masks: Uint32Array;
  /** Shape [masks]: how often each was drawn from the population; absent where each counts the same. */
  readonly weights?: Uint32Array;
  /** What the rows are a sample of, in words. */
  readonly distribution: string;
  /** For a pairwise sample: the pairs that its first rows cover. */
  readonly covering?: { readonly rows: number; readonly pairs: number; readonly impossible: number };
}

/**
 * @throws {UnderstudyError} DISTILL_ARGUMENT for a sampling and a size that contradict each other, DISTILL_SIZE for too
 * few
 */
export function samplingOf({ sampling, size }: Pick<SampleOptions, 'sampling' | 'size'>): Sampling {
  const wrong = (message: string) => new UnderstudyError('DISTILL_ARGUMENT', message);
  if (sampling === 'all' && typeof size === 'number')
    throw wrong(`sampling all takes every state, not ${size}; leave out the size or the sampling`);
  if (sampling === 'pairwise' && size === 'all')
    throw wrong('size all takes every state, so there are no pairs to choose for; leave out sampling pairwise');
  if (sampling === 'population' && size === 'all')
    throw wrong('size all takes every state once, however rare; give the number of draws from the population');
  if (typeof size === 'number' && size < SMALLEST_DATASET)
    throw new UnderstudyError(
      'DISTILL_SIZE',
      `a data set has ${SMALLEST_DATASET} rows or more, so that train and test both have one; got ${size}`,
    );
  return size === 'all' ? 'all' : (sampling ?? 'stratified');
}

/**
 * Draws the states of a data set. The empty context is among them unless it is excluded. If contexts depend on traits, only
 * observations that can occur are drawn; the size `all` takes the others, too.
 * @param recorded the states that a teacher of recorded decisions knows; `all` then takes these
 * @throws {UnderstudyError} as samplingOf does, and DISTILL_SIZE naming the sizes that there can be, or how many states
 *   cannot be listed
 */
export async function drawSample(
  scenario: Vocabulary,
  options: SampleOptions,
  recorded?: Uint32Array,
): Promise<Sample> {
  const { seed, signal } = options;
  const sampling = samplingOf(options);
  const emptyContext = options.emptyContext ?? EMPTY_CONTEXT;
  const common = { sampling, emptyContext };
  // What is built phrase by phrase is not chosen among what can occur.
  const unchosen = sampling === 'all' || (sampling === 'pairwise' && stateCount(scenario) > CHOSEN_AMONG);
  const occurs = unchosen ? undefined : sensible(scenario);
  const empty = `${emptyContext === 'include' ? 'the empty context included' : 'without the empty context'}${occurs ? ', of the observations that can occur' : ''}`;
  const keep = keepsBy(scenario, emptyContext, occurs);
  // 'all' is the only sampling of the size `all`.
  const size = options.size === 'all' ? undefined : options.size;
  switch (sampling) {
    case 'all': {
      const listed = recorded ?? listStates(scenario, 'take a size, or sampling stratified, pairwise or population');
      return {
        ...common,
        // Left out of the order of all, so that the choice does not reorder the states that both have.
        masks: samplingOrder(scenario, seed, listed).filter(keep),
        distribution: recorded
          ? `every state that the recorded file has${emptyContext === 'exclude' ? ', without the empty context' : ''}`
          : `every observation of the vocabulary, ${empty}`,
      };
    }
    case 'stratified':
      return {
        ...common,
        masks: firstStates(scenario, seed, size ?? defaultSize(scenario, keep), { keep }),
        distribution: `stratified by number of traits × number of contexts, without replacement, ${empty}`,
      };
    case 'population': {
      const drawn = { size: size ?? DEFAULT_SIZE, emptyContext, seed, ...(signal && { signal }) };
      const { masks, counts, distribution } = await populationStates(scenario, drawn);
      return { ...common, masks, weights: counts, distribution };
    }
    case 'pairwise':
      return { ...common, ...covered(scenario, { size, seed, emptyContext, keep, empty }) };
  }
}

/** States of a sample without a size: all, if they are few. */
function defaultSize(scenario: Vocabulary, keep: (mask: number) => boolean): number {
  if (stateCount(scenario) > 2 * DEFAULT_SIZE) return DEFAULT_SIZE;
  let count = 0;
  for (const mask of states(scenario)) if (keep(mask)) count++;
  return Math.min(DEFAULT_SIZE, count);
}

/** Whether a state may be asked about. @param occurs whether it can occur; absent if that does not matter */
function keepsBy(
  { sets, traits, contexts }: Vocabulary,
  emptyContext: EmptyContext,
  occurs: (mask: number) => boolean = () => true,
): (mask: number) => boolean {
  if (emptyContext === 'include' || contexts.length === 0) return occurs;
  const situation = sets.of(contexts.map((_, c) => traits.length + c));
  return (mask) => sets.meet(mask, situation) && occurs(mask);
}

interface Covered {
  readonly size: number | undefined;
  readonly seed: number;
  readonly emptyContext: EmptyContext;
  readonly keep: (mask: number) => boolean;
  readonly empty: string;
}

/** States that cover all pairs, filled up to a size. */
function covered(
  scenario: Vocabulary,
  { size, seed, emptyContext, keep, empty }: Covered,
): Pick<Sample, 'masks' | 'distribution' | 'covering'> {
  const { masks, pairs, impossible } = coveringOf(scenario, seed, emptyContext, keep);
  const n = size ?? masks.length;
  if (n < masks.length)
    throw new UnderstudyError(
      'DISTILL_SIZE',
      `${masks.length} states are needed to cover all ${pairs} pairs of phrases of ${scenario.id} (seed ${seed}); a size is at least ${masks.length}, got ${n}`,
    );
  return {
    masks: filledUp(scenario, masks, n, seed, keep),
    distribution: `${masks.length} states that cover all ${pairs} pairs of phrases, each present or absent${n > masks.length ? ', filled up stratified by number of traits × number of contexts' : ''}, without replacement, ${empty}`,
    covering: { rows: masks.length, pairs, impossible },
  };
}

function coveringOf(
  scenario: Vocabulary,
  seed: number,
  emptyContext: EmptyContext,
  keep: (mask: number) => boolean,
): Covering {
  if (stateCount(scenario) > CHOSEN_AMONG) return builtCovering(scenario, seed, emptyContext);
  return pairwiseCovering(Uint32Array.from(states(scenario)).filter(keep), scenario.sets, seed);
}

/** A covering and, after it, states in sampling order that are not in it. */
function filledUp(
  scenario: Vocabulary,
  masks: Uint32Array,
  size: number,
  seed: number,
  keep: (mask: number) => boolean,
): Uint32Array {
  const known = new Set(masks);
  const other = (mask: number) => keep(mask) && !known.has(mask);
  if (!canList(scenario)) {
    const rest = size > masks.length ? firstStates(scenario, seed, size - masks.length, { keep: other }) : [];
    return Uint32Array.from([...masks, ...rest]);
  }
  const rest = samplingOrder(scenario, seed).filter(other);
  return firstOf(scenario, Uint32Array.from([...masks, ...rest]), size);
}

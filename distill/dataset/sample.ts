import { UnderstudyError } from '../../env/error.ts';
import { pairwiseCovering } from '../../env/sampling/covering.ts';
import { firstOf, samplingOrder } from '../../env/sampling/sampling.ts';
import { EMPTY_CONTEXT, type EmptyContext } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';

/** Which states a data set asks about. */
export const samplings = ['stratified', 'pairwise', 'all'] as const;
export type Sampling = (typeof samplings)[number];

/** Fewer rows than this would leave the test set empty. */
export const SMALLEST_DATASET = 5;
/** States of a stratified sample where no size is given. */
export const DEFAULT_SIZE = 2000;

export interface SampleOptions {
  readonly sampling?: Sampling;
  readonly size?: number | 'all';
  readonly emptyContext?: EmptyContext;
  readonly seed: number;
}

export interface Sample {
  readonly sampling: Sampling;
  readonly emptyContext: EmptyContext;
  /** In the order in which they are asked and written, each once. */
  readonly masks: Uint32Array;
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
  if (typeof size === 'number' && size < SMALLEST_DATASET)
    throw new UnderstudyError(
      'DISTILL_SIZE',
      `a data set has ${SMALLEST_DATASET} rows or more, so that train and test both have one; got ${size}`,
    );
  return size === 'all' ? 'all' : (sampling ?? 'stratified');
}

/**
 * Draws the states of a data set. The empty context is among them unless it is excluded.
 * @param recorded the states that a teacher of recorded decisions knows; `all` then takes these
 * @throws {UnderstudyError} as samplingOf does, and DISTILL_SIZE naming the sizes that there can be
 */
export function drawSample(scenario: Vocabulary, options: SampleOptions, recorded?: Uint32Array): Sample {
  const { seed, size } = options;
  const sampling = samplingOf(options);
  const known = sampling === 'all' ? recorded : undefined;
  const emptyContext = options.emptyContext ?? EMPTY_CONTEXT;
  const { sets, traits, contexts } = scenario;
  const situation = sets.of(contexts.map((_, c) => traits.length + c));
  // Left out of the order of all, so that the choice does not reorder the states that both have.
  const ordered = samplingOrder(scenario, seed, known).filter(
    (mask) => emptyContext === 'include' || contexts.length === 0 || sets.meet(mask, situation),
  );
  const common = { sampling, emptyContext };
  const empty = emptyContext === 'include' ? 'the empty context included' : 'without the empty context';
  if (sampling === 'all')
    return {
      ...common,
      masks: ordered,
      distribution: known
        ? `every state that the recorded file has${emptyContext === 'exclude' ? ', without the empty context' : ''}`
        : `every observation of the vocabulary, ${empty}`,
    };
  if (sampling === 'stratified')
    return {
      ...common,
      masks: firstOf(scenario, ordered, size === undefined ? DEFAULT_SIZE : (size as number)),
      distribution: `stratified by number of traits × number of contexts, without replacement, ${empty}`,
    };
  const { masks, pairs, impossible } = pairwiseCovering(ordered, sets, seed);
  const n = (size as number | undefined) ?? masks.length;
  if (n < masks.length)
    throw new UnderstudyError(
      'DISTILL_SIZE',
      `${masks.length} states are needed to cover all ${pairs} pairs of phrases of ${scenario.id} (seed ${seed}); a size is at least ${masks.length}, got ${n}`,
    );
  const covered = new Set(masks);
  const rest = ordered.filter((mask) => !covered.has(mask));
  return {
    ...common,
    masks: firstOf(scenario, Uint32Array.from([...masks, ...rest]), n),
    distribution: `${masks.length} states that cover all ${pairs} pairs of phrases, each present or absent${n > masks.length ? ', filled up stratified by number of traits × number of contexts' : ''}, without replacement, ${empty}`,
    covering: { rows: masks.length, pairs, impossible },
  };
}

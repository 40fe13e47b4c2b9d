import type { Scenario } from '../scenario.ts';

/** Whether observations of an ordinary hour, in which no context holds, are among the states. */
export const emptyContexts = ['include', 'exclude'] as const;
export type EmptyContext = (typeof emptyContexts)[number];

/**
 * The default of everything that draws states: data sets of every sampling, prompts of a stability study, pools to choose
 * labels from, states that an error is measured on. A simulation meets the empty context.
 */
export const EMPTY_CONTEXT: EmptyContext = 'include';

/** What a scenario's states are made of. */
export type Vocabulary = Pick<Scenario, 'traits' | 'contexts' | 'conflicts' | 'traitSets'>;

/**
 * Masks of every state that a vocabulary can express without a conflict, one at a time and each once: trait set by trait
 * set, context sets ascending. What conflicts is never gone into, so the work is proportional to what is yielded.
 * For ice cream 59 trait sets × 287 context sets = 16,933, the states of the published decisions; 16,992 with the empty
 * context included. A scenario without contexts has states of empty context only, and keeps them.
 */
export function* states(vocabulary: Vocabulary, emptyContext: EmptyContext = EMPTY_CONTEXT): Generator<number> {
  const { traits, contexts, conflicts, traitSets } = vocabulary;
  const last = traits.length + contexts.length - 1;
  const rivals = Array.from({ length: last + 1 }, (_, phrase) =>
    conflicts.filter((pair) => pair.includes(phrase)).reduce((mask, [a, b]) => mask | (1 << (a === phrase ? b : a)), 0),
  );
  const excluded = emptyContext === 'exclude' && contexts.length > 0;
  for (const set of traitSets)
    for (const mask of withContexts(set, last, traits.length, rivals)) if (!excluded || mask !== set) yield mask;
}

/** A mask with every set of the phrases `first` to `phrase` that conflicts neither within nor with the mask. */
function* withContexts(mask: number, phrase: number, first: number, rivals: readonly number[]): Generator<number> {
  if (phrase < first) {
    yield mask >>> 0;
    return;
  }
  yield* withContexts(mask, phrase - 1, first, rivals);
  if ((mask & rivals[phrase]!) === 0) yield* withContexts(mask | (1 << phrase), phrase - 1, first, rivals);
}

import type { Vocabulary } from '../env/scenario.ts';
import { type DecisionFile, teachersIn } from './decisions.ts';
import { tableFormOf } from './vocabulary.ts';

/** Whose labels a file holds: a teacher's answers, or what stands in a table, such as what people did. */
export const labellers = ['by a teacher', 'in a table'] as const;
export type Labelled = (typeof labellers)[number];

/**
 * In a table if the vocabulary was imported or the labels are single choices, unless rows name a teacher or hold the
 * probability of a language model.
 */
export function whoLabelled(file: Pick<DecisionFile, 'rows' | 'kind'>, scenario: Vocabulary): Labelled {
  const ofModel = file.rows.some(({ probability_LLM }) => probability_LLM !== undefined);
  if (ofModel || teachersIn(file).length > 0) return 'by a teacher';
  return tableFormOf(scenario) || file.kind === 'choices' ? 'in a table' : 'by a teacher';
}

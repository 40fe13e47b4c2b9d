import type { ModelEffect } from '../workspace/effects.ts';
import { inOrder } from '../workspace/order.ts';
import { bestOf } from './candidates.ts';
import type { StudyFiles } from './study-files.ts';

/** The teacher of the study, where its effects are known. */
export function explainedTeacher({ effects = [], dataset, stability }: StudyFiles): string | undefined {
  const teacher = dataset?.teacher ?? stability?.teacher;
  return effects.find(({ model }) => model === teacher)?.model;
}

/** Models whose effects of phrases are known, from the simplest architecture on; the teacher is none of them. */
export function explained(study: StudyFiles): string[] {
  const { effects = [] } = study;
  const teacher = explainedTeacher(study);
  const models = new Set(effects.map(({ model }) => model).filter((model) => model !== teacher));
  return inOrder([...models], (model) => model);
}

/** Effects of single phrases. */
export const mainEffects = ({ effects = [] }: StudyFiles): ModelEffect[] =>
  effects.filter(({ beside }) => beside === undefined);

/** Effects of pairs. */
export const pairsOf = ({ effects = [] }: StudyFiles, model: string): (ModelEffect & { beside: string })[] =>
  effects.flatMap((row) => (row.model === model && row.beside !== undefined ? [{ ...row, beside: row.beside }] : []));

/** The model of the lowest error among those whose effects are known; the first of them where none was evaluated. */
export function bestExplained(study: StudyFiles, but?: string): string | undefined {
  const known = explained(study).filter((model) => model !== but);
  const { evaluation } = study;
  const models = evaluation?.models.filter(({ model }) => known.includes(model)) ?? [];
  const best = evaluation && bestOf({ ...study, evaluation: { ...evaluation, models } });
  return best?.model ?? known[0];
}

/** Whose pairs are shown: those of a plain logistic come from the bend of its sigmoid alone, so rather another's. */
export const shownInPairs = (study: StudyFiles): string | undefined =>
  bestExplained(study, 'logistic') ?? bestExplained(study);

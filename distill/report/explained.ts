import type { ModelEffect } from '../explain/effects-table.ts';
import { bestOf } from './candidates.ts';
import { inOrder } from './study-files/order.ts';
import type { StudyFiles } from './study-files.ts';

/** Models whose effects of phrases are known, from the simplest architecture on. */
export const explained = ({ effects = [] }: StudyFiles): string[] =>
  inOrder([...new Set(effects.map(({ model }) => model))], (model) => model);

/** Effects of single phrases. */
export const mainEffects = ({ effects = [] }: StudyFiles): ModelEffect[] =>
  effects.filter(({ beside }) => beside === undefined);

/** Effects of pairs. */
export const pairsOf = ({ effects = [] }: StudyFiles, model: string): (ModelEffect & { beside: string })[] =>
  effects.flatMap((row) => (row.model === model && row.beside !== undefined ? [{ ...row, beside: row.beside }] : []));

/** The model of the lowest error among those whose effects are known; the first where none was evaluated. */
export function bestExplained(study: StudyFiles, but?: string): string | undefined {
  const known = explained(study).filter((model) => model !== but);
  const evaluated = study.evaluation?.models.filter(({ model }) => known.includes(model)) ?? [];
  const best = bestOf({
    ...study,
    ...(study.evaluation && { evaluation: { ...study.evaluation, models: evaluated } }),
  });
  return best?.model ?? known[0];
}

import type { StudyModel } from '../workspace/evaluation.ts';
import { inOrder } from '../workspace/order.ts';
import type { StudyFiles } from './study-files.ts';

/** Models that were evaluated and are not baselines, from the simplest architecture on. */
export const candidates = ({ evaluation }: StudyFiles): StudyModel[] =>
  inOrder(evaluation?.models.filter(({ kind }) => kind !== 'baseline') ?? [], ({ model }) => model);

/** The candidate of the lowest error. */
export const bestOf = (study: StudyFiles): StudyModel | undefined =>
  candidates(study).reduce<StudyModel | undefined>(
    (best, now) => (best && best.mse <= now.mse ? best : now),
    undefined,
  );

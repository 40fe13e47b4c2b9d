import type { Student } from '../../policies/students/open.ts';
import { readEvaluation, type StudyEvaluation } from '../../workspace/evaluation.ts';
import { workspace } from '../../workspace/paths.ts';
import type { Score } from '../protocol/policies.ts';

/** What the evaluation of a workspace says; undefined if nothing was evaluated there, or what lies there is damaged. */
export const evaluationOf = (directory: string): Promise<StudyEvaluation | undefined> =>
  readEvaluation(workspace(directory)).catch(() => undefined);

/**
 * How far a student lies from the labels it is held against: by the evaluation if that was of this very student, otherwise
 * by the validation states of its training; undefined if neither is known.
 */
export function scoreOf(student: Student, evaluation: StudyEvaluation | undefined): Score | undefined {
  // An error against single choices says more of their luck than of the student.
  const model =
    evaluation?.labels === 'choices' ? undefined : evaluation?.models.find(({ policy }) => policy === student.id);
  if (model && Number.isFinite(model.mse))
    return {
      rmse: Math.sqrt(model.mse),
      ...(Number.isFinite(model.r2) && { r2: model.r2 }),
      on: 'test',
      rows: model.n,
    };
  const mse = student.config.training.validationMse;
  if (typeof mse !== 'number' || !(mse >= 0) || student.config.labels === 'choices') return undefined;
  return { rmse: Math.sqrt(mse), on: 'validation' };
}

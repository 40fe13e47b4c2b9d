import { type ModelCoefficient, readCoefficients } from '../workspace/coefficients.ts';
import { readDataset, type StudyDataset } from '../workspace/dataset.ts';
import { type ModelEffect, readEffects } from '../workspace/effects.ts';
import { readEvaluation, type StudyEvaluation } from '../workspace/evaluation.ts';
import { type LearningRow, readLearning } from '../workspace/learning-curve.ts';
import { type EarlierOnPolicyRow, readOnPolicy } from '../workspace/on-policy.ts';
import type { Workspace } from '../workspace/paths.ts';
import { type PredictedState, readPredictions } from '../workspace/predictions.ts';
import { readRepeats, readStability, type StudyStability } from '../workspace/stability.ts';
import { readStudents, type StudyStudent } from '../workspace/student-config.ts';
import { type EarlierSubgroup, readSubgroups } from '../workspace/subgroups.ts';
import { readLogs, type TrainingLog } from '../workspace/training-log.ts';

/** What a workspace holds of a study; undefined or empty where a step has not been made. */
export interface StudyFiles {
  readonly evaluation?: StudyEvaluation;
  readonly states: readonly PredictedState[];
  readonly subgroups?: readonly EarlierSubgroup[];
  readonly effects?: readonly ModelEffect[];
  readonly coefficients?: readonly ModelCoefficient[];
  readonly logs: readonly TrainingLog[];
  readonly stability?: StudyStability;
  /** Answers of the stability study's reruns that can be used, by prompt. */
  readonly repeats: readonly (readonly number[])[];
  readonly dataset?: StudyDataset;
  readonly students: readonly StudyStudent[];
  readonly learning?: readonly LearningRow[];
  readonly onPolicy?: readonly EarlierOnPolicyRow[];
}

/**
 * Reads what the steps before left in a workspace.
 * @throws {UnderstudyError} DISTILL_FILE naming a file that is damaged and the verb that makes it
 */
export async function readStudy(paths: Workspace): Promise<StudyFiles> {
  const evaluation = await readEvaluation(paths);
  const states = await readPredictions(paths, evaluation?.models.map(({ model }) => model) ?? []);
  const subgroups = await readSubgroups(paths);
  const effects = await readEffects(paths);
  const coefficients = await readCoefficients(paths);
  const logs = await readLogs(paths);
  const stability = await readStability(paths);
  const dataset = await readDataset(paths);
  return {
    ...(evaluation && { evaluation }),
    states,
    subgroups,
    effects,
    coefficients,
    logs,
    ...(stability && { stability }),
    ...(dataset && { dataset }),
    repeats: await readRepeats(paths),
    students: await readStudents(paths),
    learning: await readLearning(paths),
    onPolicy: await readOnPolicy(paths),
  };
}

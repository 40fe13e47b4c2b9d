import type { ModelCoefficient } from '../explain/coefficients-table.ts';
import type { ModelEffect } from '../explain/effects-table.ts';
import type { LearningRow } from '../plots/learning-curve.ts';
import type { OnPolicyRow } from '../plots/on-policy.ts';
import type { TrainingLog } from '../plots/training-curves.ts';
import type { Workspace } from '../workspace.ts';
import { readCoefficients } from './study-files/coefficients.ts';
import { readDataset, type StudyDataset } from './study-files/dataset.ts';
import { readEffects } from './study-files/effects.ts';
import { readEvaluation, type StudyEvaluation } from './study-files/evaluation.ts';
import { readLearning, readOnPolicy } from './study-files/labels-spent.ts';
import { readLogs } from './study-files/logs.ts';
import { type PredictedState, readPredictions } from './study-files/predictions.ts';
import { readRepeats, readStability, type StudyStability } from './study-files/stability.ts';
import { readStudents, type StudyStudent } from './study-files/students.ts';
import { readSubgroups, type StudySubgroup } from './study-files/subgroups.ts';

/** What a workspace holds of a study; undefined or empty where a step has not been made. */
export interface StudyFiles {
  readonly evaluation?: StudyEvaluation;
  readonly states: readonly PredictedState[];
  readonly subgroups?: readonly StudySubgroup[];
  readonly effects?: readonly ModelEffect[];
  readonly coefficients?: readonly ModelCoefficient[];
  readonly logs: readonly TrainingLog[];
  readonly stability?: StudyStability;
  /** Answers of the stability study's reruns that can be used, by prompt. */
  readonly repeats: readonly (readonly number[])[];
  readonly dataset?: StudyDataset;
  readonly students: readonly StudyStudent[];
  readonly learning?: readonly LearningRow[];
  readonly onPolicy?: readonly OnPolicyRow[];
}

/**
 * Reads what the steps before left in a workspace.
 * @throws {DistillError} DISTILL_FILE naming a file that is damaged and the verb that makes it
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

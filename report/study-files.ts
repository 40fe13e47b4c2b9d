import { join, relative } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { type AuditFiles, readAudit } from '../workspace/audits.ts';
import { type ModelCoefficient, readCoefficients } from '../workspace/coefficients.ts';
import { readDataset, type StudyDataset } from '../workspace/dataset.ts';
import { type ModelEffect, readEffects } from '../workspace/effects.ts';
import { readEvaluation, type StudyEvaluation } from '../workspace/evaluation.ts';
import { type LearningRow, readLearning } from '../workspace/learning-curve.ts';
import { type EarlierOnPolicyRow, readOnPolicy } from '../workspace/on-policy.ts';
import type { Workspace } from '../workspace/paths.ts';
import { type PopulationComparison, readPopulationComparison } from '../workspace/population-comparison.ts';
import { type PredictedState, readPredictions } from '../workspace/predictions.ts';
import { type ModelShare, readShares } from '../workspace/shares.ts';
import { readSpending, type Spending } from '../workspace/spending.ts';
import { readRepeats, readStability, type StudyStability } from '../workspace/stability.ts';
import { readStudents, type StudyStudent } from '../workspace/student-config.ts';
import { type EarlierSubgroup, readSubgroups } from '../workspace/subgroups.ts';
import { readSweep, type SweepFiles } from '../workspace/sweep.ts';
import { readLogs, type TrainingLog } from '../workspace/training-log.ts';
import { tableFormOf } from '../workspace/vocabulary.ts';
import { leastSteady } from './least-steady.ts';

/** What a workspace holds of a study; undefined or empty where a step has not been made. */
export interface StudyFiles {
  readonly evaluation?: StudyEvaluation;
  readonly states: readonly PredictedState[];
  readonly subgroups?: readonly EarlierSubgroup[];
  readonly shares?: readonly ModelShare[];
  readonly effects?: readonly ModelEffect[];
  readonly coefficients?: readonly ModelCoefficient[];
  readonly logs: readonly TrainingLog[];
  readonly stability?: StudyStability;
  /** Answers of the stability study's reruns that can be used, by prompt; of several actions, the least steady one's. */
  readonly repeats: readonly (readonly number[])[];
  readonly dataset?: StudyDataset;
  /** What was spent on teachers in the workspace, by teacher. */
  readonly spending?: readonly Spending[];
  /** The table that the vocabulary was imported from: its file, and the columns of the labels. */
  readonly table?: { readonly file: string; readonly labels: readonly string[] };
  readonly students: readonly StudyStudent[];
  readonly learning?: readonly LearningRow[];
  readonly onPolicy?: readonly EarlierOnPolicyRow[];
  /** The sweep in results/sweep. */
  readonly sweep?: SweepFiles;
  /** Two populations that were compared. */
  readonly compared?: PopulationComparison;
  /** A claim that was audited. */
  readonly audit?: AuditFiles;
  /** What is wrong with each file that is there but could not be read: a sentence with its name. */
  readonly damaged?: readonly string[];
}

/**
 * Reads what the steps before left in a workspace. A damaged file counts as missing, and `damaged` says what is wrong.
 * @param scenario what it is about; says which table it was imported from
 */
export async function readStudy(paths: Workspace, scenario?: Vocabulary): Promise<StudyFiles> {
  const form = scenario && tableFormOf(scenario);
  const damaged: string[] = [];
  const unlessDamaged = <T>(file: string, read: Promise<T>): Promise<T | undefined> =>
    read.catch((error: NodeJS.ErrnoException) => {
      if (error instanceof UnderstudyError && error.code === 'DISTILL_FILE') damaged.push(error.message);
      else if (error.syscall !== undefined)
        damaged.push(`${relative(paths.root, error.path ?? file)} cannot be read (${error.code})`);
      else throw error;
      return undefined;
    });
  const metric = (name: string) => join(paths.metrics, name);
  const evaluation = await unlessDamaged(metric('evaluation.json'), readEvaluation(paths));
  const models = evaluation?.models.map(({ model }) => model);
  // Whose predictions they are stands in the evaluation.
  const states = models && (await unlessDamaged(metric('predictions.csv'), readPredictions(paths, models)));
  const subgroups = await unlessDamaged(metric('subgroups.csv'), readSubgroups(paths));
  const shares = await unlessDamaged(metric('shares.csv'), readShares(paths));
  const effects = await unlessDamaged(metric('effects.csv'), readEffects(paths));
  const coefficients = await unlessDamaged(metric('coefficients.csv'), readCoefficients(paths));
  const logs = await unlessDamaged(paths.logs, readLogs(paths));
  const stability = await unlessDamaged(metric('stability.json'), readStability(paths));
  const repeats = await unlessDamaged(
    metric('stability.csv'),
    readRepeats(paths, leastSteady(stability ?? {})?.action),
  );
  const dataset = await unlessDamaged(join(paths.data, 'dataset.json'), readDataset(paths));
  const spending = await unlessDamaged(paths.spending, readSpending(paths));
  const students = await unlessDamaged(paths.configs, readStudents(paths));
  const learning = await unlessDamaged(metric('learning-curve.csv'), readLearning(paths));
  const sweep = await unlessDamaged(paths.sweep, readSweep(paths.sweep));
  const compared = await unlessDamaged(paths.compare, readPopulationComparison(paths));
  const audit = await unlessDamaged(paths.audit, readAudit(paths));
  const onPolicy = await unlessDamaged(metric('on-policy.csv'), readOnPolicy(paths));
  return {
    ...(evaluation && { evaluation }),
    states: states ?? [],
    ...(subgroups && { subgroups }),
    ...(shares && { shares }),
    ...(effects && { effects }),
    ...(coefficients && { coefficients }),
    logs: logs ?? [],
    ...(stability && { stability }),
    ...(dataset && { dataset }),
    ...(spending && spending.length > 0 && { spending }),
    ...(form && { table: { file: form.source.file, labels: form.label.columns } }),
    repeats: repeats ?? [],
    students: students ?? [],
    ...(learning && { learning }),
    ...(onPolicy && { onPolicy }),
    ...(sweep && { sweep }),
    ...(compared && { compared }),
    ...(audit && { audit }),
    ...(damaged.length > 0 && { damaged }),
  };
}

import { access, constants } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UnderstudyError } from '../env/error.ts';

/** Where a study keeps its files; every verb reads and writes here and nowhere else. */
export interface Workspace {
  readonly root: string;
  /** Which scenario everything in it is about. */
  readonly study: string;
  /** The vocabulary that `import` makes of a table. */
  readonly scenario: string;
  readonly data: string;
  readonly labels: string;
  /** Batches that were planned and sent, so that none is paid for twice. */
  readonly batches: string;
  /** What was spent on teachers. */
  readonly spending: string;
  readonly train: string;
  readonly test: string;
  readonly rejects: string;
  /** Where the rows of the three come from. */
  readonly dataset: string;
  /** Labels that active learning chose; every state, with the committee's average if there is no label. */
  readonly active: string;
  readonly activeCommittee: string;
  /** Labels of on-policy distillation. */
  readonly onPolicy: string;
  readonly models: string;
  /** NAME.onnx of each student. */
  readonly savedModels: string;
  /** NAME.json beside it: configuration and provenance. */
  readonly configs: string;
  /** Members of an ensemble, a workspace each. */
  readonly ensemble: string;
  /** Students of the rounds of on-policy distillation, a workspace each. */
  readonly rounds: string;
  /** What an interrupted training goes on from. */
  readonly unfinished: string;
  /** Models that `pull` downloads. */
  readonly teachers: string;
  readonly metrics: string;
  readonly evaluation: string;
  readonly evaluationTable: string;
  readonly predictions: string;
  readonly comparisons: string;
  readonly subgroups: string;
  readonly shares: string;
  /** What an evaluation asked its teachers. */
  readonly teacherAnswers: string;
  readonly effects: string;
  readonly coefficients: string;
  readonly stability: string;
  readonly stabilityTable: string;
  readonly learningCurve: string;
  readonly onPolicyCurve: string;
  /** Whether a claim survives other specifications, and each of them. */
  readonly audit: string;
  readonly auditTable: string;
  /** What it rests on: the outcome run by run, and by kind of person. */
  readonly auditRuns: string;
  readonly auditPersons: string;
  /** Whether two populations behave alike. */
  readonly compare: string;
  readonly plots: string;
  /** Tables of understudy sweep. */
  readonly sweep: string;
  /** How far runs are from those of their teachers, a file each. */
  readonly certificates: string;
  readonly logs: string;
  readonly report: string;
  /** What shards did that are not merged yet, a file each. */
  readonly shards: string;
  /** Runs of replications and audits that shards played, once they are merged. */
  readonly runs: string;
  /** The student of rules in words. */
  readonly rules: string;
  /** By which a viewer controls the runs of the workspace; for the eyes of its owner only. */
  readonly viewerToken: string;
}

export function workspace(directory: string): Workspace {
  const root = resolve(directory);
  const within = (folder: string) => (name: string) => join(folder, name);
  const [data, models, results] = ['data', 'models', 'results'].map(within(root)) as [string, string, string];
  const metrics = join(results, 'metrics');
  const [inData, inModels, inMetrics] = [within(data), within(models), within(metrics)];
  return {
    root,
    study: join(root, 'study.json'),
    scenario: join(root, 'scenario.json'),
    data,
    labels: inData('labels.jsonl'),
    batches: inData('batches.jsonl'),
    spending: inData('spending.jsonl'),
    train: inData('train.jsonl'),
    test: inData('test.jsonl'),
    rejects: inData('rejects.jsonl'),
    dataset: inData('dataset.json'),
    active: inData('active.jsonl'),
    activeCommittee: inData('active-committee.jsonl'),
    onPolicy: inData('on-policy.jsonl'),
    models,
    savedModels: inModels('saved_models'),
    configs: inModels('configs'),
    ensemble: inModels('ensemble'),
    rounds: inModels('on-policy'),
    unfinished: inModels('unfinished'),
    teachers: inModels('teachers'),
    metrics,
    evaluation: inMetrics('evaluation.json'),
    evaluationTable: inMetrics('evaluation.csv'),
    predictions: inMetrics('predictions.csv'),
    comparisons: inMetrics('comparisons.csv'),
    subgroups: inMetrics('subgroups.csv'),
    shares: inMetrics('shares.csv'),
    teacherAnswers: inMetrics('teacher-answers.csv'),
    effects: inMetrics('effects.csv'),
    coefficients: inMetrics('coefficients.csv'),
    stability: inMetrics('stability.json'),
    stabilityTable: inMetrics('stability.csv'),
    learningCurve: inMetrics('learning-curve.csv'),
    onPolicyCurve: inMetrics('on-policy.csv'),
    audit: inMetrics('audit.json'),
    auditTable: inMetrics('audit.csv'),
    auditRuns: inMetrics('audit-runs.csv'),
    auditPersons: inMetrics('audit-persons.csv'),
    compare: inMetrics('compare.json'),
    plots: join(results, 'plots'),
    sweep: join(results, 'sweep'),
    certificates: join(results, 'certificates'),
    logs: join(results, 'logs'),
    report: join(results, 'report.html'),
    shards: join(root, 'shards'),
    runs: inData('runs.jsonl'),
    rules: join(results, 'rules.md'),
    viewerToken: join(root, '.understudy', 'viewer-token'),
  };
}

/**
 * Says so before long work where its result could not be written.
 * @throws {UnderstudyError} DISTILL_FILE naming the folder
 */
export async function requireWritable(directory: string): Promise<void> {
  const folder = resolve(directory);
  const error = await access(folder, constants.W_OK).then(
    () => undefined,
    (reason: NodeJS.ErrnoException) => reason,
  );
  if (error?.code === 'ENOENT' && dirname(folder) !== folder) return requireWritable(dirname(folder));
  if (error)
    throw new UnderstudyError(
      'DISTILL_FILE',
      `${folder} cannot be written to (${error.code}); choose another --workspace`,
    );
}

/**
 * Where `pull` puts a model and where it is opened from. Beside `gguf` lies `provenance`, a JSON object whose `sha256`
 * (lower-case hex) the model file is checked against before it is loaded.
 */
export function pulledPaths(directory: string, name: string): { readonly gguf: string; readonly provenance: string } {
  const { teachers } = workspace(directory);
  return { gguf: join(teachers, `${name}.gguf`), provenance: join(teachers, `${name}.json`) };
}

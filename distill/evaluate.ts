import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { iceCream } from '../env/ice-cream.ts';
import type { Scenario } from '../env/scenario.ts';
import { nearest } from '../policies/baselines/nearest.ts';
import { type DecisionFile, readDecisions } from '../policies/decision-file.ts';
import { openPolicy } from '../policies/open.ts';
import type { Policy } from '../policies/policy.ts';
import type { Student } from '../policies/students/open.ts';
import { DistillError } from './distill-error.ts';
import { evaluationCsv, predictionsCsv } from './evaluation-tables.ts';
import type { WorkOptions } from './progress.ts';
import { difference, type Score, score } from './score.ts';
import { mean } from './stats/mean.ts';
import { workspace } from './workspace.ts';
import { writeFileAtomically } from './write-file.ts';

export interface EvaluateOptions extends WorkOptions {
  /** Decisions that the models are held against; any file with `traits`, `context` and `probability_LLM`. */
  readonly test: string;
  /** Students of the workspace by name, or whatever openPolicy knows. Default: every student in the workspace. */
  readonly models?: readonly string[];
  readonly workspace: string;
  readonly seed: number;
  /** Default ice-cream-v1. */
  readonly scenario?: Scenario;
  /** Whose decisions the test file holds; default: what its rows say. */
  readonly teacher?: string;
}

/** A file, as it was when it was read. */
export interface FileFacts {
  /** Relative to the workspace where it lies inside. */
  readonly path: string;
  readonly sha256: string;
  readonly rows: number;
}

/** One model's part of the report. */
export interface ModelReport extends Score {
  readonly model: string;
  readonly kind: 'student' | 'policy' | 'baseline';
  /** Id of the policy: the same id gives the same decisions. */
  readonly policy: string;
  readonly caveat?: string;
  /** Test states that the model gave no answer to; they are not in the numbers. */
  readonly unanswered: number;
  /** MSE minus that of the best baseline on the states that both answered; below 0 where the model is better. */
  readonly versusBaseline?: { readonly value: number; readonly lower: number; readonly upper: number };
  /** Whether the whole interval of that difference is below 0. */
  readonly beatsBaseline?: boolean;
  /** MSE minus that of the model of the lowest, which has none; an interval with 0 in it does not tell the two apart. */
  readonly versusBest?: { readonly value: number; readonly lower: number; readonly upper: number };
}

/** Kept as results/metrics/evaluation.json. */
export interface EvaluationReport {
  readonly scenario: string;
  /** The actions whose probabilities are compared: all but the default one. */
  readonly actions: readonly string[];
  readonly teacher: readonly string[];
  readonly seed: number;
  readonly test: FileFacts & { /** Rows whose state also occurs in the train file. */ readonly seenInTraining: number };
  readonly train: FileFacts | null;
  /** Baseline of the lowest MSE. */
  readonly bestBaseline: string;
  /** Students and other models first, then baselines; each by MSE. */
  readonly models: readonly ModelReport[];
}

/**
 * Holds models against a teacher's decisions: errors, correlations, calibration and divergence with bootstrap
 * intervals, beside three baselines (the mean of the train file, its nearest neighbours, uniform).
 * Writes results/metrics/evaluation.csv, evaluation.json and predictions.csv. With more than two actions every action
 * but the default one counts as a probability of its own, and predictions.csv has a row for each.
 * @throws {DistillError} DISTILL_FILE where the test file has no decisions or there is no student, DISTILL_ARGUMENT where
 *   two models have one name, DISTILL_ANSWERS where a model answers nothing
 * @throws {PolicyError} for models that do not open
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationReport> {
  const { scenario = iceCream, seed, log, signal } = options;
  const paths = workspace(options.workspace);
  const test = await readDecisions(options.test, scenario);
  const { observations } = test;
  if (observations.masks.length === 0)
    throw new DistillError('DISTILL_FILE', `${options.test} has no decisions; run \`understudy dataset\` for some`);
  const file = await facts(options.test, paths.root, test);
  const train = await readIfThere(paths.train, scenario);
  if (!train) log?.(`no ${paths.train}: the baselines that learn from it (mean, nearest) are left out`);

  const m = scenario.actions.length - 1;
  const target = asked(test.probabilities, scenario);
  const candidates = [...(await modelsOf(options, paths.savedModels, scenario)), ...baselines(scenario, train)];
  requireNames(candidates);
  const answered: { candidate: Candidate; id: string; caveat?: string; predicted: Float64Array }[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const policy = await candidate.open();
    try {
      const { probabilities } = await policy.decide(observations, {
        ...(signal && { signal }),
        onProgress: (done, of) =>
          options.progress?.({ stage: `evaluating ${candidate.model} (${i + 1} of ${candidates.length})`, done, of }),
      });
      const { id } = policy;
      const own = trainedOn(policy).includes(file.sha256) ? 'trained on the very file that it is tested on' : undefined;
      if (own) log?.(`${candidate.model}: ${own}; errors look smaller than they are`);
      const caveat = [policy.caveat, own].filter(Boolean).join('; ');
      answered.push({ candidate, id, ...(caveat && { caveat }), predicted: asked(probabilities, scenario) });
    } finally {
      await policy[Symbol.asyncDispose]();
    }
    signal?.throwIfAborted();
  }

  const reports: ModelReport[] = [];
  for (const [i, { candidate, id, caveat, predicted }] of answered.entries()) {
    const { model, kind } = candidate;
    options.progress?.({ stage: 'resampling for intervals', done: i, of: answered.length, note: model });
    // Resampling keeps the processor to itself: between models, a wish to stop is heard.
    await setImmediate();
    signal?.throwIfAborted();
    const rows = answeredBy([predicted], m);
    if (rows.length === 0)
      throw new DistillError(
        'DISTILL_ANSWERS',
        `${model} answered none of the ${target.length / m} states of the test file`,
      );
    const common = { model, kind, policy: id, ...(caveat && { caveat }), unanswered: target.length / m - rows.length };
    reports.push({ ...common, ...score(take(target, rows, m), take(predicted, rows, m), m, seed) });
  }
  options.progress?.({ stage: 'resampling for intervals', done: answered.length, of: answered.length });
  const order = reports
    .map((_, i) => i)
    .sort((a, b) => rank(reports[a]!) - rank(reports[b]!) || reports[a]!.mse - reports[b]!.mse);
  const best = order[0]!;
  const baseline = order.find((i) => reports[i]!.kind === 'baseline')!;
  const versus = (a: number, b: number) => {
    const pair = [answered[a]!.predicted, answered[b]!.predicted] as const;
    const rows = answeredBy(pair, m);
    return difference(take(target, rows, m), take(pair[0], rows, m), take(pair[1], rows, m), m, seed);
  };
  const models = order.map((i): ModelReport => {
    if (reports[i]!.kind === 'baseline') return reports[i]!;
    const versusBaseline = versus(i, baseline);
    const beatsBaseline = versusBaseline.upper < 0;
    return { ...reports[i]!, versusBaseline, beatsBaseline, ...(i !== best && { versusBest: versus(i, best) }) };
  });

  const known = new Set(train?.observations.masks);
  const report: EvaluationReport = {
    scenario: scenario.id,
    actions: scenario.actions.slice(1),
    teacher: options.teacher ? [options.teacher] : teachersIn(test),
    seed,
    test: {
      ...file,
      seenInTraining: Array.from(observations.masks).filter((mask) => known.has(mask)).length,
    },
    train: train ? await facts(paths.train, paths.root, train) : null,
    bestBaseline: reports[baseline]!.model,
    models,
  };
  if (report.test.seenInTraining > 0)
    log?.(
      `${report.test.seenInTraining} of ${report.test.rows} test states are in the train file too: errors look smaller than they are`,
    );
  for (const { model, beatsBaseline } of models)
    if (beatsBaseline === false) log?.(`${model} does not beat the baseline ${report.bestBaseline}`);

  const columns = order.map((i) => ({ model: answered[i]!.candidate.model, predicted: answered[i]!.predicted }));
  await writeFileAtomically(
    join(paths.metrics, 'predictions.csv'),
    predictionsCsv(scenario, observations, target, columns),
  );
  await writeFileAtomically(join(paths.metrics, 'evaluation.csv'), evaluationCsv(models));
  await writeFileAtomically(join(paths.metrics, 'evaluation.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  return report;
}

interface Candidate {
  readonly model: string;
  readonly kind: ModelReport['kind'];
  open(): Promise<Policy>;
}

async function modelsOf(options: EvaluateOptions, savedModels: string, scenario: Scenario): Promise<Candidate[]> {
  const files = await readdir(savedModels).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const students = files
    .filter((file) => file.endsWith('.onnx'))
    .map((file) => basename(file, '.onnx'))
    .sort();
  const names = options.models ?? students;
  if (names.length === 0)
    throw new DistillError(
      'DISTILL_FILE',
      `no students in ${savedModels}; run \`understudy train\` first, or name models to evaluate`,
    );
  return names.map((name) => {
    const policy = students.includes(name) ? `student:${name}` : name;
    const short = policy.replace(/^student:/, '');
    const alone = names.filter((other) => basename(other) === basename(name)).length === 1;
    return {
      model: short.endsWith('.onnx') && alone ? basename(short, '.onnx') : short,
      kind: policy.startsWith('student:') || policy.endsWith('.onnx') ? 'student' : 'policy',
      open: () =>
        openPolicy(policy, {
          scenario,
          workspace: options.workspace,
          labels: true,
          ...(options.log && { log: options.log }),
        }),
    };
  });
}

/** A name is a column of predictions.csv. */
function requireNames(candidates: readonly Candidate[]): void {
  const names = candidates.map(({ model }) => model);
  const twice = candidates.find(({ model }, i) => names.indexOf(model) !== i);
  if (!twice) return;
  throw new DistillError(
    'DISTILL_ARGUMENT',
    twice.kind === 'baseline'
      ? `${twice.model} is always evaluated, as a baseline; leave it out of the models`
      : `two models are called ${twice.model}; evaluate them one after the other, or rename a file`,
  );
}

function baselines(scenario: Scenario, train: DecisionFile | undefined): Candidate[] {
  const baseline = (model: string, open: () => Promise<Policy>): Candidate => ({ model, kind: 'baseline', open });
  const uniform = baseline('uniform', () => openPolicy('uniform', { scenario }));
  if (!train) return [uniform];
  const m = scenario.actions.length - 1;
  const labels = asked(train.probabilities, scenario);
  const means = Array.from({ length: m }, (_, a) => mean(labels.filter((_, i) => i % m === a)));
  return [
    baseline('mean', () => openPolicy(`constant:${means.join(',')}`, { scenario })),
    baseline('nearest', async () => nearest(scenario, train)),
    uniform,
  ];
}

const rank = ({ kind }: ModelReport) => (kind === 'baseline' ? 1 : 0);

/** The probabilities of all actions but the default one: shape [n, k − 1] of [n, k]. */
function asked(probabilities: ArrayLike<number>, { actions }: Scenario): Float64Array {
  const k = actions.length;
  return Float64Array.from({ length: (probabilities.length / k) * (k - 1) }, (_, i) => {
    const p = probabilities[Math.floor(i / (k - 1)) * k + 1 + (i % (k - 1))]!;
    // A network in single precision may end just outside 0…1.
    return p > 1 && p < 1 + 1e-6 ? 1 : p < 0 && p > -1e-6 ? 0 : p;
  });
}

/** Rows that every one of the predictions has an answer for. */
function answeredBy(predictions: readonly Float64Array[], m: number): number[] {
  const rows = Array.from({ length: predictions[0]!.length / m }, (_, row) => row);
  return rows.filter((row) => predictions.every((predicted) => !Number.isNaN(predicted[row * m]!)));
}

function take(values: Float64Array, rows: readonly number[], m: number): Float64Array {
  return Float64Array.from({ length: rows.length * m }, (_, i) => values[rows[Math.floor(i / m)]! * m + (i % m)]!);
}

async function readIfThere(path: string, scenario: Scenario): Promise<DecisionFile | undefined> {
  const there = await readFile(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  if (!there) return undefined;
  const file = await readDecisions(path, scenario);
  return file.observations.masks.length > 0 ? file : undefined;
}

/** SHA-256 of the files that a student was trained on. */
const trainedOn = (policy: Policy): string[] =>
  'config' in policy ? (policy as Student).config.data.map(({ sha256 }) => sha256) : [];

async function facts(path: string, root: string, file: DecisionFile): Promise<FileFacts> {
  const inside = relative(root, resolve(path));
  return {
    path: inside.startsWith('..') || isAbsolute(inside) ? path : inside,
    sha256: createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
    rows: file.observations.masks.length,
  };
}

function teachersIn({ rows }: DecisionFile): string[] {
  const names = (rows as readonly { readonly teacher?: unknown }[]).flatMap(({ teacher }) =>
    typeof teacher === 'string' ? teacher : [],
  );
  return [...new Set(names)];
}

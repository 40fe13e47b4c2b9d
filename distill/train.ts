import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { iceCream } from '../env/ice-cream.ts';
import type { Scenario } from '../env/scenario.ts';
import { type StudentKind, students } from '../policies/students/architecture.ts';
import {
  readStudent,
  type StudentConfig,
  type StudentFiles,
  sha256,
  studentFiles,
} from '../policies/students/checkpoint.ts';
import { onnxOf } from '../policies/students/onnx.ts';
import { type Backend, openBackend } from './backend.ts';
import { csvLine } from './csv.ts';
import { DistillError } from './distill-error.ts';
import type { WorkOptions } from './progress.ts';
import { readTrainingData, type TrainingData } from './training/data.ts';
import { Examples } from './training/examples.ts';
import { type FitState, fitNetwork } from './training/fit.ts';
import { Network } from './training/network.ts';
import { type Loss, losses, objectiveOf } from './training/objective.ts';
import { loadState, removeState, saveState } from './training/resume.ts';
import { architectureOf, settingsOf } from './training/settings.ts';
import { rowsOf } from './training/split.ts';
import { workspace } from './workspace.ts';
import { writeFileAtomically } from './write-file.ts';

export interface TrainOptions extends WorkOptions {
  readonly student: StudentKind | 'all';
  /** A JSONL file of decisions: `traits`, `context`, `probability_LLM`. */
  readonly train: string;
  /** Default `.`. */
  readonly workspace?: string;
  /** Default `auto`: ordinal where the labels sit on a small lattice, else bce. */
  readonly loss?: Loss;
  /** Default: as many as the rows need. */
  readonly epochs?: number;
  /** Hidden layers of the mlp, 2 to 4; default 3. */
  readonly layers?: number;
  /** Whether the logistic has an input for every two phrases too; default false. */
  readonly interactions?: boolean;
  /** Whether encoder and decoder see the phrases in other orders every epoch, as if the teacher minded none; default false. */
  readonly augment?: boolean;
  /** Default: what suits the student. */
  readonly learningRate?: number;
  readonly seed?: number;
  readonly scenario?: Scenario;
  /** One of `backends`; default: the best that works here. */
  readonly backend?: string;
}

export interface TrainedStudent {
  readonly student: StudentKind | 'ensemble';
  readonly files: StudentFiles & { readonly log: string };
  readonly loss: Exclude<Loss, 'auto'>;
  /** Why this loss. */
  readonly reason: string;
  readonly parameters: number;
  /** Epochs that were run. */
  readonly epochs: number;
  /** The one whose weights were kept. */
  readonly bestEpoch: number;
  readonly validationLoss: number;
  /** Mean squared error of the probability on the validation states. */
  readonly validationMse: number;
  readonly seconds: number;
  /** The epoch after which an interrupted training was continued. */
  readonly resumedAfter?: number;
  /** Whether it was already trained by exactly this call, and nothing was left to do. */
  readonly finishedBefore: boolean;
}

export interface TrainReport {
  readonly backend: string;
  readonly rows: number;
  readonly states: number;
  readonly validationRows: number;
  readonly seed: number;
  readonly students: readonly TrainedStudent[];
}

/** Moves when the same call no longer gives the same weights. */
const RECIPE = 2;
const SAVE_EVERY_MS = 10_000;

/**
 * Fits students to a file of decisions. Writes models/saved_models/NAME.onnx, models/configs/NAME.json and
 * results/logs/NAME.csv (`epoch,train_loss,validation_loss,validation_mse`); NAME is logistic, mlp, encoder or decoder.
 * The same call on the same backend gives the same weights. An interrupted one is continued by the next.
 * @throws {DistillError} DISTILL_ARGUMENT, DISTILL_FILE, DISTILL_ANSWERS (nothing to learn), DISTILL_TRAINING
 */
export async function train(options: TrainOptions): Promise<TrainReport> {
  const { scenario = iceCream, seed = 0, signal, log } = options;
  requireOptions(options);
  signal?.throwIfAborted();
  const data = await readTrainingData(options.train, scenario, seed);
  const backend = await openBackend({ only: options.backend, log });
  const kinds = options.student === 'all' ? students : [options.student];
  const trained: TrainedStudent[] = [];
  for (const kind of kinds) trained.push(await trainOne(kind, data, backend, { ...options, scenario, seed }));
  return {
    backend: backend.name,
    rows: data.observations.masks.length,
    states: data.states,
    validationRows: data.validation.length,
    seed,
    students: trained,
  };
}

async function trainOne(
  kind: StudentKind,
  data: TrainingData,
  { tf, name: backend }: Backend,
  options: TrainOptions & { scenario: Scenario; seed: number },
): Promise<TrainedStudent> {
  const { scenario, seed, signal, progress, log } = options;
  const started = performance.now();
  const paths = workspace(options.workspace ?? '.');
  const files = { ...studentFiles(paths.root, kind), log: join(paths.logs, `${kind}.csv`) };
  const unfinished = join(paths.root, 'models', 'unfinished', `${kind}.json`);

  const k = scenario.actions.length;
  const objective = objectiveOf(options.loss ?? 'auto', data.probabilities, k);
  const architecture = architectureOf(kind, scenario.phrases.length, options);
  const network = new Network(tf, architecture, objective);
  const settings = settingsOf(kind, objective.loss, data.train.length, options);
  const { loss, head, reason } = objective;
  const identity = createHash('sha256')
    .update(
      JSON.stringify([
        RECIPE,
        backend,
        seed,
        data.sha256,
        scenario.id,
        scenario.phrases,
        architecture,
        loss,
        head,
        settings,
      ]),
    )
    .digest('hex');

  const finished = await finishedStudent(files, scenario, identity);
  if (finished) {
    log?.(`${kind}: already trained by this very call; ${files.onnx} is kept`);
    return { ...finished, student: kind, files, seconds: 0, finishedBefore: true };
  }
  log?.(`${kind}: ${loss} loss, ${reason}; ${network.parameters} parameters`);

  const examples = (rows: Int32Array) => {
    const labels = Float64Array.from(
      { length: rows.length * k },
      (_, i) => data.probabilities[rows[Math.floor(i / k)]! * k + (i % k)]!,
    );
    return new Examples(
      architecture,
      rowsOf(data.observations, rows),
      labels,
      objective.targetsOf(labels),
      objective.columns,
    );
  };
  const from = await loadState(unfinished, identity);
  if (from) log?.(`${kind}: continuing after epoch ${from.epoch}`);
  let last: FitState | undefined = from;
  let saved = performance.now();
  const result = await fitNetwork({
    tf,
    name: kind,
    network,
    train: examples(data.train),
    validation: examples(data.validation),
    settings,
    traits: scenario.traits.length,
    seed,
    substream: students.indexOf(kind) * 2 ** 24,
    ...(from && { from }),
    signal,
    onEpoch: async (state, rowsASecond) => {
      last = state;
      const { train, validation, mse } = state.curve.at(-1)!;
      progress?.({
        stage: `training ${kind}`,
        done: state.epoch,
        of: settings.epochs,
        note: `loss ${train.toFixed(4)}, validation ${validation.toFixed(4)} (squared error ${mse.toFixed(5)}), ${Math.round(rowsASecond)} rows/s`,
      });
      if (performance.now() - saved < SAVE_EVERY_MS) return;
      await saveState(unfinished, identity, state);
      saved = performance.now();
    },
  }).catch(async (error: unknown) => {
    if (error instanceof DistillError) await removeState(unfinished);
    else if (last) await saveState(unfinished, identity, last);
    throw error;
  });
  if (result.epoch < settings.epochs)
    progress?.({
      stage: `training ${kind}`,
      done: result.epoch,
      of: result.epoch,
      note: `stopped early, best after epoch ${result.best.epoch}`,
    });

  const summary = {
    loss,
    reason,
    parameters: network.parameters,
    epochs: result.epoch,
    bestEpoch: result.best.epoch,
    validationLoss: result.best.loss,
    validationMse: result.best.mse,
  };
  const onnx = onnxOf(architecture, head, network.trained(result.best.values), {
    scenario: scenario.id,
    phrases: JSON.stringify(scenario.phrases),
    actions: JSON.stringify(scenario.actions),
    teacher: data.provenance.id,
    licence: data.provenance.licence,
  });
  const config: StudentConfig = {
    format: 'understudy-student-1',
    name: kind,
    architecture,
    head,
    scenario: scenario.id,
    phrases: [...scenario.phrases],
    actions: [...scenario.actions],
    sha256: sha256(onnx),
    parameters: network.parameters,
    seed,
    teacher: data.provenance,
    data: [
      { file: basename(data.file), sha256: data.sha256, rows: data.observations.masks.length, states: data.states },
    ],
    training: { ...summary, backend, settings, identity },
  };
  const curve = result.curve.map((row) => csvLine([row.epoch, row.train, row.validation, row.mse]));
  await writeFileAtomically(files.log, `${['epoch,train_loss,validation_loss,validation_mse', ...curve].join('\n')}\n`);
  await writeFileAtomically(files.onnx, onnx);
  await writeFileAtomically(files.config, `${JSON.stringify(config, null, 2)}\n`);
  await removeState(unfinished);
  if (data.provenance.licence.includes('derivative')) log?.(`${kind}: ${data.provenance.licence}`);
  return {
    ...summary,
    student: kind,
    files,
    seconds: (performance.now() - started) / 1000,
    ...(from && { resumedAfter: from.epoch }),
    finishedBefore: false,
  };
}

type Summary = Pick<
  TrainedStudent,
  'loss' | 'reason' | 'parameters' | 'epochs' | 'bestEpoch' | 'validationLoss' | 'validationMse'
>;

/** What an earlier call said of a student, if that call was this one and its files are whole. */
async function finishedStudent(
  files: TrainedStudent['files'],
  scenario: Scenario,
  identity: string,
): Promise<Summary | undefined> {
  try {
    const { config } = await readStudent(files, scenario);
    await readFile(files.log);
    const { identity: earlier, backend: _, settings: __, ...summary } = config.training;
    return earlier === identity ? (summary as unknown as Summary) : undefined;
  } catch {
    return undefined;
  }
}

function requireOptions({ student, loss = 'auto', epochs, layers, learningRate }: TrainOptions): void {
  const known: readonly string[] = [...students, 'all'];
  const argument = (message: string) => new DistillError('DISTILL_ARGUMENT', message);
  if (!known.includes(student)) throw argument(`unknown student: ${student} (known: ${known.join(', ')})`);
  if (!losses.includes(loss)) throw argument(`unknown loss: ${loss} (known: ${losses.join(', ')})`);
  if (epochs !== undefined && !(Number.isInteger(epochs) && epochs > 0))
    throw argument(`epochs must be a whole number of 1 or more, got ${epochs}`);
  if (layers !== undefined && !(Number.isInteger(layers) && layers >= 2 && layers <= 4))
    throw argument(`layers must be 2, 3 or 4, got ${layers}`);
  if (learningRate !== undefined && !(learningRate > 0))
    throw argument(`learningRate must be above 0, got ${learningRate}`);
}

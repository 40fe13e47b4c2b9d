import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Scenario } from '../../env/scenario.ts';
import { type StudentKind, students, weightsOf } from '../../policies/students/architecture.ts';
import {
  readStudent,
  type StudentConfig,
  type StudentFiles,
  sha256,
  studentFiles,
} from '../../policies/students/checkpoint.ts';
import { outputsOf } from '../../policies/students/head.ts';
import { onnxOf } from '../../policies/students/onnx.ts';
import { csvLine } from '../csv.ts';
import { DistillError } from '../distill-error.ts';
import type { WorkOptions } from '../progress.ts';
import { workspace } from '../workspace.ts';
import { writeFileAtomically } from '../write-file.ts';
import type { TrainingData } from './data.ts';
import { type FitState, fittedValues } from './fit.ts';
import type { Fit } from './fit-job.ts';
import { labelledRows } from './labelled-rows.ts';
import { sizeOf } from './network.ts';
import { type Loss, objectiveOf } from './objective.ts';
import { loadState, removeState, saveState } from './resume.ts';
import { architectureOf, settingsOf } from './settings.ts';

export interface StudentOptions extends WorkOptions {
  readonly scenario: Scenario;
  readonly workspace?: string;
  readonly seed: number;
  readonly loss?: Loss;
  readonly epochs?: number;
  readonly layers?: number;
  readonly interactions?: boolean;
  readonly augment?: boolean;
  readonly learningRate?: number;
  /** Name of the backend that `fit` computes on. */
  readonly backend: string;
  readonly fit: Fit;
  /** What to call it; default: its kind. */
  readonly name?: string;
  /** Names of the students that are trained at the same time, its own among them. */
  readonly together?: readonly string[];
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

/** Moves when the same call no longer gives the same weights. */
const RECIPE = 3;
const SAVE_EVERY_MS = 10_000;

/** Fits one student and writes its three files, unless this very call has done so before. */
export async function trainStudent(
  kind: StudentKind,
  data: TrainingData,
  options: StudentOptions,
): Promise<TrainedStudent> {
  const { scenario, seed, signal, progress, log, backend, name = kind } = options;
  const started = performance.now();
  const paths = workspace(options.workspace ?? '.');
  const files = { ...studentFiles(paths.root, kind), log: join(paths.logs, `${kind}.csv`) };
  const unfinished = join(paths.root, 'models', 'unfinished', `${kind}.json`);

  const objective = objectiveOf(options.loss ?? 'auto', data.probabilities, scenario.actions.length);
  const { loss, head, reason } = objective;
  const architecture = architectureOf(kind, scenario.phrases.length, options);
  const weights = weightsOf(architecture, outputsOf(head));
  const parameters = weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  const settings = settingsOf(kind, loss, data.train.length, options);
  const given = [seed, data.sha256, scenario.id, scenario.phrases, architecture, loss, head, settings];
  const identity = createHash('sha256')
    .update(JSON.stringify([RECIPE, backend, ...given]))
    .digest('hex');

  const finished = await finishedStudent(files, scenario, identity);
  if (finished) {
    log?.(`${name}: already trained by this very call; ${files.onnx} is kept`);
    return { ...finished, student: kind, files, seconds: 0, finishedBefore: true };
  }
  log?.(`${name}: ${loss} loss, ${reason}; ${parameters} parameters`);

  const stage = `training ${name}`;
  const together = options.together?.map((one) => `training ${one}`);
  const from = await loadState(unfinished, identity);
  if (from) log?.(`${name}: continuing after epoch ${epochsOf(from)}`);
  let last: FitState | undefined = from;
  let saved = performance.now();
  const job = {
    name,
    architecture,
    objective: { loss, head },
    rows: labelledRows(data.observations, data.probabilities, objective),
    train: data.train,
    validation: data.validation,
    settings,
    traits: scenario.traits.length,
    seed,
    substream: students.indexOf(kind) * 2 ** 24,
    ...(from && { from }),
  };
  const tell = (state: FitState | undefined, rowsASecond = 0) => {
    const latest = state?.curve.at(-1);
    progress?.({
      stage,
      together,
      done: state ? epochsOf(state) : 0,
      of: state?.refit ? state.curve.length + state.best.epoch : settings.epochs * (settings.refit ? 2 : 1),
      ...(latest && {
        figures: {
          loss: (state!.refit?.at(-1) ?? latest.train).toFixed(4),
          validation: latest.validation.toFixed(4),
          'squared error': latest.mse.toFixed(5),
          'rows/s': String(Math.round(rowsASecond)),
        },
      }),
    });
  };
  tell(from);
  const onEpoch = async (state: FitState, rowsASecond: number) => {
    last = state;
    tell(state, rowsASecond);
    if (performance.now() - saved < SAVE_EVERY_MS) return;
    await saveState(unfinished, identity, state);
    saved = performance.now();
  };
  const result = await options.fit(job, { signal, onEpoch }).catch(async (error: unknown) => {
    if (error instanceof DistillError && error.code === 'DISTILL_TRAINING') await removeState(unfinished);
    else if (last) await saveState(unfinished, identity, last);
    throw error;
  });
  const { best, curve } = result;
  const epochs = curve.length;
  if (epochs < settings.epochs) {
    const done = epochsOf(result);
    progress?.({ stage, together, done, of: done, note: `stopped early, best after epoch ${best.epoch}` });
  }

  const summary = {
    loss,
    reason,
    parameters,
    epochs,
    bestEpoch: best.epoch,
    validationLoss: best.loss,
    validationMse: best.mse,
  };
  const values = fittedValues(result);
  const trained = weights.map((weight) => ({ ...weight, values: values[weight.name]! }));
  const onnx = onnxOf(architecture, head, trained, {
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
    parameters,
    seed,
    teacher: data.provenance,
    data: [
      { file: basename(data.file), sha256: data.sha256, rows: data.observations.masks.length, states: data.states },
    ],
    training: { ...summary, backend, settings, identity },
  };
  await writeFileAtomically(files.log, logOf(result));
  await writeFileAtomically(files.onnx, onnx);
  await writeFileAtomically(files.config, `${JSON.stringify(config, null, 2)}\n`);
  await removeState(unfinished);
  if (data.provenance.licence.includes('derivative')) log?.(`${name}: ${data.provenance.licence}`);
  return {
    ...summary,
    student: kind,
    files,
    seconds: (performance.now() - started) / 1000,
    ...(from && { resumedAfter: epochsOf(from) }),
    finishedBefore: false,
  };
}

/** Epochs run so far: to know when to stop, and on all rows. */
const epochsOf = ({ curve, refit = [] }: FitState): number => curve.length + refit.length;

/** Columns epoch, train_loss, validation_loss, validation_mse, refit_loss: the last for as many epochs as were kept. */
const logOf = ({ curve, refit = [] }: FitState): string =>
  [
    'epoch,train_loss,validation_loss,validation_mse,refit_loss',
    ...curve.map((row, i) => csvLine([row.epoch, row.train, row.validation, row.mse, refit[i] ?? ''])),
    '',
  ].join('\n');

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

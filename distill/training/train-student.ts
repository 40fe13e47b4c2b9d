import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { trainingParts } from '../../env/random.ts';
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
import { csvLine } from '../../workspace/csv.ts';
import { machine } from '../../workspace/machine.ts';
import { workspace } from '../../workspace/paths.ts';
import type { WorkOptions } from '../../workspace/progress.ts';
import { writeFileAtomically } from '../../workspace/write-file.ts';
import type { TrainingData } from './data.ts';
import { fittedValues } from './fit.ts';
import type { Fit, FitState } from './fit-job.ts';
import { labelledRows } from './fit-job.ts';
import { sizeOf } from './network.ts';
import { type Loss, objectiveOf } from './objective.ts';
import { progressOf } from './progress.ts';
import { fitResumably } from './resume.ts';
import { architectureOf, type StudentChoices, settingsOf } from './settings.ts';

export interface StudentOptions extends WorkOptions, StudentChoices {
  readonly scenario: Scenario;
  readonly workspace?: string;
  readonly seed: number;
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

/** Fits one student and writes its files, unless this very call has done so before. */
export async function trainStudent(
  kind: StudentKind,
  data: TrainingData,
  options: StudentOptions,
): Promise<TrainedStudent> {
  const { scenario, seed, signal, progress, log, backend, name = kind } = options;
  const started = performance.now();
  const paths = workspace(options.workspace ?? '.');
  const files = { ...studentFiles(paths.root, kind), log: join(paths.logs, `${kind}.csv`) };

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

  const finished = await finishedStudent(files, scenario, identity, data.learned);
  if (finished) {
    log?.(`${name}: already trained by this very call; ${files.onnx} is kept`);
    return { ...finished, student: kind, files, seconds: 0, finishedBefore: true };
  }
  log?.(`${name}: ${loss} loss, ${reason}; ${parameters} parameters`);

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
    substream: trainingParts.student(students.indexOf(kind)),
  };
  const stage = { stage: `training ${name}`, together: options.together?.map((one) => `training ${one}`) };
  const { result, resumedAfter, forget } = await fitResumably(options.fit, job, {
    file: join(paths.root, 'models', 'unfinished', `${kind}.json`),
    identity,
    signal,
    log,
    onEpoch: (state, rowsASecond) => progress?.({ ...stage, ...progressOf(state, settings, rowsASecond) }),
    onStart: (state) => progress?.({ ...stage, ...progressOf(state, settings) }),
  });
  const { best, curve } = result;
  const summary = {
    loss,
    reason,
    parameters,
    epochs: curve.length,
    bestEpoch: best.epoch,
    validationLoss: best.loss,
    validationMse: best.mse,
  };
  const values = fittedValues(result);
  const trained = weights.map(({ name, shape }) => ({ name, shape, values: values[name]! }));
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
    learned: { states: data.learned },
    training: { ...summary, backend, settings, identity },
  };
  await writeFileAtomically(files.log, logOf(result));
  await writeFileAtomically(files.onnx, onnx);
  await writeConfig(files.config, config);
  const seconds = (performance.now() - started) / 1000;
  const took = { seconds, ...(resumedAfter !== undefined && { resumedAfter }) };
  // Beside the log and not in the configuration, which is the same for every run of the same call.
  const run = { student: kind, sha256: config.sha256, backend, machine: machine(), ...took };
  await writeFileAtomically(files.log.replace(/csv$/, 'json'), `${JSON.stringify(run, null, 2)}\n`);
  await forget();
  if (data.provenance.licence.includes('derivative')) log?.(`${name}: ${data.provenance.licence}`);
  return {
    ...summary,
    student: kind,
    files,
    ...took,
    finishedBefore: false,
  };
}

/** Columns epoch, train_loss, validation_loss, validation_mse, refit_loss: the last for as many epochs as were kept. */
const logOf = ({ curve, refit = [] }: FitState): string =>
  [
    'epoch,train_loss,validation_loss,validation_mse,refit_loss',
    ...curve.map((row, i) => csvLine([row.epoch, row.train, row.validation, row.mse, refit[i] ?? ''])),
    '',
  ].join('\n');

const writeConfig = (file: string, config: StudentConfig): Promise<void> =>
  writeFileAtomically(file, `${JSON.stringify(config, null, 2)}\n`);

type Summary = Pick<
  TrainedStudent,
  'loss' | 'reason' | 'parameters' | 'epochs' | 'bestEpoch' | 'validationLoss' | 'validationMse'
>;

/** What an earlier call said of a student, if that call was this one and its files are whole. */
async function finishedStudent(
  files: TrainedStudent['files'],
  scenario: Scenario,
  identity: string,
  learned: string,
): Promise<Summary | undefined> {
  try {
    const { config } = await readStudent(files, scenario);
    await readFile(files.log);
    const { identity: earlier, backend: _, settings: __, ...summary } = config.training;
    if (earlier !== identity) return undefined;
    // Trained by a version that did not write down which states these rows are about.
    if (config.learned === undefined) await writeConfig(files.config, { ...config, learned: { states: learned } });
    return summary as unknown as Summary;
  } catch {
    return undefined;
  }
}

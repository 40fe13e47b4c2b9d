import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { trainingParts } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import {
  type Architecture,
  type Head,
  outputsOf,
  type StudentKind,
  students,
  weightsOf,
} from '../../policies/students/architecture.ts';
import { readStudent, type StudentFiles, studentFiles } from '../../policies/students/checkpoint.ts';
import { onnxOf } from '../../policies/students/onnx.ts';
import { scenarioHash } from '../../scenarios/study.ts';
import { sha256 } from '../../workspace/hash.ts';
import { workspace } from '../../workspace/paths.ts';
import { machine } from '../../workspace/provenance.ts';
import { jsonText } from '../../workspace/result-file.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';
import { type EpochRow, logPath, logText, runPath, type TrainingRun } from '../../workspace/training-log.ts';
import { writeTogether } from '../../workspace/write-file.ts';
import type { TrainingData } from './data.ts';
import { fittedValues } from './fit.ts';
import { type Fit, type FitState, labelledRows } from './fit-job.ts';
import { sizeOf } from './network.ts';
import { type Loss, objectiveOf } from './objective.ts';
import { withoutUnusedPairs } from './penalised/fit-penalised.ts';
import { mirrorOf } from './penalised/mirror.ts';
import { fitResumably, progressOf, progressOfPenalised } from './resume.ts';
import { architectureOf, type StudentChoices, settingsOf } from './settings.ts';

export interface StudentOptions extends WorkOptions, StudentChoices {
  readonly scenario: Vocabulary;
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
  readonly student: StudentKind | 'rules' | 'ensemble';
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
const RECIPE = 4;
/** With more phrases, a logistic student of single choices has no inputs for pairs unless they are asked for. */
const MOST_PAIRED = 100;

/** Fits one student and writes its files, unless this very call has done so before. */
export async function trainStudent(
  kind: StudentKind,
  data: TrainingData,
  options: StudentOptions,
): Promise<TrainedStudent> {
  const { scenario, seed, signal, progress, log, backend, name = kind } = options;
  const started = performance.now();
  const paths = workspace(options.workspace ?? '.');
  const files = { ...studentFiles(paths.root, kind), log: logPath(paths, kind) };

  const objective = objectiveOf(options.loss ?? 'auto', data.probabilities, scenario.actions.length, data.kind);
  const { loss, head, reason } = objective;
  const settings = settingsOf(kind, loss, data.train.length, { ...options, labels: data.kind });
  const interactions = options.interactions ?? (settings.penalised && scenario.phrases.length <= MOST_PAIRED);
  const architecture = architectureOf(kind, scenario, { ...options, interactions });
  const given = [seed, data.sha256, scenario.id, scenario.phrases, architecture, loss, head, settings];
  const identity = sha256(JSON.stringify([RECIPE, backend, ...given]));

  const finished = await finishedStudent(files, scenario, identity, data.learned);
  if (finished) {
    log?.(`${name}: already trained by this very call; ${files.onnx} is kept`);
    return { ...finished, student: kind, files, seconds: 0, finishedBefore: true };
  }
  log?.(`${name}: ${loss} loss, ${reason}; ${parametersOf(architecture, head)} parameters`);

  const job = {
    name,
    architecture,
    objective: { loss, head },
    rows: labelledRows(data.observations, data.probabilities, objective, data),
    ...(settings.penalised && scenario.actions.length === 2 && { mirror: mirrorOf(scenario.phrases) }),
    train: data.train,
    validation: data.validation,
    settings,
    traits: scenario.traits.length,
    seed,
    substream: trainingParts.student(students.indexOf(kind)),
  };
  const stage = { stage: `training ${name}`, together: options.together?.map((one) => `training ${one}`) };
  const { result, resumedAfter, forget } = await fitResumably(options.fit, job, {
    file: join(paths.unfinished, `${kind}.json`),
    identity,
    signal,
    log,
    onEpoch: (state, rowsASecond) => progress?.({ ...stage, ...progressOf(state, settings, rowsASecond) }),
    onTried: (tried, latest) => progress?.({ ...stage, ...progressOfPenalised(tried, latest) }),
    onStart: (state) => progress?.({ ...stage, ...progressOf(state, settings) }),
  });
  const { best, curve } = result;
  if (settings.penalised) progress?.({ ...stage, ...progressOfPenalised(curve.length, curve[best.epoch - 1], true) });
  const final = withoutUnusedPairs(architecture, fittedValues(result));
  const summary = {
    loss,
    reason,
    parameters: parametersOf(final.architecture, head),
    epochs: curve.length,
    bestEpoch: best.epoch,
    validationLoss: best.loss,
    validationMse: best.mse,
  };
  const trained = weightsOf(final.architecture, outputsOf(head)).map(({ name, shape }) => ({
    name,
    shape,
    values: final.values[name]!,
  }));
  const onnx = onnxOf(final.architecture, head, trained, {
    scenario: scenario.id,
    phrases: JSON.stringify(scenario.phrases),
    actions: JSON.stringify(scenario.actions),
    teacher: data.provenance.id,
    licence: data.provenance.licence,
  });
  const config: StudentConfig = {
    format: 'understudy-student-1',
    name: kind,
    architecture: final.architecture,
    head,
    scenario: scenario.id,
    scenarioSha256: scenarioHash(scenario),
    phrases: [...scenario.phrases],
    actions: [...scenario.actions],
    sha256: sha256(onnx),
    parameters: summary.parameters,
    seed,
    teacher: data.provenance,
    data: [
      { file: basename(data.file), sha256: data.sha256, rows: data.observations.masks.length, states: data.states },
    ],
    learned: { states: data.learned },
    labels: data.kind,
    training: { ...summary, backend, settings, identity },
  };
  const seconds = (performance.now() - started) / 1000;
  const took = { seconds, ...(resumedAfter !== undefined && { resumedAfter }) };
  // Beside the log and not in the configuration, which is the same for every run of the same call.
  const run: TrainingRun = { student: kind, sha256: config.sha256, backend, machine: machine(), ...took };
  await writeTogether({
    [files.log]: logText(epochsOf(result)),
    [runPath(paths, kind)]: jsonText(run),
    [files.onnx]: onnx,
    [files.config]: jsonText(config),
  });
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

const parametersOf = (architecture: Architecture, head: Head): number =>
  weightsOf(architecture, outputsOf(head)).reduce((sum, weight) => sum + sizeOf(weight), 0);

const epochsOf = ({ curve, refit = [] }: FitState): EpochRow[] => curve.map((row, i) => ({ ...row, refit: refit[i] }));

type Summary = Pick<
  TrainedStudent,
  'loss' | 'reason' | 'parameters' | 'epochs' | 'bestEpoch' | 'validationLoss' | 'validationMse'
>;

/** What an earlier call said of a student, if that call was this one and its files are whole. */
async function finishedStudent(
  files: TrainedStudent['files'],
  scenario: Vocabulary,
  identity: string,
  learned: string,
): Promise<Summary | undefined> {
  try {
    const { config } = await readStudent(files, scenario);
    await readFile(files.log);
    const { identity: earlier, backend: _, settings: __, ...summary } = config.training;
    if (earlier !== identity) return undefined;
    // Trained by a version that did not write down which states these rows are about.
    if (config.learned === undefined)
      await writeTogether({ [files.config]: jsonText({ ...config, learned: { states: learned } }) });
    return summary as unknown as Summary;
  } catch {
    return undefined;
  }
}

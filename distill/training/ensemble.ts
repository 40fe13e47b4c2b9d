import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import type { StudentKind } from '../../policies/students/architecture.ts';
import { studentFiles } from '../../policies/students/checkpoint.ts';
import { meanOfOnnx } from '../../policies/students/onnx-format.ts';
import { defaultScenario } from '../../scenarios/default-scenario.ts';
import { mean } from '../../stats/moments.ts';
import { sha256 } from '../../workspace/hash.ts';
import { requireWritable, type Workspace, workspace } from '../../workspace/paths.ts';
import { jsonText } from '../../workspace/result-file.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';
import { type EpochRow, logPath, logText, readLog } from '../../workspace/training-log.ts';
import { writeTogether } from '../../workspace/write-file.ts';
import { openBackend } from './backend.ts';
import { readTrainingData } from './data.ts';
import { fittingOn } from './fit-apart.ts';
import { sideBySide } from './side-by-side.ts';
import { requireTrainOptions, type TrainedStudent, type TrainOptions } from './train.ts';
import { trainStudent } from './train-student.ts';

export interface EnsembleOptions extends TrainOptions {
  readonly student: StudentKind;
  readonly epochs?: number;
  /** Two or more; default 3. */
  readonly members?: number;
}

/** Name of the student that an ensemble is saved as. */
export const ENSEMBLE = 'ensemble';

/**
 * Trains several students of one kind, each from its own seed and with its own validation states, and averages their
 * probabilities in one ONNX file: models/saved_models/ensemble.onnx with its configuration and log. The members lie in
 * models/ensemble/, so an interrupted call is continued by the next. Lakshminarayanan, Pritzel & Blundell, "Simple and
 * scalable predictive uncertainty estimation using deep ensembles", 2017.
 * @returns its validation error is the mean of its members', each on states that it did not see; the average errs less
 * @throws {UnderstudyError} as `train`; DISTILL_ARGUMENT for fewer than two members
 */
export async function trainEnsemble(options: EnsembleOptions): Promise<TrainedStudent> {
  const { student: kind, members = 3, seed = 0, scenario = defaultScenario, signal, log } = options;
  requireTrainOptions(options);
  if (!(Number.isInteger(members) && members >= 2))
    throw new UnderstudyError('DISTILL_ARGUMENT', `an ensemble has two members or more, got ${members}`);
  const began = performance.now();
  const paths = workspace(options.workspace ?? '.');
  await requireWritable(paths.root);
  const backend = await openBackend({ only: options.backend, log });
  const { atOnce, fit } = fittingOn(backend, members);
  const names = Array.from({ length: members }, (_, m) => `${kind} ${m + 1} of ${members}`);
  const trainMember = async (m: number, either: AbortSignal) => {
    const own = memberSeed(seed, m);
    return trainStudent(kind, await readTrainingData(options.train, scenario, own), {
      ...options,
      scenario,
      name: names[m]!,
      together: names,
      workspace: memberFolder(paths, m),
      seed: own,
      backend: backend.name,
      fit,
      signal: either,
    });
  };
  const trained = await sideBySide([...names.keys()], atOnce, trainMember, signal);
  const configs = await Promise.all(
    trained.map(async ({ files }) => JSON.parse(await readFile(files.config, 'utf8')) as StudentConfig),
  );
  const [first] = configs as [StudentConfig];
  const onnx = meanOfOnnx(await Promise.all(trained.map(({ files }) => readFile(files.onnx))), {
    scenario: first.scenario,
    phrases: JSON.stringify(first.phrases),
    actions: JSON.stringify(first.actions),
    teacher: first.teacher.id,
    licence: first.teacher.licence,
  });
  const [{ loss, reason }] = trained as [TrainedStudent];
  const summary = {
    loss,
    reason: `${members} × ${kind}; ${reason}`,
    parameters: trained.reduce((sum, { parameters }) => sum + parameters, 0),
    epochs: Math.max(...trained.map(({ epochs }) => epochs)),
    bestEpoch: Math.max(...trained.map(({ bestEpoch }) => bestEpoch)),
    validationLoss: mean(trained.map(({ validationLoss }) => validationLoss)),
    validationMse: mean(trained.map(({ validationMse }) => validationMse)),
  };
  const config: StudentConfig = {
    ...first,
    name: ENSEMBLE,
    sha256: sha256(onnx),
    parameters: summary.parameters,
    seed,
    training: { ...summary, members: configs.map(({ sha256, seed, training }) => ({ sha256, seed, training })) },
  };
  const files = { ...studentFiles(paths.root, ENSEMBLE), log: logPath(paths, ENSEMBLE) };
  const logs = await Promise.all(
    names.map(async (_, m) => (await readLog(workspace(memberFolder(paths, m)), kind)) ?? []),
  );
  await writeTogether({
    [files.log]: logText(meanCurve(logs)),
    [files.onnx]: onnx,
    [files.config]: jsonText(config),
  });
  return {
    ...summary,
    student: ENSEMBLE,
    files,
    seconds: (performance.now() - began) / 1000,
    finishedBefore: trained.every(({ finishedBefore }) => finishedBefore),
  };
}

/** The workspace of a member. */
const memberFolder = ({ ensemble }: Workspace, m: number): string => join(ensemble, String(m + 1));

/** Seeds of members, apart from those of single students that are trained by neighbouring seeds. */
const memberSeed = (seed: number, m: number): number => (seed + Math.imul(m, 0x9e3779b1)) >>> 0;

/** The members' logs as one: each epoch's mean over the members that have a number there. */
function meanCurve(logs: readonly (readonly EpochRow[])[]): EpochRow[] {
  const epochs = Math.max(...logs.map(({ length }) => length));
  return Array.from({ length: epochs }, (_, e) => {
    const there = logs.flatMap((log) => log[e] ?? []);
    const meanOf = (key: 'train' | 'validation' | 'mse' | 'refit') => {
      const values = there.flatMap((row) => row[key] ?? []);
      return values.length > 0 ? mean(values) : undefined;
    };
    return {
      epoch: e + 1,
      train: meanOf('train')!,
      validation: meanOf('validation')!,
      mse: meanOf('mse'),
      refit: meanOf('refit'),
    };
  });
}

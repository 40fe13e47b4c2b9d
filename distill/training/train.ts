import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import { type StudentKind, students } from '../../policies/students/architecture.ts';
import { defaultScenario } from '../../scenarios/default-scenario.ts';
import type { LabelKind } from '../../workspace/labels.ts';
import { requireWritable } from '../../workspace/paths.ts';
import { openBackend } from './backend.ts';
import { readTrainingData } from './data.ts';
import { fittingOn } from './fit-apart.ts';
import { losses } from './objective.ts';
import type { StudentChoices } from './settings.ts';
import { sideBySide } from './side-by-side.ts';
import { type TrainedStudent, trainStudent } from './train-student.ts';

export type { TrainedStudent } from './train-student.ts';

export interface TrainOptions extends WorkOptions, Omit<StudentChoices, 'epochs'> {
  /** `rules` is a short list of effects and interactions; `all` the four networks. */
  readonly student: StudentKind | 'rules' | 'all';
  /**
   * A file of decisions (JSON Lines, CSV, Parquet): `traits`, `context`, and `probability_LLM`, `probabilities` or `action`;
   * optionally `weight` and `unit`.
   */
  readonly train: string;
  /** Default `.`. */
  readonly workspace?: string;
  /** Maximum number of epochs, for every student or by its kind; default: as many as the rows need. */
  readonly epochs?: number | Readonly<Record<StudentKind, number>>;
  readonly seed?: number;
  readonly scenario?: Vocabulary;
  /** One of `backends`; default: the best that works here. */
  readonly backend?: string;
}

export interface TrainReport {
  readonly backend: string;
  readonly rows: number;
  readonly states: number;
  /** What the labels are: probabilities, or single choices. */
  readonly labels: LabelKind;
  readonly validationRows: number;
  readonly seed: number;
  readonly students: readonly TrainedStudent[];
  /** Of `rules`: in words, in TypeScript and in Python, as results/rules.md has them. */
  readonly rules?: string;
}

/**
 * Fits students to a file of decisions. Writes models/saved_models/NAME.onnx, models/configs/NAME.json and
 * results/logs/NAME.csv (`epoch,train_loss,validation_loss,validation_mse,refit_loss`) with NAME.json beside it
 * (backend, machine, wall time in seconds of this call); NAME is logistic, mlp, encoder or decoder. The same call on
 * the same backend gives the same weights. An interrupted one is continued by the next. Several students are fitted at
 * once, each in a process of its own, if cores are free.
 * @throws {UnderstudyError} DISTILL_ARGUMENT, DISTILL_FILE, DISTILL_ANSWERS (nothing to learn), DISTILL_TRAINING,
 * DISTILL_PROCESS
 */
export async function train(options: TrainOptions): Promise<TrainReport> {
  const { scenario = defaultScenario, seed = 0, epochs, signal, log } = options;
  requireTrainOptions(options);
  signal?.throwIfAborted();
  await requireWritable(options.workspace ?? '.');
  const data = await readTrainingData(options.train, scenario, seed, log);
  const common = {
    rows: data.observations.masks.length,
    states: data.states,
    labels: data.kind,
    validationRows: data.validation.length,
    seed,
  };
  if (options.student === 'rules') {
    const { trainRules } = await import('./rules/train-rules.ts');
    const { progress, workspace } = options;
    const rules = await trainRules(data, { scenario, seed, workspace, signal, progress, log });
    return { ...common, backend: 'Newton', students: [rules], rules: rules.text };
  }
  const backend = await openBackend({ only: options.backend, log });
  const kinds = options.student === 'all' ? students : [options.student];
  const { atOnce, fit } = fittingOn(backend, kinds.length);
  const shared = { ...options, scenario, seed, backend: backend.name, fit, together: kinds };
  const trainOne = (kind: StudentKind, either: AbortSignal) =>
    trainStudent(kind, data, {
      ...shared,
      epochs: typeof epochs === 'object' ? epochs[kind] : epochs,
      signal: either,
    });
  // Those that take longest come last in the list: the first to begin where others go on beside them.
  const order = atOnce > 1 ? [...kinds].reverse() : kinds;
  const trained = await sideBySide(order, atOnce, trainOne, signal);
  return {
    ...common,
    backend: backend.name,
    students: kinds.map((kind) => trained[order.indexOf(kind)]!),
  };
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT, with what is wrong */
export function requireTrainOptions({ student, loss = 'auto', epochs, layers, learningRate }: TrainOptions): void {
  const known: readonly string[] = [...students, 'rules', 'all'];
  const argument = (message: string) => new UnderstudyError('DISTILL_ARGUMENT', message);
  if (!known.includes(student)) throw argument(`unknown student: ${student} (known: ${known.join(', ')})`);
  if (!losses.includes(loss)) throw argument(`unknown loss: ${loss} (known: ${losses.join(', ')})`);
  for (const most of typeof epochs === 'object' ? Object.values(epochs) : [epochs ?? 1])
    if (!(Number.isInteger(most) && most > 0))
      throw argument(`epochs must be a whole number of 1 or more, got ${most}`);
  if (layers !== undefined && !(Number.isInteger(layers) && layers >= 2 && layers <= 4))
    throw argument(`layers must be 2, 3 or 4, got ${layers}`);
  if (learningRate !== undefined && !(learningRate > 0))
    throw argument(`learningRate must be above 0, got ${learningRate}`);
}

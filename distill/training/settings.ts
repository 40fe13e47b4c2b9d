import { UnderstudyError } from '../../env/error.ts';
import type { Architecture, StudentKind } from '../../policies/students/architecture.ts';
import type { LabelKind } from '../../workspace/labels.ts';
import type { Loss, Objective } from './objective.ts';

/** What may be chosen about a student; everything else follows from its kind and its rows. */
export interface StudentChoices {
  /** Default `auto`: ordinal if the labels sit on a small lattice, otherwise bce. */
  readonly loss?: Loss;
  /** Maximum number of epochs; default: as many as the rows need. */
  readonly epochs?: number;
  /** Hidden layers of the mlp, 2 to 4; default 3. */
  readonly layers?: number;
  /** Whether the logistic has an input for every two phrases too; default false. */
  readonly interactions?: boolean;
  /**
   * Whether encoder and decoder see the phrases in other orders every epoch, as if the teacher minded none; default
   * false.
   */
  readonly augment?: boolean;
  /** Default: what suits the student. */
  readonly learningRate?: number;
}

/** How a network is fitted. Everything here decides the weights. */
export interface Settings {
  readonly epochs: number;
  /** Rows in a step. */
  readonly batch: number;
  /** At its highest: it rises over the first steps and falls along a cosine to 0. */
  readonly learningRate: number;
  /** Share of the steps over which the learning rate rises. */
  readonly warmUp: number;
  readonly beta2: number;
  /** Weight decay; it applies to matrices only. */
  readonly weightDecay: number;
  /** Longest gradient; a longer one is scaled down to it. */
  readonly clip: number;
  /** Epochs in a row with a validation error clearly above the lowest after which training stops. */
  readonly patience: number;
  /** Whether the network is fitted once more, to all rows, when it is known for how many epochs. */
  readonly refit: boolean;
  /**
   * What epochs are compared by on validation rows: the squared error of the probability, or, where single choices are
   * learned, the loss. Absent: the squared error.
   */
  readonly comparedBy?: 'loss';
  /** Whether the weights are those of a penalised regression (`fitPenalised`), not of a descent by epochs. */
  readonly penalised?: true;
  /** Whether every epoch shows traits and contexts in other orders: for students that see the order. */
  readonly augment: boolean;
}

/**
 * Settings that do not depend on the number of rows, found by validation: `ordinal` on real decisions of an LLM, whose
 * labels sit on a lattice, `smooth` on those of a rule, whose labels do not and bear more decay.
 */
const recipes: Record<
  StudentKind,
  {
    learningRate: number;
    beta2: number;
    decay: { ordinal: number; smooth: number; choices: number };
    epochs: number;
    steps: number;
  }
> = {
  logistic: {
    learningRate: 0.03,
    beta2: 0.999,
    decay: { ordinal: 0, smooth: 0, choices: 0 },
    epochs: 120,
    steps: 6000,
  },
  mlp: { learningRate: 2e-3, beta2: 0.999, decay: { ordinal: 0.3, smooth: 1, choices: 3 }, epochs: 80, steps: 2500 },
  encoder: {
    learningRate: 2e-3,
    beta2: 0.98,
    decay: { ordinal: 0.3, smooth: 0.3, choices: 1 },
    epochs: 40,
    steps: 1000,
  },
  decoder: {
    learningRate: 2e-3,
    beta2: 0.98,
    decay: { ordinal: 0.3, smooth: 0.3, choices: 1 },
    epochs: 40,
    steps: 1000,
  },
};

const BATCH = 64;
/** Single choices are overfitted early: this share of the epochs is enough, and the learning rate falls in time. */
const CHOICES_SHARE = 0.4;

/** Hidden layers of an MLP by their number. */
const hidden: Readonly<Record<number, readonly number[]>> = {
  2: [128, 128],
  3: [192, 128, 128],
  4: [192, 128, 128, 64],
};

/**
 * The network that a student is made of.
 * @param chosen.layers hidden layers of an mlp, 2 to 4; default 3
 * @param chosen.interactions whether a logistic has an input for every two phrases; default false
 */
export function architectureOf(
  kind: StudentKind,
  width: number,
  { layers, interactions }: Pick<StudentChoices, 'layers' | 'interactions'> = {},
): Architecture {
  if (kind === 'logistic') return { kind, width, hidden: [], ...(interactions && { interactions }) };
  if (kind === 'mlp') {
    const sizes = hidden[layers ?? 3];
    if (!sizes) throw new UnderstudyError('DISTILL_ARGUMENT', `an mlp has 2 to 4 hidden layers, not ${layers}`);
    return { kind, width, hidden: sizes };
  }
  return { kind, width, size: 32, layers: 2, heads: 4, inner: 64 };
}

/** The settings for a student, so that few rows take as many steps as they need and many rows as many epochs. */
export function settingsOf(
  kind: StudentKind,
  loss: Objective['loss'],
  rows: number,
  chosen: Pick<StudentChoices, 'epochs' | 'learningRate' | 'augment'> & {
    readonly refit?: boolean;
    readonly labels?: LabelKind;
  } = {},
): Settings {
  const choices = chosen.labels === 'choices' && loss === 'bce';
  const { learningRate, beta2, decay, epochs, steps } = recipes[kind];
  const usual = Math.max(epochs, Math.ceil(steps / Math.ceil(rows / BATCH)));
  const planned = chosen.epochs ?? (choices ? Math.ceil(CHOICES_SHARE * usual) : usual);
  return {
    epochs: planned,
    batch: BATCH,
    learningRate: chosen.learningRate ?? learningRate,
    warmUp: 0.05,
    beta2,
    weightDecay: loss === 'ordinal' ? decay.ordinal : choices ? decay.choices : decay.smooth,
    clip: 1,
    patience: Math.max(5, Math.ceil(planned / 3)),
    refit: chosen.refit ?? true,
    ...(choices && { comparedBy: 'loss' }),
    ...(choices && penalisedIf(kind, chosen) && { penalised: true }),
    augment: (chosen.augment ?? false) && (kind === 'encoder' || kind === 'decoder'),
  };
}

/** Whether a student of single choices is fitted as a penalised regression: a logistic, unless epochs or a rate are asked for. */
export const penalisedIf = (
  kind: StudentKind,
  { epochs, learningRate }: Pick<StudentChoices, 'epochs' | 'learningRate'>,
): boolean => kind === 'logistic' && epochs === undefined && learningRate === undefined;

/** The learning rate of a step, counted from 0. */
export function learningRateAt({ learningRate, warmUp }: Settings, step: number, steps: number): number {
  const rising = Math.ceil(warmUp * steps);
  if (step < rising) return (learningRate * (step + 1)) / rising;
  return (learningRate * (1 + Math.cos((Math.PI * (step - rising)) / Math.max(1, steps - rising)))) / 2;
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT unless `value` is a whole number of `least` or more */
export function requireWhole(name: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new UnderstudyError('DISTILL_ARGUMENT', `${name} must be a whole number of ${least} or more, got ${value}`);
}

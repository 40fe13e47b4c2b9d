import type { Observations } from '../../env/observation.ts';
import type { Architecture } from '../../policies/students/architecture.ts';
import type { AdamWState } from './adamw.ts';
import type { Objective } from './objective.ts';
import type { Settings } from './settings.ts';

/** The numbers of a network, by weight. */
export type Values = Record<string, Float32Array>;

/** Observations with what a network is to say to them, as plain data. */
export interface LabelledRows {
  readonly observations: Observations;
  /** Row-major [n, k]. */
  readonly probabilities: Float64Array;
  /** Row-major [n, columns]: the probabilities as the loss compares them. */
  readonly targets: Float32Array;
  readonly columns: number;
  /** How much each row counts, shape [n], 1 on average; absent if all count alike. */
  readonly weights?: Float64Array;
  /** Rows that are not independent have the same number, shape [n]; default: those of one state. */
  readonly clusters?: Uint32Array;
}

/** @param probabilities row-major [n, k] */
export const labelledRows = (
  observations: Observations,
  probabilities: Float64Array,
  { targetsOf, columns }: Pick<Objective, 'targetsOf' | 'columns'>,
  { weights, clusters }: Pick<LabelledRows, 'weights' | 'clusters'> = {},
): LabelledRows => ({
  observations,
  probabilities,
  targets: targetsOf(probabilities),
  columns,
  ...(weights && { weights: withMeanOne(weights) }),
  ...(clusters && { clusters }),
});

function withMeanOne(weights: Float64Array): Float64Array {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}

/** Where a descent is: everything that its next epoch depends on, except for what stays the same. */
export interface Place {
  readonly values: Values;
  readonly optimizer: AdamWState;
}

/** One epoch: mean losses, and the mean squared error of the probability on the validation states. */
export interface Epoch {
  readonly epoch: number;
  readonly train: number;
  readonly validation: number;
  readonly mse: number;
}

/** A fit at the end of an epoch: everything that the next one depends on. */
export interface FitState {
  /** Where the descent that goes on is. */
  readonly place: Place;
  /** The epoch that is kept so far. */
  readonly best: { readonly epoch: number; readonly loss: number; readonly mse: number; readonly values: Values };
  readonly curve: readonly Epoch[];
  /** Mean losses of the epochs on all rows; absent before the first of them. */
  readonly refit?: readonly number[];
}

/** Everything that decides a fit, as plain data, which can be sent to another process. */
export interface FitJob {
  /** In errors. */
  readonly name: string;
  readonly architecture: Architecture;
  readonly objective: Pick<Objective, 'loss' | 'head'>;
  readonly rows: LabelledRows;
  /** Numbers of the rows to learn from, and of those that say when to stop. */
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly settings: Settings;
  /** For a regression: the counterpart of each phrase on the other alternative (`mirrorOf`); absent without alternatives. */
  readonly mirror?: Int32Array;
  /** Phrases that are traits, which come before the contexts. */
  readonly traits: number;
  readonly seed: number;
  /** Keeps the random numbers of two students apart. */
  readonly substream: number;
  /** Where to continue. */
  readonly from?: FitState;
}

/** What a fit listens to and tells. */
export interface FitEvents {
  readonly signal?: AbortSignal;
  /** Called after each epoch with the state to continue from. */
  readonly onEpoch?: (state: FitState, rowsASecond: number) => void | Promise<void>;
  /** Called instead by a penalised regression, after each set of penalties: how many were tried, and the latest losses. */
  readonly onTried?: (tried: number, latest: Epoch) => void;
}

/** Fits a network, here or elsewhere. */
export type Fit = (job: FitJob, events: FitEvents) => Promise<FitState>;

import type { Architecture } from '../../policies/students/architecture.ts';
import type { FitState } from './fit.ts';
import type { LabelledRows } from './labelled-rows.ts';
import type { Objective } from './objective.ts';
import type { Settings } from './settings.ts';

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
  /** Phrases that are traits, which come before the contexts; for `settings.augment`. */
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
}

/** Fits a network, here or elsewhere. */
export type Fit = (job: FitJob, events: FitEvents) => Promise<FitState>;

import type { Columns } from './columns.ts';
import type { Draws, Law } from './laws.ts';
import type { ActPlan, Cut, MovePlan } from './plan.ts';

/** How often each row came about, by kind; shape [rows] a kind, or [k, rows]; places beyond them are 0. */
export interface Bins {
  /** Rows of the kind that has most; all kinds have as many places. */
  readonly rows: number;
  /** Places of a kind: its counts begin at kind · stride. */
  readonly stride: number;
  readonly counts: Uint32Array;
}

/** What each kind decides in each situation. */
export interface Decisions {
  /** By kind: the draws of the action, a row for each situation. */
  readonly draws: readonly Draws[];
  /** Goes up whenever a row is written. */
  readonly revision: number;
}

/** Plays single agents tick by tick. All kernels give the same bytes. */
export interface Kernel {
  readonly columns: Columns;
  /** Draws everybody's first state. @param laws by agent factor */
  start(laws: readonly Cut<Law>[]): void;
  /** Counts who is in which situation: bins of shape [rows] a kind. Bins are valid until the next call. */
  count(plan: ActPlan): Bins;
  /** Everybody acts: bins of situations, shape [k, rows] a kind. */
  act(plan: ActPlan, decisions: Decisions): Bins;
  /** Everybody moves on after acting, to what neighbours made in the columns: bins of outcomes, if the plan has any. */
  move(plan: MovePlan): Bins | undefined;
  /** Acts and moves at once. */
  play(acting: ActPlan, moving: MovePlan, decisions: Decisions): { readonly acted: Bins; readonly moved?: Bins };
}

/** The most rows of some slices. */
export const mostRows = (cut: Cut<{ readonly classes: { readonly rows: number } }>): number =>
  cut.slices.reduce((most, { classes }) => Math.max(most, classes.rows), 0);

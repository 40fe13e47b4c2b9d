import type { Bins, Decisions } from './kernel/kernel.ts';
import type { TickPlan } from './kernel/plan.ts';

/**
 * Who lives in a run, by kind: agents of one trait set. Population holds every agent; Cohorts holds how many there are of
 * each kind in each state.
 */
export interface Members {
  readonly agents: number;
  /** The trait set of each kind, as a number of `scenario.sets`. */
  readonly traitSets: Uint32Array;
  /** How many are in each situation: bins of shape [rows] a kind, valid until the next call. */
  count(plan: TickPlan): Bins;
  /**
   * Plays one tick: everybody acts and moves on.
   * @returns bins valid until the next call: of situations, shape [k, rows] a kind, and of outcomes if the plan has any
   */
  play(plan: TickPlan, decisions: Decisions): { readonly acted: Bins; readonly moved?: Bins };
  /** Its whole state, for hashing: in an order that depends on nothing but the run. */
  readonly columns: Iterable<Uint8Array | Uint16Array | Uint32Array | Float64Array>;
}

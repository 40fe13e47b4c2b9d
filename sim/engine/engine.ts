import type { CrowdState } from '../../env/crowd.ts';
import type { Network } from '../../env/network/network.ts';
import type { Arm, Decider, PlayedArm, StepOptions } from './decider.ts';

/** A tick and its worlds. */
export interface Times {
  readonly tick: number;
  /** Level indices of the world factors at `tick` and at `tick + 1`. */
  readonly world: Int32Array;
  readonly nextWorld: Int32Array;
  /** The crowd factors at `tick`. */
  readonly crowd: CrowdState;
}

/** The distinct observations of some agents, and how many make each. */
export interface Observed {
  readonly masks: Uint32Array;
  readonly counts: Float64Array;
}

/** A tick that everything is decided for. */
export interface Ready {
  /** Who decides: the policy of the moment, then its canaries. */
  readonly arms: readonly PlayedArm[];
  /** Everybody acts and moves on; once. */
  play(): Played;
}

/** What a tick came to. */
export interface Played {
  /** Agents that took each action, shape [k]. */
  readonly counts: readonly number[];
  /** Sums over the agents that were decided for of the weights, out of 65,536, of each action that is allowed; shape [k]. */
  readonly weightSums: Float64Array;
  /** Distinct observations. */
  readonly distinct: number;
  /** Agents whose observation the policy gave no probability for. */
  readonly failed: number;
  /** Agents that got a probability, from the policy or from the one that steps in. */
  readonly decided: number;
  readonly reward: number;
  readonly measures: Readonly<Record<string, number>>;
  /** The crowd factors at the tick that comes. */
  readonly crowd: CrowdState;
}

/** Those who live in a run, one by one (Agents) or counted (Cohorts). */
export interface Engine {
  readonly agents: number;
  /** The trait sets that occur, as numbers of `scenario.sets`. */
  readonly traitSets: Uint32Array;
  /** In which agents are neighbours, if they are. */
  readonly network?: Network;
  /** What everybody observes in the world of a tick. */
  observed(times: Times): Observed;
  /** By arm: what the agents observe that it decides for. */
  observedByArm(times: Times, arms: readonly Arm[]): Observed[];
  /** Has the policy decide what occurs in the world of a tick. Nothing moves before the tick is played. */
  prepare(times: Times, decider: Decider, options: StepOptions): Promise<Ready>;
  /** The whole state, for hashing: in an order that depends on nothing but the run. */
  readonly columns: Iterable<Uint8Array>;
  /**
   * Takes over the state of another population of the same people.
   * @param state its columns, one after the other
   * @throws {UnderstudyError} SIMULATION_SNAPSHOT for columns of other sizes; nothing is changed then
   */
  restore(state: Uint8Array): void;
}

import { UnderstudyError } from '../env/error.ts';
import type { AskedOnce } from '../policies/asked-once.ts';
import { ConfidenceSequence } from '../stats/confidence-sequence.ts';
import { totalVariation } from '../stats/distributions.ts';
import type { CanarySoFar } from '../workspace/checkpoint.ts';
import type { StepOptions } from './engine/decider.ts';
import { isSameSelection, plainSelection, type Selection } from './engine/selection.ts';
import type { Simulation } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';
import type { Watch } from './watch.ts';

/** How far decisions are apart, with an interval that holds at every tick at once. */
export interface Divergence {
  /** Decisions that were compared. */
  readonly n: number;
  /** Mean total variation; NaN if none was. */
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

/** What became of a canary. */
export interface CanarySummary {
  readonly only: Selection;
  readonly policy: string;
  /** Its first tick, and the first in which it decided no more; absent if it did to the end. */
  readonly from: number;
  readonly to?: number;
  readonly agents: number;
  /** With a bound: how far its decisions are from those of the policy of the moment, in the states of its agents. */
  readonly divergence?: Divergence;
  /** Why it went back; absent if it did not. */
  readonly reason?: string;
}

/** A canary that is to begin at a tick. */
export interface PlannedCanary {
  readonly tick: number;
  readonly only: Selection;
  /** Absent for one that is over. */
  readonly memo?: AskedOnce;
  /** What it has come to in the part of the run that was played before. */
  readonly known?: CanarySoFar;
}

interface Life {
  readonly tick: number;
  readonly only: Selection;
  readonly policy: string;
  readonly memo?: AskedOnce;
  readonly divergence: ConfidenceSequence;
  agents: number;
  ended?: number;
  reason?: string;
}

/**
 * The canaries of a run: they begin at their ticks, and with a bound they go back once the mean total variation between their
 * decisions and the policy of the moment's, in their own agents' states, is above it: once the lower bound of a 95 %
 * confidence sequence is, so that a canary below the bound is called back with a probability of at most 2.5 %, however long it
 * runs. Given the world and what was before, agents are in states that are drawn one by one, so each agent's tick is a value
 * of that sequence.
 */
export class Canaries implements Watch {
  readonly #simulation: Simulation;
  readonly #bound: number | undefined;
  readonly #lives: readonly Life[];
  /** Of the tick that is being decided. */
  #compared: { readonly life: Life; readonly values: number[]; readonly counts: number[] }[] = [];

  /**
   * @param planned in the order in which they begin
   * @param options `bound` of the mean total variation, between 0 and 1; `from`, the tick that the run goes on from; `since`,
   *   the tick of the last swap for everybody, which ended those before
   * @throws {UnderstudyError} SIMULATION_ARGUMENT for a bound that is not one
   */
  constructor(
    simulation: Simulation,
    planned: readonly PlannedCanary[],
    { bound, from, since }: { readonly bound: number | undefined; readonly from: number; readonly since: number },
  ) {
    requireBound(bound);
    this.#simulation = simulation;
    this.#bound = bound;
    this.#lives = [...planned]
      .sort((a, b) => a.tick - b.tick)
      .map(({ tick, only, memo, known }) => {
        const ended = known?.ended ?? (tick < since ? since : undefined);
        return {
          ...{ tick, only, policy: memo?.id ?? known?.policy ?? 'nobody' },
          ...(memo && { memo }),
          divergence: new ConfidenceSequence(0.95, known?.divergence),
          agents: known?.agents ?? 0,
          ...(ended !== undefined && { ended }),
          ...(known?.reason !== undefined && { reason: known.reason }),
        };
      });
    for (const { tick, memo, only } of this.#living(from - 1)) if (tick < from) simulation.swap(memo!, only);
  }

  /** At a swap for everybody. */
  end(tick: number): void {
    for (const life of this.#living(tick)) life.ended = tick;
  }

  /** Before a tick: begins those that begin then, and ends those that have gone too far. */
  begin(tick: number): void {
    for (const life of this.#lives) {
      if (life.tick !== tick) continue;
      const same = this.#living(tick).find((one) => one !== life && isSameSelection(one.only, life.only));
      if (same) same.ended = tick;
      this.#simulation.swap(life.memo!, life.only);
    }
    if (this.#bound === undefined) return;
    for (const life of this.#living(tick)) {
      const reason = tooFar(life.divergence.interval, this.#bound);
      if (reason === undefined) continue;
      life.ended = tick;
      life.reason = reason;
      this.#simulation.rollBack(life.only, reason);
    }
  }

  /** Asks the policy of the moment what it would do in the canaries' states. */
  async before(options: StepOptions): Promise<void> {
    this.#compared = [];
    const living = this.#living(this.#simulation.tick);
    if (this.#bound === undefined || living.length === 0) return;
    const { policy, canaries } = this.#simulation;
    const [, ...observed] = this.#simulation.observedByArm();
    for (const [c, { only }] of canaries.entries()) {
      const life = living.find((one) => isSameSelection(one.only, only));
      if (!life) continue;
      const { masks, counts } = observed[c]!;
      const incumbent = await this.#simulation.consult(policy, masks, options);
      const canary = await this.#simulation.consult(life.memo!, masks, options);
      const [values, weights]: number[][] = [[], []];
      masks.forEach((mask, i) => {
        const distance = distanceAt(canary, incumbent, mask);
        if (distance === undefined) return;
        values!.push(distance);
        weights!.push(counts[i]!);
      });
      this.#compared.push({ life, values: values!, counts: weights! });
    }
  }

  after({ tick, canaries = [] }: TickRecord): Partial<TickRecord> {
    for (const { life, values, counts } of this.#compared) life.divergence.addTogether(values, counts);
    const told = canaries.map((arm) => {
      const life = this.#lives.findLast(
        ({ tick: begun, only, ended }) => begun <= tick && isSameSelection(only, arm.only!) && ended === undefined,
      );
      if (life) life.agents = arm.agents;
      return { ...arm, ...(life && this.#bound !== undefined && { divergence: life.divergence.interval }) };
    });
    return told.length > 0 ? { canaries: told } : {};
  }

  get soFar(): CanarySoFar[] {
    return this.#lives.map(({ tick, only, policy, agents, ended, reason, divergence }) => ({
      ...{ tick, only: plainSelection(only), policy, agents, divergence: divergence.state },
      ...(ended !== undefined && { ended }),
      ...(reason !== undefined && { reason }),
    }));
  }

  get summary(): CanarySummary[] {
    return this.#lives.map(({ tick, only, policy, agents, ended, reason, divergence }) => ({
      ...{ only, policy, from: tick, agents },
      ...(ended !== undefined && { to: ended }),
      ...(this.#bound !== undefined && { divergence: divergence.interval }),
      ...(reason !== undefined && { reason }),
    }));
  }

  #living(tick: number): Life[] {
    return this.#lives.filter((life) => life.tick <= tick && life.ended === undefined);
  }
}

/** Why a canary goes back whose decisions are that far from those of the policy of the moment; undefined if it stays. */
export const tooFar = ({ n, mean, lower, upper }: Divergence, bound: number): string | undefined =>
  n > 0 && lower > bound
    ? `mean total variation ${three(mean)} (95 % interval ${three(lower)} to ${three(upper)}) is above ${bound}`
    : undefined;

/** @throws {UnderstudyError} SIMULATION_ARGUMENT */
function requireBound(bound: number | undefined): void {
  if (bound !== undefined && !(bound > 0 && bound < 1))
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `the bound of a rollback is a mean total variation between 0 and 1, got ${bound}`,
    );
}

/** Total variation of two policies at an observation; undefined if either gave no probability. */
export function distanceAt(one: AskedOnce, other: AskedOnce, mask: number): number | undefined {
  if (one.outcome(mask) !== 'ok' || other.outcome(mask) !== 'ok') return undefined;
  return totalVariation(one.probabilities(mask)!, other.probabilities(mask)!);
}

const three = (value: number): string => value.toFixed(3);

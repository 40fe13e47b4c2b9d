import type { Level } from '../env/chance.ts';
import type { CrowdLevels } from '../env/on-stage.ts';
import type { Scenario } from '../env/scenario.ts';
import type { Divergence } from './canaries.ts';
import type { PlayedArm } from './engine/decider.ts';
import type { Played } from './engine/engine.ts';
import type { TwinDistance, TwinSplit } from './twin.ts';

/** What a shadow audit found in a tick, and so far. */
export interface ShadowTick {
  /** Decisions that were drawn and answered in the tick, and their mean total variation; NaN if there were none. */
  readonly decisions: number;
  readonly tick: number;
  /** Of all decisions so far: the mean, with bounds that hold at every tick at once. */
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
  /** Whether the alarm was raised, now or before. */
  readonly alarm: boolean;
}

/** What happened in one tick. */
export interface TickRecord {
  readonly tick: number;
  /** From 1. */
  readonly day: number;
  readonly world: Readonly<Record<string, Level>>;
  /** The crowd factors as agents met them; absent if there are none. */
  readonly crowd?: Readonly<Record<string, CrowdLevels>>;
  /** Id of the policy that decided. */
  readonly policy: string;
  /**
   * Others who decided for a part of the agents, and for how many; with a bound, how far from the policy of the moment so
   * far. Absent if nobody did.
   */
  readonly canaries?: readonly (PlayedArm & { readonly divergence?: Divergence })[];
  /** With a twin: how far the two were apart in this tick. */
  readonly twin?: TwinDistance & Partial<TwinSplit>;
  /** With a shadow audit: what it found. */
  readonly shadow?: ShadowTick;
  /** Agents that took each action, shape [k]. */
  readonly counts: readonly number[];
  /**
   * Mean of P(a | s) over the agents that got a probability, after what is not allowed went to the first action; shape
   * [k], NaN if none did.
   */
  readonly meanProbability: readonly number[];
  /** Total over agents. */
  readonly reward: number;
  /** Totals over agents, by name. */
  readonly measures: Readonly<Record<string, number>>;
  /** Distinct observations of the tick, and how many of them the policy was asked now. */
  readonly distinct: number;
  readonly asked: number;
  /** Agents whose observation the policy gave no probability for. */
  readonly failed: number;
  /** Agents that got a probability, from the policy or from the one that steps in. */
  readonly decided: number;
}

/** @param before the world and the crowd that the tick began with, who decided, and what was asked for it */
export function tickRecord(
  scenario: Scenario,
  before: Pick<TickRecord, 'tick' | 'world' | 'policy' | 'asked'> & {
    readonly crowd: NonNullable<TickRecord['crowd']>;
    readonly canaries: readonly PlayedArm[];
  },
  { weightSums, crowd: _, ...played }: Played,
): TickRecord {
  const { crowd, canaries, ...facts } = before;
  return {
    ...facts,
    day: Math.floor(before.tick / scenario.ticksPerDay) + 1,
    ...(scenario.crowd.length > 0 && { crowd }),
    ...(canaries.length > 0 && { canaries }),
    meanProbability: Array.from(weightSums, (sum) => sum / (65536 * played.decided)),
    ...played,
  };
}

import { philoxInto, streamKey } from './random.ts';
import type { FactorLookup, StateSpace } from './state-space.ts';

/**
 * The luck of single agents. Each draw of an agent in a tick has a number, its slot, and 16 bits: a high and a low byte. A
 * Philox block with the counter (agent ÷ 4, tick, 4 · (slot ÷ 4) + kind, 0) holds one byte of four slots for four agents:
 * byte (agent mod 4) of word (slot mod 4). Low bytes have blocks of their own, as one matters only if the high byte
 * equals a threshold's, once in 256 draws for each threshold.
 */
export const kinds = { high: 0, low: 1, startHigh: 2, startLow: 3 } as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

/** The third counter word of the block that holds a slot. */
export const blockOf = (slot: number, kind: Kind): number => 4 * (slot >> 2) + kind;

/** The slot that decides the action. */
export const ACTION_SLOT = 0;

/** By agent factor: the slot of its next value, from 1 on, or of its first, from 0 on. */
export interface Slots {
  readonly next: readonly number[];
  readonly start: readonly number[];
}

/**
 * Factors that are seldom left to chance come last, so that most ticks need few blocks. The order depends on the scenario's
 * tables alone.
 */
export function slotsOf(space: StateSpace): Slots {
  const ranked = (law: 'start' | 'next', first: number) => {
    const chance = space.agent.map((factor) => shareOfChance(factor, law));
    const order = [...chance.keys()].sort((a, b) => chance[b]! - chance[a]! || a - b);
    return chance.map((_, f) => first + order.indexOf(f));
  };
  return { next: ranked('next', ACTION_SLOT + 1), start: ranked('start', 0) };
}

/** Which share of a law's rows leaves something to chance; what neighbours make is not drawn. */
function shareOfChance(factor: FactorLookup, law: 'start' | 'next'): number {
  if (factor.counted) return 0;
  const { rows } = factor[law];
  return rows.filter((weights) => weights.filter((weight) => weight > 0).length > 1).length / rows.length;
}

/** The bytes of luck of single agents under a seed, looked up one by one; the block looked up last is kept. */
export class AgentLuck {
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(4);
  readonly #at = new Float64Array(3).fill(-1);

  constructor(seed: number) {
    this.#key = streamKey(seed, 'agents');
  }

  byte(agent: number, tick: number, slot: number, kind: Kind): number {
    const at = this.#at;
    const four = agent >>> 2;
    const third = blockOf(slot, kind);
    if (at[0] !== four || at[1] !== tick || at[2] !== third) {
      philoxInto(this.#block, four, tick, third, 0, this.#key[0], this.#key[1]);
      at[0] = four;
      at[1] = tick;
      at[2] = third;
    }
    return (this.#block[slot & 3]! >>> (8 * (agent & 3))) & 0xff;
  }

  /** The 16-bit uniform of a slot: of the draws of a tick, or of those that make the state of tick 0. */
  uniform(agent: number, tick: number, slot: number, of: 'tick' | 'start'): number {
    const [high, low] = of === 'tick' ? [kinds.high, kinds.low] : [kinds.startHigh, kinds.startLow];
    return 256 * this.byte(agent, tick, slot, high) + this.byte(agent, tick, slot, low);
  }
}

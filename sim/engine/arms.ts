import { ACTION_SLOT, AgentLuck, kinds } from '../../env/agent-luck.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { Draws } from './kernel/laws.ts';
import { Lots, type Selection } from './selection.ts';

/** Agents of one kind that stand together. */
export interface Stand {
  readonly kind: number;
  /** Number of the first, the others follow; and its place. */
  readonly agent: number;
  readonly place: number;
  readonly count: number;
}

/** Agents of a kind for whom another arm decides than for most of it. */
export interface Exception {
  readonly kind: number;
  readonly arm: number;
  /** Of the kind's first agent. */
  readonly place: number;
  /** Ascending: how far behind it they stand. */
  readonly offsets: Uint32Array;
}

/**
 * Who decides for whom: arm 0 is the policy of the moment, the others are its canaries. Most kinds are of one arm as a
 * whole; the others are played under the arm that has most of them, and the rest decide anew.
 */
export class Arms {
  /** By kind. */
  readonly main: Uint16Array;
  readonly exceptions: readonly Exception[];
  /** By arm: agents. */
  readonly agents: number[];
  /** By arm, shape [kinds]: whether somebody of the kind is in it. */
  readonly #touched: readonly Uint8Array[];

  /** @param selections of the canaries; a later one takes over agents of those before */
  constructor(
    scenario: Vocabulary,
    traitSets: Uint32Array,
    stands: Iterable<Stand>,
    seed: number,
    selections: readonly Selection[],
  ) {
    const arms = selections.length + 1;
    this.main = new Uint16Array(traitSets.length);
    this.agents = new Array<number>(arms).fill(0);
    this.#touched = Array.from({ length: arms }, () => new Uint8Array(traitSets.length));
    const wanted = selections.map((only) =>
      'traits' in only ? only.traits.map((trait) => scenario.traits.indexOf(trait)) : [],
    );
    const exceptions: Exception[] = [];
    const lots = new Lots(seed);
    const shares = selections.map((only) => ('share' in only ? only.share : undefined));
    for (const { kind, agent, place, count } of stands) {
      if (count === 0) continue;
      const carries = wanted.map((phrases) => phrases.every((phrase) => scenario.sets.holds(traitSets[kind]!, phrase)));
      const whole = selections.findLastIndex((_, c) => !shares[c] && carries[c]) + 1;
      const later = shares.flatMap((share, c) => (share && c + 1 > whole ? [{ arm: c + 1, share }] : []));
      if (later.length === 0) {
        this.main[kind] = whole;
        this.#count(whole, kind, count);
        continue;
      }
      const members = Array.from({ length: arms }, (): number[] => []);
      for (let i = 0; i < count; i++) {
        const lot = lots.of(agent + i);
        let arm = whole;
        for (const { arm: other, share } of later) if (lot >= share[0] && lot < share[1]) arm = other;
        members[arm]!.push(i);
      }
      let most = 0;
      members.forEach((own, arm) => {
        if (own.length > members[most]!.length) most = arm;
        if (own.length > 0) this.#count(arm, kind, own.length);
      });
      this.main[kind] = most;
      members.forEach((own, arm) => {
        if (arm !== most && own.length > 0) exceptions.push({ kind, arm, place, offsets: Uint32Array.from(own) });
      });
    }
    this.exceptions = exceptions;
  }

  /** Whether an arm decides for somebody of a kind. */
  touches(arm: number, kind: number): boolean {
    return this.#touched[arm]![kind] === 1;
  }

  /**
   * Counts by kind as if everybody were under the main arm of the kind, by arm.
   * @param counts shape [kinds, stride]
   */
  share(counts: Uint32Array, stride: number): Uint32Array[] {
    const parts = this.agents.map(() => new Uint32Array(counts.length));
    for (let kind = 0; kind < this.main.length; kind++) {
      const [from, to] = [kind * stride, (kind + 1) * stride];
      parts[this.main[kind]!]!.set(counts.subarray(from, to), from);
    }
    return parts;
  }

  #count(arm: number, kind: number, count: number): void {
    this.agents[arm]! += count;
    this.#touched[arm]![kind] = 1;
  }
}

/** What agents decide by the luck of their place, as the kernels draw it. */
export class Redrawn {
  readonly #high: AgentLuck;
  readonly #low: AgentLuck;

  constructor(seed: number) {
    this.#high = new AgentLuck(seed);
    this.#low = new AgentLuck(seed);
  }

  action({ steps, top, thresholds }: Draws, row: number, place: number, tick: number): number {
    let action = top[row]!;
    if (steps === 0) return action;
    const byte = this.#high.byte(place, tick, ACTION_SLOT, kinds.high);
    for (let step = 0, at = row * steps; step < steps; step++, at++) {
      const above = byte - (thresholds[at]! >>> 8);
      if (above < 0) action--;
      else if (above === 0 && this.#low.byte(place, tick, ACTION_SLOT, kinds.low) <= (thresholds[at]! & 0xff)) action--;
    }
    return action;
  }
}

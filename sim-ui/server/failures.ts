import type { AskedOnce } from '../../policies/asked-once.ts';
import { type Alarm, type FailureCount, failureKinds } from '../protocol.ts';
import { clipped } from './answers.ts';
import type { Member } from './cast.ts';

/** Characters of a reply that an alarm quotes. */
const QUOTED = 160;

/** The observations of a tick, and how many agents made each. */
interface Decided {
  readonly tick: number;
  readonly masks: Uint32Array;
  readonly counts: Float64Array;
  readonly decidedBy: Member & { policy: AskedOnce };
}

/**
 * Agents that got no answer, by what went wrong: in the tick on show and in the run so far. The first tick in which a
 * policy leaves agents without one raises an alarm, which stays as it is until it is dealt with, so that it is read once.
 */
export class Failures {
  #tick = new Map<FailureCount['kind'], number>();
  #run = new Map<string, Map<FailureCount['kind'], number>>();
  #alarm?: Alarm;
  /** Whose failures an alarm was raised for. */
  #told?: string;
  #share = 0;
  #last?: Decided;

  get alarm(): Alarm | undefined {
    return this.#alarm;
  }

  /** Share of the agents that got no answer in the last tick. */
  get share(): number {
    return this.#share;
  }

  /** A tick was decided. */
  add(decided: Decided): void {
    const { masks, counts, decidedBy } = decided;
    this.#last = decided;
    this.#tick = new Map();
    let [agents, failed] = [0, 0];
    masks.forEach((mask, i) => {
      const count = counts[i]!;
      agents += count;
      const outcome = decidedBy.policy.outcome(mask) ?? 'missing';
      if (outcome === 'ok') return;
      failed += count;
      this.#tick.set(outcome, (this.#tick.get(outcome) ?? 0) + count);
    });
    this.#share = agents > 0 ? failed / agents : 0;
    if (failed === 0) return;
    const run = this.#run.get(decidedBy.name) ?? new Map<FailureCount['kind'], number>();
    for (const [kind, count] of this.#tick) run.set(kind, (run.get(kind) ?? 0) + count);
    this.#run.set(decidedBy.name, run);
    if (this.#told !== decidedBy.name) this.#raise(failed, agents);
  }

  /** The run is paused because too many got no answer: the alarm says so, about the tick that was too much. */
  paused(above: number): void {
    if (!this.#last) return;
    const agents = this.#last.counts.reduce((sum, count) => sum + count, 0);
    this.#raise(Math.round(this.#share * agents), agents, above);
  }

  /** Somebody plays on in spite of it. */
  settle(): void {
    this.#alarm = undefined;
  }

  /** Another policy takes over: its first failure is news. */
  forget(): void {
    this.#alarm = undefined;
    this.#told = undefined;
  }

  clear(): void {
    this.#tick = new Map();
    this.#run = new Map();
    this.#share = 0;
    this.#last = undefined;
    this.forget();
  }

  /** A row for each policy and kind that occurred; nothing if everything was answered. */
  table(members: readonly Member[], inCharge: string): FailureCount[] {
    return members.flatMap(({ name, heard }) =>
      failureKinds.flatMap((kind) => {
        const observations = heard?.failures.get(kind) ?? 0;
        const agents = this.#last?.decidedBy.name === name ? (this.#tick.get(kind) ?? 0) : 0;
        const run = this.#run.get(name)?.get(kind) ?? 0;
        return observations + agents + run > 0
          ? [{ policy: name, inCharge: name === inCharge, kind, observations, agents, run }]
          : [];
      }),
    );
  }

  #raise(failed: number, of: number, above?: number): void {
    const { tick, masks, decidedBy } = this.#last!;
    this.#told = decidedBy.name;
    const first = masks.find((mask) => decidedBy.policy.outcome(mask) !== 'ok');
    const heard = first === undefined ? undefined : decidedBy.heard?.of(first);
    this.#alarm = {
      ...{ tick, policy: decidedBy.name, failed, of },
      kinds: failureKinds.flatMap((kind) => {
        const agents = this.#tick.get(kind);
        return agents ? [{ kind, agents }] : [];
      }),
      ...(heard?.reply !== undefined && { reply: clipped(heard.reply, QUOTED) }),
      ...(heard?.reason !== undefined && { reason: clipped(heard.reason, QUOTED) }),
      ...(above !== undefined && { pausedAbove: above }),
    };
  }
}

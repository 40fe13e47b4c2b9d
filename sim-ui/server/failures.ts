import type { AskedOnce } from '../../policies/asked-once.ts';
import { type Alarm, type FailureCount, failureKinds } from '../protocol/failures.ts';
import { clipped } from './answers.ts';
import type { Member, Ready } from './cast.ts';

/** Characters of a reply that an alarm quotes. */
const QUOTED = 160;

/** Observations of a tick, how many agents made each, and who decided there. */
interface Decided {
  readonly masks: Uint32Array;
  readonly counts: Float64Array;
  readonly decidedBy: Ready;
}

/**
 * Agents that got no answer, by what went wrong: in the tick on show and in the run so far. The first tick in which a
 * policy leaves agents without one raises an alarm, which stays as it is until it is dealt with, so that it is read once.
 */
export class Failures {
  /** By policy. */
  #tick = new Map<string, Map<FailureCount['kind'], number>>();
  #run = new Map<string, Map<FailureCount['kind'], number>>();
  #alarm?: Alarm;
  /** Whose failures an alarm was raised for. */
  readonly #told = new Set<string>();
  #share = 0;
  #last?: { readonly tick: number; readonly all: readonly Decided[]; readonly agents: number };

  get alarm(): Alarm | undefined {
    return this.#alarm;
  }

  /** Share of the agents that got no answer in the last tick. */
  get share(): number {
    return this.#share;
  }

  /** A tick was decided, by one policy or by one and a canary's. */
  add(tick: number, all: readonly Decided[]): void {
    const agents = all.reduce((sum, { counts }) => sum + sumOf(counts), 0);
    this.#last = { tick, all, agents };
    this.#tick = new Map(all.map((decided) => [decided.decidedBy.name, failedBy(decided)]));
    this.#share = agents > 0 ? all.reduce((sum, { decidedBy }) => sum + this.#failed(decidedBy.name), 0) / agents : 0;
    for (const decided of all) {
      const { name } = decided.decidedBy;
      if (this.#failed(name) === 0) continue;
      const run = this.#run.get(name) ?? new Map<FailureCount['kind'], number>();
      for (const [kind, count] of this.#tick.get(name)!) run.set(kind, (run.get(kind) ?? 0) + count);
      this.#run.set(name, run);
      if (!this.#told.has(name)) this.#raise(decided);
    }
  }

  /** The run is paused because too many got no answer: the alarm says so, about the tick that was too much. */
  paused(above: number): void {
    if (!this.#last) return;
    const { all } = this.#last;
    this.#raise(
      all.reduce((most, one) => (this.#failed(one.decidedBy.name) > this.#failed(most.decidedBy.name) ? one : most)),
      above,
    );
  }

  /** Somebody plays on in spite of it. */
  settle(): void {
    this.#alarm = undefined;
  }

  /** Another policy takes over: its first failure is news. */
  forget(): void {
    this.#alarm = undefined;
    this.#told.clear();
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
        const agents = this.#tick.get(name)?.get(kind) ?? 0;
        const run = this.#run.get(name)?.get(kind) ?? 0;
        return observations + agents + run > 0
          ? [{ policy: name, inCharge: name === inCharge, kind, observations, agents, run }]
          : [];
      }),
    );
  }

  /** Agents that a policy left without an answer in the tick. */
  #failed(name: string): number {
    return sumOf(this.#tick.get(name)?.values() ?? []);
  }

  #raise({ masks, decidedBy }: Decided, above?: number): void {
    const { tick, agents: of } = this.#last!;
    const failed = this.#failed(decidedBy.name);
    this.#told.add(decidedBy.name);
    const first = masks.find((mask) => decidedBy.policy.outcome(mask) !== 'ok');
    const heard = first === undefined ? undefined : decidedBy.heard?.of(first);
    this.#alarm = {
      ...{ tick, policy: decidedBy.name, failed, of },
      kinds: failureKinds.flatMap((kind) => {
        const agents = this.#tick.get(decidedBy.name)?.get(kind);
        return agents ? [{ kind, agents }] : [];
      }),
      ...(heard?.reply !== undefined && { reply: clipped(heard.reply, QUOTED) }),
      ...(heard?.reason !== undefined && { reason: clipped(heard.reason, QUOTED) }),
      ...(above !== undefined && { pausedAbove: above }),
    };
  }
}

/** Agents without an answer, by what went wrong. */
function failedBy({ masks, counts, decidedBy }: Decided): Map<FailureCount['kind'], number> {
  const failed = new Map<FailureCount['kind'], number>();
  masks.forEach((mask, i) => {
    const outcome = decidedBy.policy.outcome(mask) ?? 'missing';
    if (outcome !== 'ok') failed.set(outcome, (failed.get(outcome) ?? 0) + counts[i]!);
  });
  return failed;
}

function sumOf(counts: Iterable<number>): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

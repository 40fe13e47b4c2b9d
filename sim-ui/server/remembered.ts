import type { Observations } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { DecideOptions, Decisions, Policy } from '../../policies/policy.ts';
import { DecisionTable } from '../../sim/engine/decision-table.ts';

/**
 * A policy whose answers are shared by everybody who asks: the run, the comparison and the inspectors. Questions go
 * out in batches, one batch at a time, so that nothing is asked twice and an aborted call keeps what it has learned.
 */
export class Remembered implements Policy {
  readonly id: string;
  readonly scenario: string;
  readonly caveat?: string;
  readonly table: DecisionTable;
  private readonly actions: number;
  private readonly policy: Policy;
  private readonly batch: number;
  private readonly known = new Set<number>();
  private last: Promise<unknown> = Promise.resolve();

  /** @param batch questions in one call of the policy: what is lost at most when a call is aborted */
  constructor(scenario: Scenario, policy: Policy, batch = Number.POSITIVE_INFINITY) {
    this.policy = policy;
    this.id = policy.id;
    this.scenario = policy.scenario;
    this.caveat = policy.caveat;
    this.actions = scenario.actions.length;
    this.table = new DecisionTable(scenario, policy);
    this.batch = batch;
  }

  /** How many observations it has given a probability for. */
  get answered(): number {
    return this.known.size;
  }

  /** Distinct observations, in the order given, that were not answered yet. */
  unknown(masks: ArrayLike<number>): number[] {
    return [...new Set(Array.from(masks))].filter((mask) => this.table.outcome(mask) === undefined);
  }

  /** Asks what is not known yet; progress counts the distinct observations that are known. */
  async ask(masks: ArrayLike<number>, { signal, onProgress }: DecideOptions = {}): Promise<void> {
    const distinct = [...new Set(Array.from(masks))];
    const open = distinct.filter((mask) => [undefined, 'timeout'].includes(this.table.outcome(mask)));
    let known = distinct.length - open.length;
    if (open.length > 0) onProgress?.(known, distinct.length);
    for (let from = 0; from < open.length; from += this.batch) {
      const batch = open.slice(from, from + this.batch);
      await this.inTurn(signal, () =>
        this.table.ask(batch, { signal, onProgress: (done) => onProgress?.(known + done, distinct.length) }),
      );
      known += batch.length;
      for (const mask of batch) if (this.table.outcome(mask) === 'ok') this.known.add(mask);
      onProgress?.(known, distinct.length);
    }
  }

  async decide({ masks }: Observations, options: DecideOptions = {}): Promise<Decisions> {
    await this.ask(masks, options);
    const probabilities = new Float64Array(masks.length * this.actions);
    for (let i = 0; i < masks.length; i++)
      for (let a = 0; a < this.actions; a++) probabilities[i * this.actions + a] = this.table.probability(masks[i]!, a);
    return { probabilities, outcomes: Array.from(masks, (mask) => this.table.outcome(mask)!) };
  }

  /** Probability of any action but the default; NaN where there is none. */
  acting(mask: number): number {
    return 1 - this.table.probability(mask, 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.policy[Symbol.asyncDispose]());
  }

  /** One batch at a time. A caller that gives up stops waiting at once. */
  private async inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    this.last = turn.catch(() => {});
    if (!signal) return turn;
    let stop: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([turn, aborted]);
    } finally {
      signal.removeEventListener('abort', stop!);
    }
  }
}

import { quantise } from '../env/chance.ts';
import { UnderstudyError } from '../env/error.ts';
import { type Observations, observations, requireWidth } from '../env/observation.ts';
import type { Vocabulary } from '../env/scenario.ts';
import type { DecideOptions, Decisions, Outcome, Policy } from './policy.ts';

export interface AnswersOptions<A> {
  /** Phrases of the vocabulary that the masks are written in. */
  readonly width: number;
  /** Finds out what is not known: the answer to each mask, in their order. The masks are distinct and not empty. */
  readonly ask: (masks: readonly number[], options: DecideOptions) => Promise<readonly A[]>;
  /** Whether a question is to be put again although it has this answer; default never. */
  readonly again?: (answer: A) => boolean;
  /** Questions in one call of `ask`: the most that is lost when a call is aborted. Default: all. */
  readonly batch?: number;
}

/** Up to this many phrases, masks index an array; beyond, a map. */
const DENSE_PHRASES = 20;

/**
 * Answers by observation, each distinct observation asked once, however many callers ask at the same time:
 * questions go out one batch after the other, and what another caller has found out meanwhile is left out.
 */
export class Answers<A> {
  readonly #options: AnswersOptions<A>;
  readonly #rows: { get(mask: number): number | undefined; set(mask: number, row: number): unknown };
  readonly #answers: A[] = [];
  /** By row. */
  readonly #masks: number[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: AnswersOptions<A>) {
    this.#options = options;
    this.#rows = options.width <= DENSE_PHRASES ? denseIndex(2 ** options.width) : new Map();
  }

  /** Observations with an answer of any kind. */
  get size(): number {
    return this.#answers.length;
  }

  /** Observations with an answer, in the order in which they were first answered. */
  get masks(): readonly number[] {
    return this.#masks;
  }

  /** Takes over an answer that was given elsewhere. */
  set(mask: number, answer: A): void {
    const row = this.#rows.get(mask) ?? this.#answers.length;
    this.#rows.set(mask, row);
    this.#masks[row] = mask;
    this.#answers[row] = answer;
  }

  get(mask: number): A | undefined {
    const row = this.#rows.get(mask);
    return row === undefined ? undefined : this.#answers[row];
  }

  /**
   * Asks what is not known yet, and again what `again` says.
   * @param masks observations, repeats allowed
   * @param options onProgress counts the questions that are put now
   * @returns how many questions were put; an aborted call keeps the batches that were answered
   */
  async learn(masks: Iterable<number>, { signal, onProgress }: DecideOptions = {}): Promise<number> {
    const open = [...new Set(masks)].filter((mask) => this.#isOpen(mask));
    if (open.length === 0) return 0;
    const { batch = open.length } = this.#options;
    const progress = (done: number) => onProgress?.(done, open.length);
    let [done, put] = [0, 0];
    if (batch < open.length) progress(0);
    for (let from = 0; from < open.length; from += batch) {
      const part = open.slice(from, from + batch);
      put += await this.#inTurn(signal, () =>
        this.#put(part, { signal, onProgress: (answered) => progress(done + answered) }),
      );
      done += part.length;
      if (batch < open.length) progress(done);
    }
    return put;
  }

  #isOpen(mask: number): boolean {
    const answer = this.get(mask);
    return answer === undefined || (this.#options.again?.(answer) ?? false);
  }

  async #put(masks: readonly number[], options: DecideOptions): Promise<number> {
    const open = masks.filter((mask) => this.#isOpen(mask));
    if (open.length === 0) return 0;
    const answers = await this.#options.ask(open, options);
    open.forEach((mask, i) => this.set(mask, answers[i]!));
    return open.length;
  }

  /** One batch at a time. A caller that gives up stops waiting at once. */
  async #inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    this.#last = turn.catch(() => {});
    if (!signal) return turn;
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([turn, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

interface Decision {
  readonly outcome: Outcome;
  /** Shape [k], as the policy gave it. */
  readonly probabilities: Float64Array;
  /** Shape [k], out of 65,536; all 0 unless the outcome is ok. */
  readonly weights: Uint32Array;
}

/** What a policy answered about n observations, for a scenario of k actions. */
export interface Answered {
  /** Shape [n]. */
  readonly masks: Uint32Array;
  /** Shape [n]. */
  readonly outcomes: readonly Outcome[];
  /** Shape [n, k], as the policy gave them. */
  readonly probabilities: Float64Array;
}

/**
 * A policy that is asked about each distinct observation once, shared by everybody who asks: a step of a population
 * becomes a look-up, and a teacher costs its distinct states, not its agents. Timeouts are asked again. What the memo
 * knows belongs to this one policy object: another one is another memo, even under the same id.
 */
export class AskedOnce implements Policy {
  readonly id: string;
  readonly scenario: string;
  readonly caveat?: string;
  /** The policy that is asked. */
  readonly policy: Policy;
  readonly #world: Vocabulary;
  readonly #decisions: Answers<Decision>;
  #answered = 0;

  /** @param batch questions in one call of the policy: the most that is lost when a call is aborted; default all */
  constructor(scenario: Vocabulary, policy: Policy, batch?: number) {
    this.policy = policy;
    this.id = policy.id;
    this.scenario = policy.scenario;
    this.#world = scenario;
    if (policy.caveat !== undefined) this.caveat = policy.caveat;
    this.#decisions = new Answers({
      width: scenario.phrases.length,
      ask: (masks, options) => this.#ask(masks, options),
      again: ({ outcome }) => outcome === 'timeout',
      ...(batch !== undefined && { batch }),
    });
  }

  /** The memo of a policy; a policy that is one already stands for itself. */
  static of(scenario: Vocabulary, policy: Policy): AskedOnce {
    return policy instanceof AskedOnce ? policy : new AskedOnce(scenario, policy);
  }

  /** Observations asked about so far, whatever the outcome. */
  get size(): number {
    return this.#decisions.size;
  }

  /** Observations that it gave a probability for. */
  get answered(): number {
    return this.#answered;
  }

  /** Distinct observations, in the order given, that were never asked about. */
  unknown(masks: Iterable<number>): number[] {
    return [...new Set(masks)].filter((mask) => this.outcome(mask) === undefined);
  }

  /**
   * Asks the policy what it was never asked before, and again what ran out of time.
   * @param masks observations, repeats allowed
   * @returns how many were asked; an aborted call keeps the batches that were answered
   * @throws {UnderstudyError} SIMULATION_DECISION if the policy's answer has another shape, or a row that is not a
   *   distribution
   */
  learn(masks: Iterable<number>, options: DecideOptions = {}): Promise<number> {
    return this.#decisions.learn(masks, options);
  }

  async decide(batch: Observations, options: DecideOptions = {}): Promise<Decisions> {
    requireWidth(this.#world, batch);
    options.signal?.throwIfAborted();
    const { masks } = batch;
    await this.learn(masks, options);
    const k = this.#world.actions.length;
    const probabilities = new Float64Array(masks.length * k);
    masks.forEach((mask, i) => probabilities.set(this.probabilities(mask)!, i * k));
    return { probabilities, outcomes: Array.from(masks, (mask) => this.outcome(mask)!) };
  }

  /** How the question ended; undefined if it was never asked. */
  outcome(mask: number): Outcome | undefined {
    return this.#decisions.get(mask)?.outcome;
  }

  /** P(a | mask) of the k actions as the policy gave it, NaN where it gave none; undefined if it was never asked. */
  probabilities(mask: number): Float64Array | undefined {
    return this.#decisions.get(mask)?.probabilities;
  }

  /** P(action | mask); NaN if there is none. */
  probability(mask: number, action: number): number {
    return this.probabilities(mask)?.[action] ?? Number.NaN;
  }

  /** Weights of the k actions out of 65,536; undefined unless the outcome is ok. */
  weightsOf(mask: number): Uint32Array | undefined {
    const decision = this.#decisions.get(mask);
    return decision?.outcome === 'ok' ? decision.weights : undefined;
  }

  /** All that was answered so far, for a memo of the same policy in another process. */
  get everything(): Answered {
    const { masks } = this.#decisions;
    const k = this.#world.actions.length;
    const probabilities = new Float64Array(masks.length * k);
    masks.forEach((mask, i) => probabilities.set(this.probabilities(mask)!, i * k));
    return { masks: Uint32Array.from(masks), outcomes: masks.map((mask) => this.outcome(mask)!), probabilities };
  }

  /** Takes over what the policy answered in another process; what is known here already stays. */
  recall({ masks, outcomes, probabilities }: Answered): void {
    const k = this.#world.actions.length;
    masks.forEach((mask, i) => {
      if (this.outcome(mask) === undefined)
        this.#decisions.set(mask, this.#decision(outcomes[i]!, probabilities.slice(i * k, (i + 1) * k)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.policy[Symbol.asyncDispose]();
  }

  async #ask(masks: readonly number[], options: DecideOptions): Promise<Decision[]> {
    const k = this.#world.actions.length;
    const decisions = await this.policy.decide(observations(this.#world, masks), options);
    requireRows(this.policy, decisions, masks.length, k);
    // Copies: the array is the policy's, which may use it again.
    return masks.map((_, i) =>
      this.#decision(decisions.outcomes[i]!, decisions.probabilities.slice(i * k, (i + 1) * k)),
    );
  }

  #decision(outcome: Outcome, probabilities: Float64Array): Decision {
    if (outcome === 'ok') this.#answered++;
    const weights = outcome === 'ok' ? quantise(probabilities) : new Uint32Array(probabilities.length);
    return { outcome, probabilities, weights };
  }
}

/** A policy is anybody's code: rounding would make a law out of whatever it gives. */
function requireRows(policy: Policy, { probabilities, outcomes }: Decisions, n: number, k: number): void {
  const wrong = (what: string) => new UnderstudyError('SIMULATION_DECISION', `${policy.id} ${what}`);
  if (outcomes.length !== n || probabilities.length !== n * k)
    throw wrong(
      `gave ${outcomes.length} outcomes and ${probabilities.length} probabilities, expected ${n} and ${n} × ${k}`,
    );
  outcomes.forEach((outcome, i) => {
    if (outcome !== 'ok') return;
    const row = probabilities.slice(i * k, (i + 1) * k);
    const sum = row.reduce((total, p) => total + p, 0);
    if (!(row.every((p) => p >= 0) && Math.abs(sum - 1) < 1e-6))
      throw wrong(`gave [${row.join(', ')}] as probabilities; they must be 0 or more and sum to 1`);
  });
}

function denseIndex(size: number) {
  const rows = new Int32Array(size).fill(-1);
  return {
    get: (mask: number) => (rows[mask]! < 0 ? undefined : rows[mask]),
    set: (mask: number, row: number) => (rows[mask] = row),
  };
}

import { UnderstudyError } from '../../env/error.ts';
import { phrasesOf } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import { type Answered, AskedOnce } from '../../policies/asked-once.ts';
import type { Policy } from '../../policies/policy.ts';

/**
 * What agents do whose observation the policy gave no probability for: stop the run, take the default action, or ask
 * another.
 */
export type OnFailure = 'stop' | 'skip' | { readonly fallback: Policy };

export interface SwapEntry {
  /** The first tick that the new policy decides. */
  readonly tick: number;
  readonly from: string;
  readonly to: string;
}

export interface StepOptions {
  readonly signal?: AbortSignal;
  readonly onAsking?: (done: number, of: number) => void;
}

/** What a run that goes on has to know of what was decided before. */
export interface Past {
  /** Id of the policy that decided last; of the one that was to decide first, if none did. */
  readonly decided: string;
  readonly swaps: readonly SwapEntry[];
  /** Answers of each policy, by its id. */
  readonly answers: ReadonlyMap<string, Answered>;
  /** What was asked for the tick to be played, which broke off then; absent if nothing was. */
  readonly asked?: Asked;
}

/** Observations that a policy was asked. */
export interface Asked {
  readonly policy: string;
  readonly count: number;
}

/** The decisions of one tick. */
export interface TickDecisions {
  readonly policy: string;
  /** Whether the policy itself gave a probability. */
  answered(mask: number): boolean;
  /** Whether the policy gave a probability, or the one that steps in. */
  decided(mask: number): boolean;
  /** Weights of the k actions out of 65,536. */
  weightsOf(mask: number): Uint32Array;
}

/** Who decides in a run: the policy of the moment, what it answered before, and who steps in where it has no answer. */
export class Decider {
  readonly swaps: SwapEntry[] = [];
  readonly #scenario: Scenario;
  readonly #onFailure: OnFailure;
  readonly #memos = new Map<Policy, AskedOnce>();
  readonly #certainDefault: Uint32Array;
  /** Of policies that may decide again. */
  #recalled: ReadonlyMap<string, Answered> = new Map();
  #deciding: Policy;
  /** Id of the policy that decided last; at first the one that the run begins with. */
  #decided: string;
  /** For the tick to be played. */
  #asked: Asked | undefined;

  constructor(scenario: Scenario, policy: Policy, onFailure: OnFailure) {
    requireScenario(scenario, policy);
    if (typeof onFailure === 'object') requireScenario(scenario, onFailure.fallback);
    this.#scenario = scenario;
    this.#onFailure = onFailure;
    this.#deciding = policy;
    this.#decided = policy.id;
    this.#certainDefault = Uint32Array.of(65536, ...new Array<number>(scenario.actions.length - 1).fill(0));
  }

  get policy(): Policy {
    return this.#deciding;
  }

  /** What the policy of the moment answered. */
  get memo(): AskedOnce {
    return this.#memoOf(this.#deciding);
  }

  /** What a policy answered in this run. By object: an id may be given twice, and answers must not be mixed up then. */
  #memoOf(policy: Policy): AskedOnce {
    let memo = this.#memos.get(policy);
    if (!memo) {
      this.#memos.set(policy, (memo = AskedOnce.of(this.#scenario, policy)));
      const recalled = this.#recalled.get(memo.id);
      if (recalled) memo.recall(recalled);
    }
    return memo;
  }

  get past(): Past {
    const answers = new Map(this.#recalled);
    for (const memo of this.#memos.values()) answers.set(memo.id, memo.everything);
    return { decided: this.#decided, swaps: [...this.swaps], answers, ...(this.#asked && { asked: this.#asked }) };
  }

  /** Goes on from another run's past; without one, from none. The policy of the moment stays. */
  resume({ decided, swaps, answers, asked }: Past = noneBefore(this.#deciding)): void {
    this.#recalled = answers;
    this.#asked = asked;
    this.#decided = decided;
    this.swaps.splice(0, this.swaps.length, ...swaps);
    const memos = new Set([...this.#memos.values(), this.memo]);
    for (const memo of memos) if (answers.has(memo.id)) memo.recall(answers.get(memo.id)!);
  }

  /** Another policy decides from the next tick on that is not being decided already. */
  swap(policy: Policy): void {
    requireScenario(this.#scenario, policy);
    this.#deciding = policy;
  }

  /**
   * A tick was played under a policy: if it is another than decided before, that is a swap.
   * @returns how many observations the policy was asked for it, however often that broke off
   */
  played(tick: number, policy: string): number {
    if (policy !== this.#decided) this.swaps.push({ tick, from: this.#decided, to: policy });
    this.#decided = policy;
    const asked = this.#askedOf(policy);
    this.#asked = undefined;
    return asked;
  }

  /** Asks the policy of the moment what it was not asked yet. */
  async ask(masks: Iterable<number>, { signal, onAsking }: StepOptions): Promise<void> {
    const { memo } = this;
    const asked = await memo.learn(masks, { signal, onProgress: onAsking });
    if (asked > 0) this.#asked = { policy: memo.id, count: this.#askedOf(memo.id) + asked };
  }

  #askedOf(policy: string): number {
    return this.#asked?.policy === policy ? this.#asked.count : 0;
  }

  /**
   * Decides for the distinct observations of a tick.
   * @throws {UnderstudyError} SIMULATION_UNANSWERED if an observation stays open and no other policy steps in
   */
  async decide(masks: Uint32Array, tick: number, options: StepOptions): Promise<TickDecisions> {
    const { memo } = this;
    const { signal } = options;
    await this.ask(masks, options);
    const fallback = await this.#fallbackFor(memo, masks, tick, signal);
    signal?.throwIfAborted();
    return {
      policy: memo.id,
      answered: (mask) => memo.outcome(mask) === 'ok',
      decided: (mask) => (memo.weightsOf(mask) ?? fallback?.weightsOf(mask)) !== undefined,
      weightsOf: (mask) => memo.weightsOf(mask) ?? fallback?.weightsOf(mask) ?? this.#certainDefault,
    };
  }

  /** The memo that answers what the policy left open; undefined where nothing is open or what is open is skipped. */
  async #fallbackFor(
    memo: AskedOnce,
    masks: Uint32Array,
    tick: number,
    signal?: AbortSignal,
  ): Promise<AskedOnce | undefined> {
    const open = masks.filter((mask) => memo.outcome(mask) !== 'ok');
    if (open.length === 0 || this.#onFailure === 'skip') return undefined;
    const { traits, context } = phrasesOf(this.#scenario, { width: this.#scenario.phrases.length, masks: open }, 0);
    const example = `"${[...traits, ...context].join(', ')}"`;
    if (this.#onFailure === 'stop')
      throw new UnderstudyError(
        'SIMULATION_UNANSWERED',
        `${memo.id} gave no probability for ${open.length} of ${masks.length} observations at tick ${tick}, such as ${example} (${memo.outcome(open[0]!)}); choose what agents then do: skip the tick or name a fallback policy`,
      );
    const fallback = this.#memoOf(this.#onFailure.fallback);
    await fallback.learn(open, { signal });
    if (open.some((mask) => fallback.outcome(mask) !== 'ok'))
      throw new UnderstudyError(
        'SIMULATION_UNANSWERED',
        `the fallback ${fallback.id} gave no probability either, at tick ${tick}, such as for ${example}`,
      );
    return fallback;
  }
}

const noneBefore = ({ id }: Policy): Past => ({ decided: id, swaps: [], answers: new Map() });

function requireScenario(scenario: Scenario, policy: Policy): void {
  if (policy.scenario !== scenario.id)
    throw new UnderstudyError(
      'SIMULATION_SCENARIO',
      `${policy.id} decides in ${policy.scenario}, and the run is of ${scenario.id}`,
    );
}

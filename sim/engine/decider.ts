import { UnderstudyError } from '../../env/error.ts';
import { phrasesOf } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import { type Answered, AskedOnce } from '../../policies/asked-once.ts';
import type { Policy } from '../../policies/policy.ts';
import { isSameSelection, requireSelection, type Selection, wordsOf } from './selection.ts';

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
  /** Of a canary: whom the swap is for, and how many they are. */
  readonly only?: Selection;
  readonly agents?: number;
  /** Why a canary went back. */
  readonly reason?: string;
}

/** A part of the population for which another policy decides. */
export interface Canary {
  readonly only: Selection;
  readonly policy: Policy;
}

/** One of those who decide in a tick: the policy of the moment for everybody but the canaries, and theirs. */
export interface Arm {
  readonly memo: AskedOnce;
  /** Absent for the policy of the moment. */
  readonly only?: Selection;
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
  /** The canaries that decided last, and the ids of their policies. */
  readonly canaries: readonly DecidedCanary[];
  /** By policy: observations that it was asked for the tick to be played, which broke off then; absent if none was. */
  readonly asked?: Readonly<Record<string, number>>;
}

/** A canary as the past knows it. */
export interface DecidedCanary {
  readonly only: Selection;
  readonly policy: string;
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
  /** In the order in which they began: a later one takes over agents of those before. */
  #canaries: readonly Canary[] = [];
  /** Why those went back that decided last and do no more. */
  readonly #reasons = new Map<DecidedCanary, string>();
  /** Id of the policy that decided last; at first the one that the run begins with. */
  #decided: string;
  #decidedCanaries: readonly DecidedCanary[] = [];
  /** For the tick to be played. */
  #asked: Record<string, number> = {};

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

  get canaries(): readonly Canary[] {
    return this.#canaries;
  }

  /** Who decides in the tick to be played: the policy of the moment, then the canaries'. */
  get arms(): readonly Arm[] {
    return [{ memo: this.memo }, ...this.#canaries.map(({ only, policy }) => ({ only, memo: this.#memoOf(policy) }))];
  }

  get past(): Past {
    const answers = new Map(this.#recalled);
    for (const memo of this.#memos.values()) answers.set(memo.id, memo.everything);
    return {
      ...{ decided: this.#decided, swaps: [...this.swaps], answers, canaries: [...this.#decidedCanaries] },
      ...(Object.keys(this.#asked).length > 0 && { asked: { ...this.#asked } }),
    };
  }

  /** Goes on from another run's past; without one, from none. The policy of the moment and its canaries stay. */
  resume({ decided, swaps, answers, asked, canaries }: Past = noneBefore(this.#deciding)): void {
    this.#recalled = answers;
    this.#asked = { ...asked };
    this.#decided = decided;
    this.#decidedCanaries = canaries;
    this.#reasons.clear();
    this.swaps.splice(0, this.swaps.length, ...swaps);
    const memos = new Set([...this.#memos.values(), ...this.arms.map(({ memo }) => memo)]);
    for (const memo of memos) if (answers.has(memo.id)) memo.recall(answers.get(memo.id)!);
  }

  /**
   * Another policy decides from the next tick on that is not being decided already.
   * @param only for whom; default everybody, canaries too, which end then
   */
  swap(policy: Policy, only?: Selection): void {
    requireScenario(this.#scenario, policy);
    if (!only) {
      this.#deciding = policy;
      this.#canaries = [];
      return;
    }
    requireSelection(this.#scenario, only);
    const others = this.#canaries.filter((canary) => !isSameSelection(canary.only, only));
    this.#canaries = [...others, { only, policy }];
  }

  /**
   * A canary's agents go back to the policy of the moment.
   * @throws {UnderstudyError} SIMULATION_ARGUMENT if there is no such canary
   */
  rollBack(only: Selection, reason: string): void {
    const canary = this.#canaries.find((one) => isSameSelection(one.only, only));
    if (!canary)
      throw new UnderstudyError('SIMULATION_ARGUMENT', `there is no canary of ${wordsOf(only)} to roll back`);
    this.#canaries = this.#canaries.filter((one) => one !== canary);
    const decided = this.#decidedCanaries.find((one) => isSame(one, { only, policy: canary.policy.id }));
    if (decided) this.#reasons.set(decided, reason);
  }

  /**
   * A tick was played: whoever decided in it and not before is a swap.
   * @param arms who decided, and how many agents each for; the policy of the moment first
   * @returns how many observations they were asked for it, however often that broke off
   */
  played(tick: number, arms: readonly PlayedArm[]): number {
    const [{ policy }, ...others] = arms as [PlayedArm, ...PlayedArm[]];
    if (policy !== this.#decided) this.swaps.push({ tick, from: this.#decided, to: policy });
    const canaries = others.map(({ only, policy }) => ({ only: only!, policy }));
    const everybody = policy !== this.#decided && canaries.length === 0;
    for (const before of this.#decidedCanaries) {
      if (everybody || canaries.some((now) => isSameSelection(now.only, before.only))) continue;
      const reason = this.#reasons.get(before);
      this.swaps.push({ tick, from: before.policy, to: policy, only: before.only, ...(reason && { reason }) });
    }
    for (const [c, { only, agents, policy: to }] of others.entries()) {
      if (this.#decidedCanaries.some((before) => isSame(before, canaries[c]!))) continue;
      const before = this.#decidedCanaries.find((one) => isSameSelection(one.only, only!));
      this.swaps.push({ tick, from: before?.policy ?? policy, to, only: only!, agents });
    }
    this.#reasons.clear();
    this.#decided = policy;
    this.#decidedCanaries = canaries;
    const asked = [...new Set(arms.map((arm) => arm.policy))].reduce((sum, id) => sum + (this.#asked[id] ?? 0), 0);
    this.#asked = {};
    return asked;
  }

  /** Asks a policy of the run what it was not asked yet. */
  async ask(memo: AskedOnce, masks: Iterable<number>, { signal, onAsking }: StepOptions): Promise<void> {
    const asked = await memo.learn(masks, { signal, onProgress: onAsking });
    if (asked > 0) this.#asked[memo.id] = (this.#asked[memo.id] ?? 0) + asked;
  }

  /** What a policy answered in this run, for one that decides for nobody. */
  consult(policy: Policy): AskedOnce {
    requireScenario(this.#scenario, policy);
    return this.#memoOf(policy);
  }

  /**
   * Has a policy decide for the distinct observations that its agents make in a tick.
   * @throws {UnderstudyError} SIMULATION_UNANSWERED if an observation stays open and no other policy steps in
   */
  async decide(memo: AskedOnce, masks: Uint32Array, tick: number, options: StepOptions): Promise<TickDecisions> {
    const { signal } = options;
    await this.ask(memo, masks, options);
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

/** Who decided in a tick, and for how many. */
export interface PlayedArm {
  readonly policy: string;
  readonly agents: number;
  readonly only?: Selection;
}

const isSame = (a: DecidedCanary, b: DecidedCanary): boolean =>
  a.policy === b.policy && isSameSelection(a.only, b.only);

const noneBefore = ({ id }: Policy): Past => ({ decided: id, swaps: [], answers: new Map(), canaries: [] });

function requireScenario(scenario: Scenario, policy: Policy): void {
  if (policy.scenario !== scenario.id)
    throw new UnderstudyError(
      'SIMULATION_SCENARIO',
      `${policy.id} decides in ${policy.scenario}, and the run is of ${scenario.id}`,
    );
}

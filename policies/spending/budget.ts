import { AsyncLocalStorage } from 'node:async_hooks';
import { UnderstudyError } from '../../env/error.ts';
import { type PriceTable, readPrices } from './prices.ts';

/** The most that may be spent; absent for no limit. */
export interface Limits {
  /** Questions that a model is asked; remembered answers are free. */
  readonly maxQuestions?: number | undefined;
  /** Tokens of questions and replies together. */
  readonly maxTokens?: number | undefined;
  /** In the currency of the table of prices. */
  readonly maxCost?: number | undefined;
  /** Path of a table of prices; default the package's data/prices.json. */
  readonly prices?: string | undefined;
}

/** Tokens, and money if a price is known. */
export interface Amount {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Undefined: not known. */
  readonly cost: number | undefined;
}

/** What was spent, in all. */
export interface Spent {
  questions: number;
  promptTokens: number;
  completionTokens: number;
  cost: number;
  /** Whether all of it has a price. */
  priced: boolean;
}

type Limit = 'maxQuestions' | 'maxTokens' | 'maxCost';

/** The error of a limit that is reached. */
export class LimitReached extends UnderstudyError {
  readonly limit: Limit;
  constructor(limit: Limit, message: string) {
    super('SPENDING_LIMIT', message);
    this.limit = limit;
  }
}

const budgets = new AsyncLocalStorage<Budget>();

/**
 * Does a piece of work within limits, whatever of it asks a model. What is asked is reserved at the most that it can come to
 * before it is sent, and counted afterwards at the larger of what the model's server reports and what the texts must have.
 * @throws {UnderstudyError} SPENDING_LIMIT when a limit is reached: what was answered is kept
 * @example await withLimits({ maxQuestions: 500 }, () => dataset({ … }))
 */
export async function withLimits<T>(limits: Limits, work: () => Promise<T>): Promise<T> {
  return withBudget(new Budget(limits), work);
}

export const withBudget = <T>(budget: Budget, work: () => Promise<T>): Promise<T> => budgets.run(budget, work);

/** The budget of this work; undefined if it has none. */
export const currentBudget = (): Budget | undefined => budgets.getStore();

/** What may be spent, and what was. */
export class Budget {
  readonly limits: Limits;
  readonly spent: Spent = { questions: 0, promptTokens: 0, completionTokens: 0, cost: 0, priced: true };
  #prices: PriceTable | undefined;
  readonly #held = new Set<Amount>();
  #waiting: { readonly most: Amount; granted(): void; refused(why: unknown): void }[] = [];
  readonly #began = performance.now();

  /** @throws {UnderstudyError} POLICY_ARGUMENT for a limit that is not above 0, POLICY_FILE for prices that cannot be read */
  constructor(limits: Limits) {
    for (const name of ['maxQuestions', 'maxTokens', 'maxCost'] as const) {
      const value = limits[name];
      if (value !== undefined && !(value > 0))
        throw new UnderstudyError('POLICY_ARGUMENT', `${FLAGS[name]} is a number above 0, got ${value}`);
    }
    this.limits = limits;
    if (limits.prices !== undefined) this.#prices = readPrices(limits.prices);
  }

  /** Whether anything is limited. */
  get limited(): boolean {
    return this.#bounded || this.limits.maxQuestions !== undefined;
  }

  get prices(): PriceTable {
    return (this.#prices ??= readPrices());
  }

  /** Takes up to `n` questions. @returns how many may be asked */
  takeQuestions(n: number): number {
    const { maxQuestions = Number.POSITIVE_INFINITY } = this.limits;
    const taken = Math.min(n, maxQuestions - this.spent.questions);
    this.spent.questions += taken;
    return taken;
  }

  /** Gives back questions that were taken and not asked. */
  returnQuestions(n: number): void {
    this.spent.questions -= n;
  }

  /** Holds an amount if it fits beside what was spent and is held. */
  tryHold(most: Amount): boolean {
    const { maxTokens = Number.POSITIVE_INFINITY, maxCost = Number.POSITIVE_INFINITY } = this.limits;
    let tokens = this.spent.promptTokens + this.spent.completionTokens;
    let cost = this.spent.cost;
    for (const held of [...(this.#bounded ? this.#held : []), most]) {
      tokens += held.promptTokens + held.completionTokens;
      cost += held.cost ?? 0;
    }
    if (tokens > maxTokens || cost > maxCost) return false;
    this.#held.add(most);
    return true;
  }

  get #bounded(): boolean {
    return this.limits.maxTokens !== undefined || this.limits.maxCost !== undefined;
  }

  /**
   * Holds the most that a request can come to; where that does not fit, waits for requests under way, which may come to less.
   * @throws {UnderstudyError} SPENDING_LIMIT where it fits no more; the signal's reason when aborted
   */
  async hold(most: Amount, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.tryHold(most)) return;
    if (this.#held.size === 0) throw this.refusal(most);
    let stop = () => {};
    try {
      await new Promise<void>((granted, refused) => {
        const waiter = { most, granted, refused };
        stop = () => {
          this.#waiting = this.#waiting.filter((other) => other !== waiter);
          refused(signal.reason);
        };
        this.#waiting.push(waiter);
        signal.addEventListener('abort', stop, { once: true });
      });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Counts what was spent in place of what was held for it. */
  settle(held: Amount, { promptTokens, completionTokens, cost }: Amount): void {
    this.#held.delete(held);
    this.spent.promptTokens += promptTokens;
    this.spent.completionTokens += completionTokens;
    this.spent.cost += cost ?? 0;
    if (cost === undefined && promptTokens > 0) this.spent.priced = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting)
      if (this.tryHold(waiter.most)) waiter.granted();
      else this.#waiting.push(waiter);
    // Nothing is under way that may come to less than was held for it.
    if (this.#held.size > 0) return;
    for (const { most, refused } of this.#waiting.splice(0)) refused(this.refusal(most));
  }

  /**
   * Sets aside what work in another process may spend: up to so many questions, and all tokens and money that are left. Whoever
   * asks here meanwhile waits for tokens and money.
   * @returns the limits of that work; `settle` counts what it spent, all of it if that is not known
   * @throws {UnderstudyError} SPENDING_LIMIT if nothing is left
   */
  lend(questions: number): { readonly limits: Limits; settle(spent: Spent | undefined): void } {
    const { maxQuestions, maxTokens, maxCost, prices } = this.limits;
    const held = [...this.#held];
    const tokens = held.reduce((sum, one) => sum + one.promptTokens + one.completionTokens, 0);
    const left = {
      tokens: (maxTokens ?? 0) - this.spent.promptTokens - this.spent.completionTokens - tokens,
      cost: (maxCost ?? 0) - this.spent.cost - held.reduce((sum, one) => sum + (one.cost ?? 0), 0),
    };
    if (maxTokens !== undefined && left.tokens < 1) throw this.reached('maxTokens');
    if (maxCost !== undefined && left.cost <= 0) throw this.reached('maxCost');
    const taken = maxQuestions === undefined ? 0 : this.takeQuestions(questions);
    if (maxQuestions !== undefined && taken === 0) throw this.reached('maxQuestions');
    const most: Amount = {
      promptTokens: maxTokens === undefined ? 0 : left.tokens,
      completionTokens: 0,
      cost: maxCost === undefined ? 0 : left.cost,
    };
    this.#held.add(most);
    return {
      limits: {
        ...(maxQuestions !== undefined && { maxQuestions: taken }),
        ...(maxTokens !== undefined && { maxTokens: left.tokens }),
        ...(maxCost !== undefined && { maxCost: left.cost }),
        ...(prices !== undefined && { prices }),
      },
      settle: (spent) => {
        this.returnQuestions(taken);
        this.spent.questions += spent?.questions ?? taken;
        this.settle(most, spent ?? most);
      },
    };
  }

  /** The error of an amount that does not fit. */
  refusal(most: Amount): LimitReached {
    return this.reached(this.#tight(most));
  }

  #tight({ promptTokens, completionTokens }: Amount): 'maxTokens' | 'maxCost' {
    const { spent, limits } = this;
    const tokens = spent.promptTokens + spent.completionTokens + promptTokens + completionTokens;
    return limits.maxTokens !== undefined && tokens > limits.maxTokens ? 'maxTokens' : 'maxCost';
  }

  /** The error of a limit that is reached, with what was spent and how to go on. */
  reached(limit: Limit, kept = true): LimitReached {
    const more =
      limit === 'maxQuestions'
        ? ''
        : ' (another question could exceed it; a question is reserved at the most it can take)';
    return new LimitReached(
      limit,
      `${FLAGS[limit]} ${this.limits[limit]} is reached${more}: ${this.words()} were spent. ${
        kept
          ? 'The answers are kept in data/labels.jsonl: the same command goes on from there, with a new limit of its own'
          : 'Its answers cost nothing and are not kept: leave out the limit'
      }`,
    );
  }

  /** What was spent, in words. */
  words(): string {
    const { questions, promptTokens, completionTokens, cost, priced } = this.spent;
    const money =
      cost > 0 ? `, ${cost.toFixed(4)} ${this.prices.currency}${priced ? '' : ' and what has no known price'}` : '';
    const n = (value: number) => value.toLocaleString('en-US');
    return `${n(questions)} question${questions === 1 ? '' : 's'}, ${n(promptTokens)} + ${n(completionTokens)} tokens${money}, ${((performance.now() - this.#began) / 1000).toFixed(1)} s`;
  }
}

const FLAGS = { maxQuestions: '--max-questions', maxTokens: '--max-tokens', maxCost: '--max-cost' } as const;

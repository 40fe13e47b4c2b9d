import { AsyncLocalStorage } from 'node:async_hooks';
import { UnderstudyError } from '../../env/error.ts';
import { addSpending, type SpendingLine } from '../../workspace/spending.ts';
import type { Usage } from '../policy.ts';
import { currentShard } from '../shards/current.ts';
import { type Amount, Budget, currentBudget, type LimitReached } from './budget.ts';
import { type Price, priceOf } from './prices.ts';
import { estimatedTokens, mostTokens } from './tokens.ts';

/** A request before it is sent. */
export interface Claim {
  /** Everything that is sent. */
  readonly sent: string;
  /** What of it is certainly paid for: the messages. */
  readonly prompt: string;
  /** Most tokens of the reply. */
  readonly limit: number;
}

/** A line of spending is written at the latest after so long. */
const LINE_MS = 5_000;

const meters = new AsyncLocalStorage<Meter>();

/** The meter of the teacher that is being asked; undefined outside of one. */
export const currentMeter = (): Meter | undefined => meters.getStore();

const NOTHING: Amount = { promptTokens: 0, completionTokens: 0, cost: undefined };

/** Counts what one teacher costs, holds it within the budget of the work that asks, and keeps it beside the labels. */
export class Meter {
  readonly #teacher: string;
  readonly #path: string | undefined;
  readonly #hosted: boolean;
  readonly #own = new Budget({});
  #line = { questions: 0, requests: 0, promptTokens: 0, completionTokens: 0, reportedPrompt: 0, reportedCompletion: 0 };
  #cost: number | null = 0;
  /** Time in which something was under way, in ms. */
  #busy = 0;
  #under = 0;
  #since = 0;
  #written = performance.now();

  /**
   * @param teacher its name, as prices and spending know it
   * @param path of the lines of spending; undefined: none are kept
   * @param hosted whether a server runs it, which may want money
   */
  constructor(teacher: string, { path, hosted }: { path: string | undefined; hosted: boolean }) {
    this.#teacher = teacher;
    this.#path = path;
    this.#hosted = hosted;
  }

  /** Does work of this teacher: its requests are counted here. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await meters.run(this, work);
    } finally {
      this.flush();
    }
  }

  /** Does work in which it answers: the time counts. */
  async timed<T>(work: () => Promise<T>): Promise<T> {
    if (this.#under++ === 0) this.#since = performance.now();
    try {
      return await work();
    } finally {
      if (--this.#under === 0) this.#busy += performance.now() - this.#since;
    }
  }

  get budget(): Budget {
    return currentBudget() ?? this.#own;
  }

  get #price(): Price | undefined {
    return priceOf(this.budget.prices, this.#teacher);
  }

  /**
   * Refuses a limit on money where no price is known.
   * @throws {UnderstudyError} POLICY_ARGUMENT
   */
  requirePrice(): void {
    const { limits, prices } = this.budget;
    if (limits.maxCost === undefined || !this.#hosted || this.#price) return;
    throw new UnderstudyError(
      'POLICY_ARGUMENT',
      `--max-cost ${limits.maxCost} cannot be held: ${prices.path} has no price of ${this.#teacher}; add it to a table of your own and name that with --prices FILE, or use --max-tokens`,
    );
  }

  /** Counts a question that was answered. */
  answered(): void {
    this.#line.questions++;
  }

  /**
   * Holds the most that a request can come to.
   * @returns counts what it came to: `usage` is what the server reports and `text` what it wrote; without either, nothing was
   *   spent. `lost` counts all that was held, for a request whose end is not known.
   */
  async claim(
    { sent, prompt, limit }: Claim,
    signal: AbortSignal,
  ): Promise<{
    settle(reply: { readonly usage: Usage | undefined; readonly text: string } | undefined): void;
    lost(): void;
  }> {
    const { budget } = this;
    const most = this.#amount(mostTokens(sent), limit);
    await budget.hold(most, signal);
    this.#line.requests++;
    const count = (amount: Amount, reported: Usage | undefined) => {
      budget.settle(most, amount);
      this.#count(amount, reported);
    };
    return {
      settle: (reply) => {
        if (!reply) return count(NOTHING, undefined);
        count(this.#counted(prompt, reply), reply.usage);
      },
      lost: () => count(most, undefined),
    };
  }

  /** Holds the most that a request of a batch can come to, at a share of the price; undefined where it does not fit. */
  tryClaim({ sent, limit }: Claim, share: number): Amount | undefined {
    const most = discounted(this.#amount(mostTokens(sent), limit), share);
    return this.budget.tryHold(most) ? most : undefined;
  }

  /** The error of a request of a batch that does not fit. */
  refusal({ sent, limit }: Claim, share: number): LimitReached {
    return this.budget.refusal(discounted(this.#amount(mostTokens(sent), limit), share));
  }

  /** What a batch costs, as a share of single requests; 1 if it is not known. */
  get batchShare(): number {
    return this.#price?.batch ?? 1;
  }

  /**
   * Counts what a request of a batch came to, in place of what was held for it, if anything was in this process.
   * @param reply undefined for a request that was not worked on
   */
  settleClaim(
    held: Amount | undefined,
    { prompt, share }: { prompt: string; share: number },
    reply: { readonly usage: Usage | undefined; readonly text: string } | undefined,
  ): void {
    const amount = reply ? discounted(this.#counted(prompt, reply), share) : NOTHING;
    if (reply) this.#line.requests++;
    this.budget.settle(held ?? NOTHING, amount);
    this.#count(amount, reply?.usage);
  }

  /** Holds the most that a question to a model on this machine can come to; false where it does not fit. */
  tryLocal(most: Amount): boolean {
    return this.budget.tryHold(most);
  }

  /** Counts what a question to a model on this machine came to, as its own tokenizer says. */
  settleLocal(held: Amount, usage: Usage | undefined): void {
    const amount = { promptTokens: usage?.promptTokens ?? 0, completionTokens: usage?.completionTokens ?? 0, cost: 0 };
    this.budget.settle(held, amount);
    this.#count(amount, usage);
  }

  /** The larger of what is reported and what the texts must have. */
  #counted(prompt: string, { usage, text }: { readonly usage: Usage | undefined; readonly text: string }): Amount {
    const amount = this.#amount(
      Math.ceil(Math.max(usage?.promptTokens ?? 0, estimatedTokens(prompt))),
      Math.ceil(Math.max(usage?.completionTokens ?? 0, estimatedTokens(text))),
    );
    return usage?.cost === undefined ? amount : { ...amount, cost: Math.max(usage.cost, amount.cost ?? 0) };
  }

  #amount(promptTokens: number, completionTokens: number): Amount {
    const price = this.#price;
    const cost = price && (promptTokens * price.input + completionTokens * price.output) / 1e6;
    return { promptTokens, completionTokens, cost };
  }

  #count({ promptTokens, completionTokens, cost }: Amount, reported: Usage | undefined): void {
    const line = this.#line;
    line.promptTokens += promptTokens;
    line.completionTokens += completionTokens;
    // What a server reports may be anything.
    line.reportedPrompt += Math.max(0, Math.round(reported?.promptTokens ?? 0));
    line.reportedCompletion += Math.max(0, Math.round(reported?.completionTokens ?? 0));
    if (promptTokens > 0) this.#cost = cost === undefined || this.#cost === null ? null : this.#cost + cost;
    if (performance.now() - this.#written > LINE_MS) this.flush();
  }

  /** Writes what was spent since the last line. */
  flush(): void {
    const { questions, requests, promptTokens, completionTokens, reportedPrompt, reportedCompletion } = this.#line;
    const now = performance.now();
    if (this.#under > 0) {
      this.#busy += now - this.#since;
      this.#since = now;
    }
    if (questions + requests + promptTokens + completionTokens === 0) return;
    const less = reportedPrompt < promptTokens || reportedCompletion < completionTokens;
    const line: SpendingLine = {
      at: new Date().toISOString(),
      teacher: this.#teacher,
      seconds: Number((this.#busy / 1000).toFixed(3)),
      questions,
      requests,
      promptTokens,
      completionTokens,
      ...(less && { reported: { promptTokens: reportedPrompt, completionTokens: reportedCompletion } }),
      ...(this.#hosted && { cost: this.#cost }),
    };
    const shard = currentShard();
    if (shard) shard.spent(line);
    else if (this.#path !== undefined) addSpending(this.#path, line);
    this.#line = {
      ...{ questions: 0, requests: 0, promptTokens: 0, completionTokens: 0 },
      ...{ reportedPrompt: 0, reportedCompletion: 0 },
    };
    this.#cost = 0;
    this.#busy = 0;
    this.#written = now;
  }
}

const discounted = (amount: Amount, share: number): Amount => ({
  ...amount,
  cost: amount.cost === undefined ? undefined : share * amount.cost,
});

import { UnderstudyError } from '../../../env/error.ts';
import type { Vocabulary } from '../../../env/scenario.ts';
import { suggestion } from '../../../env/suggestion.ts';
import type { Answer, Usage } from '../../policy.ts';
import { answerOfChoice, byAction, type LetterChance } from '../choice.ts';
import { replyTokens } from '../gguf/grammar.ts';
import { answerOfNumber, refusalIn, replyAnswer } from './answer.ts';
import { type Completion, readCompletion, usageOf } from './completion.ts';
import type { Connection } from './connection.ts';
import { type Ask, type Dialect, firstDialect, replySchema, requestBody, type Sampling, stepDown } from './dialect.ts';
import { isAboutQuestion, mayBeAboutQuestion, mayBreakServer, policyError, ServerFailure } from './failure.ts';
import { askLetter, letterChances } from './letter-route.ts';
import { findRoute, type Route, readNumberBy, wordsOf } from './number-route.ts';
import { faultIn, isCertain } from './number-weights.ts';

/** One server, in the dialect that it understands. */
export class Endpoint {
  readonly host: string;
  readonly #model: string;
  readonly #scenario: Vocabulary;
  readonly #connection: Connection;
  readonly #log: (line: string) => void;
  readonly #closed: AbortSignal;
  #dialect: Dialect = firstDialect;
  #said = false;
  #route: Promise<Route> | undefined;
  /** A question that the server has answered. */
  #answered: Ask | undefined;
  /** Whether it has been said that another model answers. */
  #heard = false;

  constructor(
    connection: Connection,
    model: string,
    scenario: Vocabulary,
    closed: AbortSignal,
    log: (line: string) => void,
  ) {
    this.#connection = connection;
    this.host = connection.host;
    this.#model = model;
    this.#scenario = scenario;
    this.#closed = closed;
    this.#log = log;
  }

  /**
   * Makes sure that the server has the model.
   * @throws {UnderstudyError} POLICY_UNKNOWN naming what it has; TEACHER_CRASHED where it cannot be reached,
   *   POLICY_ARGUMENT
   */
  async check(signal: AbortSignal): Promise<void> {
    let body: unknown;
    try {
      body = await this.#connection.ask('/models', undefined, signal, false);
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error;
      // Some gateways have no list; whether they have the model shows with the first question.
      if (error.status === 404 || error.status === 405) return;
      throw policyError(error);
    }
    const list = (body as { data?: unknown } | null)?.data;
    if (!Array.isArray(list)) return;
    const known = list.map((entry) => String((entry as { id?: unknown } | null)?.id));
    // Ollama takes a name without a tag for the latest, Anthropic one without a date; Gemini lists models/NAME.
    const dated = (id: string) => id.startsWith(`${this.#model}-`) && /^\d{8}$/.test(id.slice(this.#model.length + 1));
    const same = (id: string) =>
      id === this.#model || id === `${this.#model}:latest` || id === `models/${this.#model}` || dated(id);
    if (known.some(same)) return;
    // A list in pages may name it further on.
    if ((body as { has_more?: unknown }).has_more === true) return;
    const near = suggestion(this.#model, known);
    const some = known.length > 12 ? [...known.slice(0, 12), `${known.length - 12} more`] : known;
    throw new UnderstudyError(
      'POLICY_UNKNOWN',
      `${this.host} has no model ${this.#model} (it has: ${some.join(', ') || 'none'})${near ? `; did you mean ${near}?` : ''}`,
    );
  }

  /** The answer that a reply in words gives. */
  async write(prompt: string, explain: boolean, sampling: Sampling, signal: AbortSignal): Promise<Answer> {
    const { actions } = this.#scenario;
    const completion = await this.#complete(
      {
        messages: [{ role: 'user', content: prompt }],
        sampling,
        // White space, a fence around the JSON, and an explanation where the server minds no form.
        limit: 64 + 2 * replyTokens(actions, true),
        schema: replySchema(actions, explain),
      },
      signal,
    );
    if (!this.#said) {
      this.#said = true;
      this.#log(`${this.host} is asked for JSON by ${this.#dialect.form}`);
    }
    const { explanation, ...answer } = replyAnswer(completion, actions);
    return {
      ...answer,
      // Its escapes are read by now, and may have hidden a key.
      ...(explain && explanation !== undefined && { explanation: this.#connection.hide(explanation) }),
      ...this.#told([completion]),
    };
  }

  /**
   * The answer that the distribution of the number gives.
   * @throws {UnderstudyError} TEACHER_UNSUPPORTED where the server does not say how likely a token is
   */
  async expect(prompt: string, signal: AbortSignal): Promise<Answer> {
    const route = await this.#numberRoute([prompt], signal);
    if (route.kind === 'none') throw this.#without('expected', route.why);
    const completions: Completion[] = [];
    const complete = async (ask: Ask) => {
      const completion = await this.#complete(ask, signal);
      completions.push(completion);
      return completion;
    };
    const refused = () => completions.map(refusalIn).find((why) => why !== undefined);
    const { actions } = this.#scenario;
    const paths = await readNumberBy(route, prompt, actions, complete);
    const fault = faultIn(completions.flatMap(({ tokens = [] }) => tokens));
    const answer: Answer =
      fault === undefined
        ? answerOfNumber(paths, {
            refused: refused(),
            first: completions.at(0),
            whole: route.kind === 'reply',
            actions,
          })
        : { outcome: 'refused', reason: `the server ${fault}; ask for "greedy"` };
    return { ...answer, ...this.#told(completions) };
  }

  /**
   * The answer that the letters' probabilities give, one request for each order of the options.
   * @throws {UnderstudyError} TEACHER_UNSUPPORTED where the server does not say how likely a token is
   */
  async choose(orders: readonly string[], signal: AbortSignal): Promise<Answer> {
    const completions: Completion[] = [];
    const chances: LetterChance[][] = [];
    for (const prompt of orders) {
      const completion = await this.#letter(prompt, signal);
      completions.push(completion);
      const refused = refusalIn(completion);
      if (refused !== undefined) return { outcome: 'refused', reason: refused, ...this.#told(completions) };
      const found = letterChances(completion, this.#scenario.actions.length);
      if (!found) throw this.#without('choice', 'gives no token probabilities (logprobs)');
      chances.push(found);
    }
    const tokens = completions.flatMap(({ tokens = [] }) => tokens.slice(0, 1));
    const fault = faultIn(tokens) ?? (tokens.every(isCertain) ? CERTAIN : undefined);
    const answer: Answer =
      fault === undefined
        ? answerOfChoice(byAction(chances))
        : { outcome: 'refused', reason: `the server ${fault}; ask for "greedy"` };
    return { ...answer, ...this.#told(completions) };
  }

  async #letter(prompt: string, signal: AbortSignal): Promise<Completion> {
    try {
      return await this.#complete(askLetter(prompt), signal);
    } catch (error) {
      if (!(error instanceof ServerFailure) || this.#dialect.logprobs > 0) throw error;
      throw this.#without('choice', `gives no token probabilities: ${error.said ?? error.message}`);
    }
  }

  #without(elicit: string, why: string): UnderstudyError {
    return new UnderstudyError(
      'TEACHER_UNSUPPORTED',
      `${this.host} cannot be asked for "${elicit}": it ${why}; use "greedy" or "sample"`,
    );
  }

  /**
   * Why the server's numbers cannot be read; undefined where they can.
   * @throws {UnderstudyError} where the server fails
   */
  async unreadable(prompts: readonly [string, ...string[]], signal: AbortSignal): Promise<string | undefined> {
    let refusal: ServerFailure | undefined;
    for (const [i] of prompts.entries())
      try {
        const [first, ...more] = [...prompts.slice(i), ...prompts.slice(0, i)];
        const route = await this.#numberRoute([first!, ...more], signal);
        return route.kind === 'none' ? `${this.host} ${route.why}` : undefined;
      } catch (error) {
        if (!(error instanceof ServerFailure)) throw error;
        // A gateway that fails twice has nothing behind it; each failure has been repeated for long.
        const broken = error.kind === 'busy' && mayBreakServer(error) && refusal === undefined;
        if (!isAboutQuestion(error) && !mayBeAboutQuestion(error) && !broken) throw policyError(error);
        refusal = error;
      }
    throw policyError(refusal!);
  }

  /**
   * How the server's numbers are read, found out once; a caller that stops waiting for it does not stop it for the
   * others.
   */
  async #numberRoute(prompts: readonly [string, ...string[]], signal: AbortSignal): Promise<Route> {
    if (!this.#route) {
      const route = findRoute(prompts, this.#scenario.actions, (ask) => this.#complete(ask, this.#closed));
      this.#route = route;
      route.then(
        (found) => this.#log(`${this.host} ${wordsOf(found)}`),
        () => {
          if (this.#route === route) this.#route = undefined;
        },
      );
    }
    return abortable(this.#route, signal);
  }

  /** One chat completion; what the server does not understand is left out from then on. */
  async #complete(ask: Ask, signal: AbortSignal): Promise<Completion> {
    for (;;) {
      const dialect = this.#dialect;
      const body = requestBody(this.#model, ask, dialect);
      try {
        const answer = await this.#connection.ask('/chat/completions', body, signal);
        const { text, ...more } = readCompletion(this.host, answer);
        const completion = { ...more, ...(text !== undefined && { text: this.#connection.hide(text) }) };
        this.#answered ??= ask;
        this.#hear(completion);
        return completion;
      } catch (error) {
        if (!(error instanceof ServerFailure) || (error.status !== 400 && error.status !== 422)) throw error;
        if (isAboutQuestion(error)) throw error;
        const next = stepDown(dialect, error.said ?? '', Object.keys(body));
        if (!next) throw error;
        // Another question may have found out the same meanwhile.
        if (this.#dialect === dialect) this.#dialect = next;
        if (ask.logprobs && this.#dialect.logprobs === 0) throw error;
      }
    }
  }

  /** Whether the server still answers a question that it has answered before, or one about no one in particular. */
  async healthy(plain: string, signal: AbortSignal): Promise<boolean> {
    const messages = [{ role: 'user', content: plain }] as const;
    try {
      await this.#complete(
        this.#answered ?? { messages, limit: 64 + 2 * replyTokens(this.#scenario.actions, true) },
        signal,
      );
      return true;
    } catch (error) {
      if (error instanceof ServerFailure) return false;
      throw error;
    }
  }

  /**
   * Says once that another model answers than the one that was asked: an alias, or a gateway that has none of that
   * name.
   */
  #hear({ model }: Completion): void {
    if (model === undefined || this.#heard || this.#isAsked(model)) return;
    this.#heard = true;
    this.#log(`${this.host} was asked for ${this.#model} and reports that ${model} answers; labels have both names`);
  }

  #isAsked = (model: string) => model === this.#model || model === `${this.#model}:latest`;

  #told(completions: readonly Completion[]): { readonly usage?: Usage; readonly device: string } {
    const usage = usageOf(completions);
    const { model, fingerprint } = completions.at(-1) ?? {};
    const more = [
      ...(model === undefined || this.#isAsked(model) ? [] : [model]),
      ...(fingerprint ? [fingerprint] : []),
    ];
    return { ...(usage && { usage }), device: more.length > 0 ? `${this.host} (${more.join(', ')})` : this.host };
  }
}

/** One letter may be certain in every order; a model that is sure of them all says more of its server than of itself. */
const CERTAIN = 'lists the letter as certain in every order of the options, as after a temperature of 0';

async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

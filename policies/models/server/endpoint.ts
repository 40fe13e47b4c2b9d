import { UnderstudyError } from '../../../env/error.ts';
import type { Scenario } from '../../../env/scenario.ts';
import { suggestion } from '../../../env/suggestion.ts';
import type { Answer, Usage } from '../../policy.ts';
import { replyTokens } from '../gguf/grammar.ts';
import { type Completion, readCompletion, usageOf } from './completion.ts';
import type { Connection } from './connection.ts';
import { type Dialect, firstDialect, replySchema, stepDown } from './dialect.ts';
import { policyError, ServerFailure } from './failure.ts';
import { answerOfNumber } from './number-answer.ts';
import { findRoute, type Route, readNumberBy, wordsOf } from './number-route.ts';
import { refusalIn, replyAnswer } from './reply-answer.ts';
import { type Ask, requestBody, type Sampling } from './request.ts';

/** One server, in the dialect that it understands. */
export class Endpoint {
  readonly host: string;
  private readonly model: string;
  private readonly scenario: Scenario;
  private readonly connection: Connection;
  private readonly log: (line: string) => void;
  private readonly closed: AbortSignal;
  private dialect: Dialect = firstDialect;
  private said = false;
  private route: Promise<Route> | undefined;

  constructor(
    connection: Connection,
    model: string,
    scenario: Scenario,
    closed: AbortSignal,
    log: (line: string) => void,
  ) {
    this.connection = connection;
    this.host = connection.host;
    this.model = model;
    this.scenario = scenario;
    this.closed = closed;
    this.log = log;
  }

  /**
   * Makes sure that the server has the model.
   * @throws {UnderstudyError} POLICY_UNKNOWN naming what it has; TEACHER_CRASHED where it cannot be reached, POLICY_ARGUMENT
   */
  async check(signal: AbortSignal): Promise<void> {
    let body: unknown;
    try {
      body = await this.connection.ask('/models', undefined, signal, false);
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error;
      // Some gateways have no list; whether they have the model shows with the first question.
      if (error.status === 404 || error.status === 405) return;
      throw policyError(error);
    }
    const list = (body as { data?: unknown } | null)?.data;
    if (!Array.isArray(list)) return;
    const known = list.map((entry) => String((entry as { id?: unknown } | null)?.id));
    // Ollama takes a name without a tag for the latest.
    if (known.some((id) => id === this.model || id === `${this.model}:latest`)) return;
    const near = suggestion(this.model, known);
    const some = known.length > 12 ? [...known.slice(0, 12), `${known.length - 12} more`] : known;
    throw new UnderstudyError(
      'POLICY_UNKNOWN',
      `${this.host} has no model ${this.model} (it has: ${some.join(', ') || 'none'})${near ? `; did you mean ${near}?` : ''}`,
    );
  }

  /** The answer that a reply in words gives. */
  async write(prompt: string, explain: boolean, sampling: Sampling, signal: AbortSignal): Promise<Answer> {
    const { actions } = this.scenario;
    const completion = await this.complete(
      {
        messages: [{ role: 'user', content: prompt }],
        sampling,
        // White space, a fence around the JSON, and an explanation where the server minds no form.
        limit: 64 + 2 * replyTokens(actions, true),
        schema: replySchema(actions, explain),
      },
      signal,
    );
    if (!this.said) {
      this.said = true;
      this.log(`${this.host} is asked for JSON by ${this.dialect.form}`);
    }
    const { explanation, ...answer } = replyAnswer(completion, actions);
    return {
      ...answer,
      ...(explain && explanation !== undefined && { explanation }),
      ...this.told([completion]),
    };
  }

  /**
   * The answer that the distribution of the number gives.
   * @throws {UnderstudyError} TEACHER_UNSUPPORTED where the server does not say how likely a token is
   */
  async expect(prompt: string, signal: AbortSignal): Promise<Answer> {
    const route = await this.numberRoute(prompt, signal);
    if (route.kind === 'none')
      throw new UnderstudyError(
        'TEACHER_UNSUPPORTED',
        `${this.host} cannot be asked for "expected": it ${route.why}; use "greedy" or "sample"`,
      );
    const completions: Completion[] = [];
    const complete = async (ask: Ask) => {
      const completion = await this.complete(ask, signal);
      completions.push(completion);
      return completion;
    };
    const refused = () => completions.map(refusalIn).find((why) => why !== undefined);
    const paths = await readNumberBy(route, prompt, this.scenario.actions, complete);
    return { ...answerOfNumber(paths, refused(), completions.at(0)?.text), ...this.told(completions) };
  }

  /**
   * Why the server's numbers cannot be read; undefined where they can.
   * @throws {UnderstudyError} where the server fails
   */
  async unreadable(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      const route = await this.numberRoute(prompt, signal);
      return route.kind === 'none' ? `${this.host} ${route.why}` : undefined;
    } catch (error) {
      throw error instanceof ServerFailure ? policyError(error) : error;
    }
  }

  /** How the server's numbers are read, found out once; whoever stops waiting for it does not stop it for the others. */
  private async numberRoute(prompt: string, signal: AbortSignal): Promise<Route> {
    if (!this.route) {
      const route = findRoute(prompt, this.scenario.actions, (ask) => this.complete(ask, this.closed));
      this.route = route;
      route.then(
        (found) => this.log(`${this.host} ${wordsOf(found)}`),
        () => {
          if (this.route === route) this.route = undefined;
        },
      );
    }
    return abortable(this.route, signal);
  }

  /** One chat completion; what the server does not understand is left out from then on. */
  private async complete(ask: Ask, signal: AbortSignal): Promise<Completion> {
    for (;;) {
      const { dialect } = this;
      const body = requestBody(this.model, ask, dialect);
      try {
        return readCompletion(this.host, await this.connection.ask('/chat/completions', body, signal));
      } catch (error) {
        if (!(error instanceof ServerFailure) || (error.status !== 400 && error.status !== 422)) throw error;
        const next = stepDown(dialect, error.said ?? '', Object.keys(body));
        if (!next) throw error;
        // Another question may have found out the same meanwhile.
        if (this.dialect === dialect) this.dialect = next;
        if (ask.logprobs && this.dialect.logprobs === 0) throw error;
      }
    }
  }

  private told(completions: readonly Completion[]): { readonly usage?: Usage; readonly device: string } {
    const usage = usageOf(completions);
    const fingerprint = completions.at(-1)?.fingerprint;
    return { ...(usage && { usage }), device: fingerprint ? `${this.host} (${fingerprint})` : this.host };
  }
}

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

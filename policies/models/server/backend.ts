import { UnderstudyError } from '../../../env/error.ts';
import { observations } from '../../../env/observation.ts';
import { promptOf } from '../../../env/prompt.ts';
import type { Vocabulary } from '../../../env/scenario.ts';
import type { Answer } from '../../policy.ts';
import type { Asking, Backend, LanguageModel, Question } from '../backend.ts';
import { modelName } from '../gguf/backend.ts';
import { SERVER_LIBRARY } from '../label.ts';
import { openLanguageModel } from '../open-model.ts';
import type { LanguageModelTeacher } from '../teacher.ts';
import { trialObservations } from '../trial.ts';
import { type Address, parseServerName, type ServerName } from './address.ts';
import { Connection } from './connection.ts';
import type { Sampling } from './dialect.ts';
import { Endpoint } from './endpoint.ts';
import type { ServerFailure } from './failure.ts';
import { LETTER_REQUEST } from './letter-route.ts';
import { hostedAuthorization, hostedName, providerIn } from './providers.ts';
import type { RetryOptions } from './retry.ts';
import { type Authorization, authorizationOf } from './secret.ts';
import { shareOut } from './share-out.ts';

export interface ServerOptions {
  readonly scenario: Vocabulary;
  /** Where UNDERSTUDY_API_KEY, OPENAI_API_KEY and UNDERSTUDY_TIMEOUT_S are looked up; default: process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Requests on their way to each endpoint at the same time; default 8. */
  readonly slots?: number;
  readonly retry?: RetryOptions;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

const TIMEOUT_S = 120;
/** So long an endpoint that failed is left out while there are others. */
const DOWN_MS = 60_000;
/** Node's fetch gives up by itself after this long. */
const LONGEST_TIMEOUT_S = 300;

/** What a server's own chat template does is not known here. */
export const TEMPLATE = "{prompt} in the server's own chat template, as the only message";

/** Where a server is, and what it is asked with. */
export function serverOf(name: string, env: Readonly<Record<string, string | undefined>> = process.env) {
  const hosted = providerIn(name);
  const parsed = hosted ? hostedName(hosted, env) : parseServerName(name);
  const authorize = (address: Address): Authorization =>
    hosted ? hostedAuthorization(hosted.provider, parsed, env) : authorizationOf(address, env);
  return { hosted, parsed, authorize };
}

/**
 * `server:URL#MODEL`: a model behind any OpenAI-compatible endpoint, or several endpoints that share the work. Labels are
 * kept under its name and its first endpoint, as servers do not tell its file.
 * @param name what follows `server:`, or `openai:MODEL`, `anthropic:MODEL`, `gemini:MODEL`, `ollama:MODEL`
 * @throws {UnderstudyError} POLICY_ARGUMENT for a name that is wrong
 */
export function servedModel(name: string, options: ServerOptions): LanguageModel<ServerBackend> {
  const { hosted, parsed, authorize } = serverOf(name, options.env);
  const { addresses, model } = parsed;
  const [first] = addresses;
  return {
    name: `${modelName(model)}@${first.host}`,
    openedBy: hosted ? name : `server:${name}`,
    caveat: 'answers come from a server, which does not say which model file it runs or how',
    model: `${model} at ${first.url}`,
    template: TEMPLATE,
    library: `${SERVER_LIBRARY}1`,
    request: LETTER_REQUEST,
    endpoints: addresses.map(({ url }) => url),
    open: (signal) => ServerBackend.open(parsed, { ...options, signal, authorize }),
  };
}

/**
 * Opens `server:URL#MODEL` as a teacher.
 * @param name what follows `server:`
 * @param labels path of a label store
 * @throws {UnderstudyError} as servedModel and ServerBackend.open do
 */
export async function openServer(
  name: string,
  options: ServerOptions & { labels?: string; unopened?: boolean },
): Promise<LanguageModelTeacher<ServerBackend>> {
  return openLanguageModel(servedModel(name, options), options);
}

interface Running {
  /** The question without any phrase, to see whether a server answers at all. */
  readonly sample: string;
  readonly slots: number;
  readonly log: (line: string) => void;
  readonly closing: AbortController;
  /** Endpoints that could not be reached at the start. */
  readonly unreached: readonly Endpoint[];
  /** Why its numbers cannot be read; undefined where they can. */
  readonly unreadable: string | undefined;
}

/** A language model behind one or several OpenAI-compatible endpoints. */
export class ServerBackend implements Backend {
  readonly template = TEMPLATE;
  readonly unreadable?: string;
  readonly #name: string;
  readonly #endpoints: readonly Endpoint[];
  readonly #running: Running;
  /** When an endpoint failed last, in ms since 1970. */
  readonly #failedAt = new Map<Endpoint, number>();

  private constructor(name: string, endpoints: readonly Endpoint[], running: Running) {
    for (const endpoint of running.unreached) this.#failedAt.set(endpoint, Date.now());
    this.#name = name;
    this.#endpoints = endpoints;
    this.#running = running;
    if (running.unreadable !== undefined) this.unreadable = running.unreadable;
  }

  /**
   * Reaches the endpoints.
   * @throws {UnderstudyError} POLICY_ARGUMENT for a key or timeout that is wrong, POLICY_UNKNOWN for a model that a server
   *   does not have, TEACHER_CRASHED where no endpoint can be reached
   */
  static async open(
    parsed: ServerName,
    options: ServerOptions & { authorize: (address: Address) => Authorization },
  ): Promise<ServerBackend> {
    const { scenario, env = process.env, slots = 8, retry = {}, log = () => {} } = options;
    const timeoutMs = 1000 * timeoutOf(env);
    const closing = new AbortController();
    const signal = AbortSignal.any([closing.signal, ...(options.signal ? [options.signal] : [])]);
    const endpoints = parsed.addresses.map((address) => {
      const authorization = options.authorize(address);
      if (authorization && 'withheld' in authorization) log(authorization.withheld);
      const settings = { authorization, slots, timeoutMs, retry, closed: closing.signal, log };
      return new Endpoint(new Connection(address, settings), parsed.model, scenario, closing.signal, log);
    });
    try {
      const unreached = await check(endpoints, signal, log);
      const reached = endpoints.find((endpoint) => !unreached.includes(endpoint))!;
      let unreadable: string | undefined;
      if (scenario.actions.length === 2) {
        unreadable = await reached.unreadable(samplePrompts(scenario), signal);
        if (unreadable) log(`${modelName(parsed.model)}: decisions are greedy replies, as ${unreadable}`);
      }
      const name = modelName(parsed.model);
      return new ServerBackend(name, endpoints, {
        sample: promptOf(scenario, observations(scenario, [scenario.sets.of([])]), 0),
        slots,
        log,
        closing,
        unreached,
        unreadable,
      });
    } catch (error) {
      closing.abort(error);
      throw error;
    }
  }

  async ask(
    questions: readonly Question[],
    { elicit, explain, temperature, batch }: Asking,
    { signal, onAnswer }: { signal?: AbortSignal; onAnswer: (row: number, answer: Answer) => void },
  ): Promise<void> {
    const { slots, log, closing } = this.#running;
    closing.signal.throwIfAborted();
    const up = this.#endpoints.filter((endpoint) => Date.now() - (this.#failedAt.get(endpoint) ?? 0) > DOWN_MS);
    await shareOut(
      questions,
      up.length > 0 ? up : this.#endpoints,
      async (endpoint, { prompt, orders = [], seed }, stop) => {
        if (elicit === 'choice') return endpoint.choose(orders, stop);
        if (elicit === 'expected') return endpoint.expect(prompt, stop);
        const sampling: Sampling = elicit === 'sample' ? { temperature, seed } : undefined;
        return endpoint.write(prompt, explain, sampling, stop);
      },
      {
        slots,
        batch,
        log,
        signal: AbortSignal.any([closing.signal, ...(signal ? [signal] : [])]),
        onDown: (endpoint) => this.#failedAt.set(endpoint, Date.now()),
        timedOut: (_, reason): Answer => ({ outcome: 'timeout', reason }),
        rejected: (_, failure) => rejected(failure),
        healthy: (endpoint, stop) => endpoint.healthy(this.#running.sample, stop),
        onAnswer: ({ row }, answer) => onAnswer(row, answer),
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.closing.abort(new UnderstudyError('POLICY_DISPOSED', `${this.#name} is disposed; open it again`));
  }
}

/** Questions to try a server out with: about some people, and about nobody in particular. */
function samplePrompts(scenario: Vocabulary): [string, ...string[]] {
  const people = trialObservations(scenario);
  return Array.from(people.masks, (_, row) => promptOf(scenario, people, row)) as [string, ...string[]];
}

/** The answer to a question that a server does not answer, while it answers others. */
function rejected(failure: ServerFailure): Answer {
  const { kind, status, said } = failure;
  const told = said ? `: ${said}` : '';
  if (kind === 'refused') return { outcome: 'refused', reason: `the server refused the question (${status})${told}` };
  const what =
    status === undefined ? "the server's answer to this question cannot be read" : 'the server fails at this question';
  return {
    outcome: 'refused',
    reason: `${what}, while it answers others${status === undefined ? `: ${failure.message}` : ` (${status})${told}`}`,
    transient: true,
  };
}

/**
 * Makes sure that every endpoint has the model, and that at least one can be reached.
 * @returns those that cannot
 */
async function check(
  endpoints: readonly Endpoint[],
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<Endpoint[]> {
  const checks = await Promise.allSettled(endpoints.map((endpoint) => endpoint.check(signal)));
  signal.throwIfAborted();
  const problems = checks.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  const crashed = (error: Error) => error instanceof UnderstudyError && error.code === 'TEACHER_CRASHED';
  const wrong = problems.find((error) => !crashed(error));
  if (wrong) throw wrong;
  if (problems.length === endpoints.length) throw problems.length === 1 ? problems[0] : nobody(problems);
  for (const { message } of problems) log(message);
  return endpoints.filter((_, i) => checks[i]!.status === 'rejected');
}

const nobody = (problems: readonly Error[]) =>
  new UnderstudyError('TEACHER_CRASHED', problems.map(({ message }) => message).join('; '), { cause: problems[0] });

function timeoutOf(env: Readonly<Record<string, string | undefined>>): number {
  const given = env.UNDERSTUDY_TIMEOUT_S;
  if (given === undefined || given.trim() === '') return TIMEOUT_S;
  const seconds = Number(given);
  if (seconds > 0 && seconds <= LONGEST_TIMEOUT_S) return seconds;
  throw new UnderstudyError(
    'POLICY_ARGUMENT',
    `UNDERSTUDY_TIMEOUT_S is a number of seconds above 0 and at most ${LONGEST_TIMEOUT_S}, got "${given}"`,
  );
}

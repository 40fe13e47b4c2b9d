import { UnderstudyError } from '../../../env/error.ts';
import { type Observations, requireWidth } from '../../../env/observation.ts';
import { promptOf } from '../../../env/prompt.ts';
import type { Scenario } from '../../../env/scenario.ts';
import {
  type Answer,
  type AskOptions,
  type DecideOptions,
  type Decisions,
  decisionsOf,
  type Elicitation,
  type Teacher,
  type TeacherProvenance,
} from '../../policy.ts';
import { askingOf } from '../asking.ts';
import { decidesBy, type ModelIdentity, modelName, teacherId } from '../gguf/teacher.ts';
import { questionSeed } from '../question-seed.ts';
import { parseServerName, type ServerName } from './address.ts';
import { authorizationOf } from './authorization.ts';
import { Connection } from './connection.ts';
import { Endpoint } from './endpoint.ts';
import type { ServerFailure } from './failure.ts';
import type { Sampling } from './request.ts';
import type { RetryOptions } from './retry.ts';
import { shareOut } from './share-out.ts';

export interface ServerOptions {
  readonly scenario: Scenario;
  /** Where UNDERSTUDY_API_KEY, OPENAI_API_KEY and UNDERSTUDY_TIMEOUT_S are looked up; default: process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Requests on their way to each endpoint at the same time; default 8. */
  readonly slots?: number;
  readonly retry?: RetryOptions;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** What a person should know of every server. */
export const serverCaveat = 'answers come from a server; which model file it runs, and how, only its owner knows';

const TIMEOUT_S = 120;
/** So long an endpoint that failed is left out while there are others. */
const DOWN_MS = 60_000;
/** Node's fetch gives up by itself after this long. */
const LONGEST_TIMEOUT_S = 300;

/**
 * Opens `server:URL#MODEL`, a model behind any OpenAI-compatible endpoint, or several endpoints that share the work.
 * @param name what follows `server:`
 * @throws {UnderstudyError} POLICY_ARGUMENT for a name, key or timeout that is wrong, POLICY_UNKNOWN for a model that a server
 *   does not have, TEACHER_CRASHED where no endpoint can be reached
 */
export async function openServer(name: string, options: ServerOptions): Promise<ServerTeacher> {
  const { scenario, env = process.env, slots = 8, retry = {}, log = () => {} } = options;
  const parsed = parseServerName(name);
  const timeoutMs = 1000 * timeoutOf(env);
  const closing = new AbortController();
  const signal = AbortSignal.any([closing.signal, ...(options.signal ? [options.signal] : [])]);
  const endpoints = parsed.addresses.map((address) => {
    const authorization = authorizationOf(address, env);
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
    return new ServerTeacher(scenario, parsed, endpoints, { slots, log, closing, unreached, unreadable });
  } catch (error) {
    closing.abort(error);
    throw error;
  }
}

/** What labels are kept under: the model by its name and its first endpoint, as servers do not tell its file. */
export function serverIdentity({ addresses: [first], model }: ServerName): ModelIdentity {
  return {
    model: `${model} at ${first.url}`,
    template: "{prompt} in the server's own chat template, as the only message",
    library: 'openai chat completions/1',
  };
}

/** What begins the id of a served model's teacher. */
export function servedName({ addresses: [first], model }: ServerName): string {
  return `${modelName(model)}@${first.host}`;
}

interface Running {
  readonly slots: number;
  readonly log: (line: string) => void;
  readonly closing: AbortController;
  /** Endpoints that could not be reached at the start. */
  readonly unreached: readonly Endpoint[];
  /** Why its numbers cannot be read; undefined where they can. */
  readonly unreadable: string | undefined;
}

/** A language model behind one or several OpenAI-compatible endpoints. */
export class ServerTeacher implements Teacher {
  readonly id: string;
  readonly scenario: string;
  readonly caveat = serverCaveat;
  readonly identity: ModelIdentity;
  readonly provenance: TeacherProvenance;
  readonly decidesBy: Elicitation;
  /** Why its numbers cannot be read; undefined where they can. */
  readonly unreadable: string | undefined;
  readonly #world: Scenario;
  readonly #name: string;
  readonly #endpoints: readonly Endpoint[];
  readonly #running: Running;
  /** When an endpoint failed last, in ms since 1970. */
  readonly #failedAt = new Map<Endpoint, number>();

  constructor(scenario: Scenario, name: ServerName, endpoints: readonly Endpoint[], running: Running) {
    for (const endpoint of running.unreached) this.#failedAt.set(endpoint, Date.now());
    this.#world = scenario;
    this.scenario = scenario.id;
    this.#name = servedName(name);
    this.#endpoints = endpoints;
    this.#running = running;
    this.identity = serverIdentity(name);
    this.provenance = { ...this.identity, endpoints: name.addresses.map(({ url }) => url) };
    this.unreadable = running.unreadable;
    this.decidesBy = decidesBy(scenario, running.unreadable);
    this.id = teacherId(this.#name, this.identity, scenario, this.decidesBy);
  }

  async decide(observations: Observations, options: DecideOptions = {}): Promise<Decisions> {
    return decisionsOf(
      await this.ask(observations, { ...options, elicit: this.decidesBy }),
      this.#world.actions.length,
    );
  }

  async ask(observations: Observations, options: AskOptions = {}): Promise<Answer[]> {
    const { slots, log, closing } = this.#running;
    closing.signal.throwIfAborted();
    requireWidth(this.#world, observations);
    const { signal, onAnswer, onProgress } = options;
    signal?.throwIfAborted();
    const { elicit, explain, temperature, seed, repeat, batch } = askingOf(this.#world, options);
    if (elicit === 'expected' && this.#world.actions.length !== 2)
      throw new UnderstudyError(
        'TEACHER_UNSUPPORTED',
        `${this.#name} cannot be asked for "expected": ${this.scenario} has ${this.#world.actions.length} actions, not two; use "greedy" or "sample"`,
      );
    const n = observations.masks.length;
    const questions = Array.from({ length: n }, (_, row) => ({
      row,
      prompt: promptOf(this.#world, observations, row, options.paraphrase),
    }));
    // Neighbours share a beginning, which servers keep in their cache.
    questions.sort((a, b) => (a.prompt < b.prompt ? -1 : a.prompt > b.prompt ? 1 : a.row - b.row));
    const answers = new Array<Answer>(n);
    let done = 0;
    const up = this.#endpoints.filter((endpoint) => Date.now() - (this.#failedAt.get(endpoint) ?? 0) > DOWN_MS);
    await shareOut(
      questions,
      up.length > 0 ? up : this.#endpoints,
      async (endpoint, { prompt }, stop) => {
        if (elicit === 'expected') return endpoint.expect(prompt, stop);
        const sampling: Sampling =
          elicit === 'sample' ? { temperature, seed: questionSeed(seed, repeat, prompt) } : undefined;
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
        healthy: (endpoint, stop) => endpoint.healthy(promptAt(this.#world, 0), stop),
        onAnswer: ({ row }, answer) => {
          answers[row] = answer;
          onAnswer?.(row, answer);
          onProgress?.(++done, n);
        },
      },
    );
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.closing.abort(new UnderstudyError('POLICY_DISPOSED', `${this.#name} is disposed; open it again`));
  }
}

/** What a question without any phrase asks, or one about the traits of a mask. */
const promptAt = (scenario: Scenario, mask: number) =>
  promptOf(scenario, { width: scenario.phrases.length, masks: Uint32Array.of(mask) }, 0);

/** Questions to try a server out with: about some people, and about nobody in particular. */
function samplePrompts(scenario: Scenario): [string, ...string[]] {
  const { traitSets } = scenario;
  const masks = [0, 0.5, 1].map((share) => traitSets[Math.round(share * (traitSets.length - 1))] ?? 0);
  return [...new Set([...masks, 0].map((mask) => promptAt(scenario, mask)))] as [string, ...string[]];
}

/** The answer to a question that a server does not answer, while it answers others. */
function rejected(failure: ServerFailure): Answer {
  const { kind, status, said } = failure;
  const told = said ? `: ${said}` : '';
  if (kind === 'refused') return { outcome: 'refused', reason: `the server refused the question (${status})${told}` };
  const what =
    status === undefined
      ? "the server's answer to this question cannot be read"
      : 'the server breaks down at this question';
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

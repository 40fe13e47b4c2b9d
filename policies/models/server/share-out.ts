import { setMaxListeners } from 'node:events';
import { UnderstudyError } from '../../../env/error.ts';
import { isAboutQuestion, mayBeAboutQuestion, mayBreakServer, policyError, ServerFailure } from './failure.ts';

/** Something that questions can be put to. */
export interface Answerer {
  readonly host: string;
}

export interface ShareOptions<E, Q, A> {
  /** Questions under way at each of them. */
  readonly slots: number;
  /** Questions under way in all; default: as many as there are slots. */
  readonly batch?: number;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** The answer to a question that no server answered in time. */
  readonly timedOut: (question: Q, why: string) => A;
  /** The answer to a question that a server fails at, which answers others. */
  readonly rejected: (question: Q, failure: ServerFailure) => A;
  /** Whether a server answers a question that it has answered before; default: it does not. */
  readonly healthy?: (endpoint: E, signal: AbortSignal) => Promise<boolean>;
  readonly onAnswer: (question: Q, answer: A) => void;
  /** Called with a server that is set aside because it fails. */
  readonly onDown?: (endpoint: E) => void;
}

/** Questions in a row, or tries of one question, that may fail: each has been repeated by itself. */
const FAILURES = 3;

interface Lane<E> {
  readonly endpoint: E;
  /** Questions in a row that failed here. */
  failures: number;
  /** Questions that it has answered. */
  answered: number;
  /** Places that take its questions. */
  places: number;
  /** Whether it is well, while that is being found out. */
  health?: Promise<boolean> | undefined;
  /** Why it is not asked any more. */
  aside?: Error;
}

interface Item<Q> {
  readonly question: Q;
  failures: number;
  /** Where it has failed already. */
  readonly failedAt: Set<unknown>;
}

/**
 * Puts questions to several servers that answer alike: each takes the next when it has a free place. A server that
 * fails again and again is set aside, and its questions go to the others.
 * @throws {UnderstudyError} what ends all of it: no server is left, a question fails everywhere, a server needs to be
 *   told something first; otherwise the signal's reason. Answers before it have been given.
 */
export async function shareOut<E extends Answerer, Q, A>(
  questions: readonly Q[],
  endpoints: readonly E[],
  answer: (endpoint: E, question: Q, signal: AbortSignal) => Promise<A>,
  options: ShareOptions<E, Q, A>,
): Promise<void> {
  const {
    slots,
    batch = Number.POSITIVE_INFINITY,
    signal,
    log,
    timedOut,
    rejected,
    healthy,
    onAnswer,
    onDown,
  } = options;
  const lanes: Lane<E>[] = endpoints.map((endpoint) => ({ endpoint, failures: 0, answered: 0, places: 0 }));
  const queue: Item<Q>[] = questions.map((question) => ({ question, failures: 0, failedAt: new Set() }));
  let open = queue.length;
  let idle: (() => void)[] = [];
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  // Every place listens to it.
  setMaxListeners(0, stop);
  const wake = () => {
    const waiting = idle;
    idle = [];
    for (const go of waiting) go();
  };
  const live = () => lanes.filter(({ aside }) => !aside);
  const fail = (error: Error) => {
    ended.abort(error);
    wake();
  };
  const settle = (item: Item<Q>, given: A) => {
    open--;
    try {
      onAnswer(item.question, given);
    } catch (error) {
      fail(error as Error);
    }
    if (open === 0) wake();
  };
  const setAside = (lane: Lane<E>, why: Error) => {
    if (lane.aside) return;
    lane.aside = why;
    if (why instanceof ServerFailure) onDown?.(lane.endpoint);
    const others = live();
    if (others.length > 0) {
      log(
        `${why.message}; it is set aside and its questions go to ${others.map(({ endpoint }) => endpoint.host).join(', ')}`,
      );
      wake();
    } else fail(nobodyLeft(lanes, open));
  };

  async function next(lane: Lane<E>): Promise<Item<Q> | undefined> {
    for (;;) {
      if (open === 0 || lane.aside || stop.aborted) return undefined;
      // A question that failed here goes to another server while one that is asked has not tried it.
      const untried = (item: Item<Q>) => live().some((other) => other.places > 0 && !item.failedAt.has(other));
      const elsewhere = (item: Item<Q>) => item.failedAt.has(lane) && untried(item);
      const at = queue.findIndex((item) => !elsewhere(item));
      if (at >= 0) return queue.splice(at, 1)[0];
      // What is under way may come back.
      await new Promise<void>((go) => idle.push(go));
    }
  }

  function failed(lane: Lane<E>, item: Item<Q>, failure: ServerFailure): void {
    const late = failure.kind === 'timeout';
    lane.failures++;
    item.failures++;
    item.failedAt.add(lane);
    const others = live().filter((other) => other !== lane);
    const everywhere = others.every((other) => item.failedAt.has(other));
    if (late && everywhere) settle(item, timedOut(item.question, failure.message));
    else if (everywhere && item.failures >= FAILURES && lane.failures < FAILURES) fail(policyError(failure));
    else {
      queue.unshift(item);
      wake();
    }
    // One that cannot be reached has been tried often enough; the last one, if it is slow, is not gone.
    if (
      failure.kind === 'unreachable' ||
      failure.kind === 'loading' ||
      (lane.failures >= FAILURES && !(late && others.length === 0))
    )
      setAside(lane, failure);
  }

  /** Whether a server that failed at a question answers others: it did meanwhile, or does when it is asked. */
  async function isWell(lane: Lane<E>, answeredBefore: number): Promise<boolean> {
    if (lane.answered > answeredBefore) return true;
    lane.health ??= (healthy?.(lane.endpoint, stop) ?? Promise.resolve(false)).finally(() => {
      lane.health = undefined;
    });
    return lane.health;
  }

  /** Whether there is another server to turn to. */
  const elsewhere = (lane: Lane<E>) => live().some((other) => other !== lane);

  /** Makes a reject of a question that a server fails at; false where the server fails at all of them. */
  async function rejects(lane: Lane<E>, item: Item<Q>, failure: ServerFailure, answered: number): Promise<boolean> {
    const about =
      isAboutQuestion(failure) ||
      (mayBeAboutQuestion(failure) && (await isWell(lane, answered))) ||
      // What it answered meanwhile may have been before it broke down.
      (mayBreakServer(failure) && !elsewhere(lane) && (await isWell(lane, Number.POSITIVE_INFINITY)));
    if (!about) return false;
    item.failedAt.add(lane);
    // Another server may not be broken by it; a filter or a limit is the same everywhere.
    const untried = failure.kind !== 'refused' && live().some((other) => other.places > 0 && !item.failedAt.has(other));
    if (untried) {
      queue.unshift(item);
      wake();
    } else settle(item, rejected(item.question, failure));
    return true;
  }

  async function put(lane: Lane<E>, item: Item<Q>): Promise<void> {
    const { answered } = lane;
    try {
      const given = await answer(lane.endpoint, item.question, stop);
      lane.failures = 0;
      lane.answered++;
      settle(item, given);
    } catch (error) {
      if (stop.aborted) return;
      if (!(error instanceof ServerFailure)) {
        putAside(lane, item, error as Error);
        return;
      }
      const rejected = await rejects(lane, item, error, answered).catch((problem: Error) => {
        if (!stop.aborted) throw problem;
        return true;
      });
      if (rejected || stop.aborted) return;
      if (error.kind === 'quota') {
        queue.unshift(item);
        setAside(lane, error);
      } else if (error.kind === 'refused') fail(policyError(error));
      else failed(lane, item, error);
    }
  }

  /** What one server cannot do another may. */
  function putAside(lane: Lane<E>, item: Item<Q>, problem: Error): void {
    const lacking = problem instanceof UnderstudyError && problem.code === 'TEACHER_UNSUPPORTED';
    if (lacking && live().some((other) => other !== lane)) {
      queue.unshift(item);
      setAside(lane, problem);
    } else fail(problem);
  }

  /** A place at one server, and at another when that one is set aside. */
  async function work(first: Lane<E>): Promise<void> {
    for (let lane: Lane<E> | undefined = first; lane; ) {
      lane.places++;
      for (let item = await next(lane); item; item = await next(lane)) await put(lane, item);
      lane.places--;
      lane = open > 0 && !stop.aborted ? live().find(({ places }) => places < slots) : undefined;
    }
  }

  // One place of each in turn, so that a small batch is spread over all.
  const places = Array.from({ length: slots }, () => lanes).flat();
  const stopped = () => wake();
  stop.addEventListener('abort', stopped, { once: true });
  try {
    await Promise.all(places.slice(0, batch).map(work));
  } finally {
    stop.removeEventListener('abort', stopped);
  }
  stop.throwIfAborted();
}

function nobodyLeft(lanes: readonly Lane<unknown>[], open: number): UnderstudyError {
  const failures = lanes.flatMap(({ aside }) => aside ?? []);
  const [only] = failures as [Error];
  const { message, code } =
    failures.length === 1 && only instanceof ServerFailure
      ? policyError(only)
      : { message: failures.map(({ message }) => message).join('; '), code: 'TEACHER_CRASHED' as const };
  return new UnderstudyError(code, `${message}; ${open} question${open === 1 ? ' is' : 's are'} open`, { cause: only });
}

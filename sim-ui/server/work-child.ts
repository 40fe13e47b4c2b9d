import { setPriority } from 'node:os';
import { UnderstudyError } from '../../env/error.ts';
import type { ProgressEvent } from '../../env/work.ts';
import { serveParent } from '../../policies/child-process.ts';
import { Budget, type Spent, withBudget } from '../../policies/spending/budget.ts';
import type { Order } from '../protocol/work.ts';
import { performWork, type WorkPlace } from './perform-work.ts';

export type ToWork = { readonly order: Order; readonly place: WorkPlace } | { readonly stop: true };
export type FromWork =
  | { readonly progress: ProgressEvent }
  | { readonly line: string }
  | { readonly trained: readonly string[] }
  | { readonly evaluated: true }
  | { readonly end: 'done' | 'stopped'; readonly spent: Spent }
  | { readonly end: 'failed'; readonly problem: string; readonly spent: Spent };

/** A stage is told about so often at most; its first and its last word always are. In milliseconds. */
const TELL_MS = 100;
/** How much less of a busy machine it gets than the town, which goes first. */
const NICE = 5;

/** The other end of a workshop: one order, then its parent ends it. */
const stop = new AbortController();
const told = new Map<string, number>();
const send = serveParent<ToWork, FromWork>((message) => {
  if ('stop' in message) return stop.abort(new DOMException('stopped', 'AbortError'));
  const { order, place } = message;
  const budget = new Budget(place.limits ?? {});
  const { spent } = budget;
  const work = {
    signal: stop.signal,
    progress: tell,
    log: (line: string) => send({ line }),
    onTrained: (trained: readonly string[]) => send({ trained }),
    onEvaluated: () => send({ evaluated: true }),
  };
  withBudget(budget, () => performWork(order, place, work)).then(
    () => send({ end: 'done', spent }),
    (error: unknown) =>
      send(stop.signal.aborted ? { end: 'stopped', spent } : { end: 'failed', problem: wordsOf(error), spent }),
  );
});

try {
  setPriority(NICE);
} catch {
  // Where that is not allowed, the town shares its time.
}

function tell(progress: ProgressEvent): void {
  const now = performance.now();
  const complete = progress.done >= progress.of;
  if (!complete && now - (told.get(progress.stage) ?? Number.NEGATIVE_INFINITY) < TELL_MS) return;
  told.set(progress.stage, now);
  send({ progress });
}

/** As the command line says it. */
function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof UnderstudyError ? message : `failed unexpectedly: ${message}`;
}

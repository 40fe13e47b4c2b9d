import type { ChildProcess } from 'node:child_process';
import { UnderstudyError } from '../../env/error.ts';
import { forkScript } from '../../policies/child-process.ts';
import type { RunEnd } from './journal.ts';
import type { PlannedRun } from './plan.ts';
import type { Shared } from './player.ts';

export type ToPlayer = { readonly shared: Shared; readonly tells: boolean } | { readonly runs: readonly PlannedRun[] };
export type FromPlayer = { readonly ready: true } | { readonly end: RunEnd } | { readonly log: string };

/** Runs that a process is sent at once, at most: so many are played again elsewhere if it dies. */
const BATCH = 32;

export interface PoolOptions<R extends PlannedRun> {
  readonly processes: number;
  readonly signal?: AbortSignal;
  readonly log?: (line: string) => void;
  readonly onEnd: (run: R, end: RunEnd) => Promise<void>;
}

/**
 * Plays runs in processes of their own. One that dies loses the run that it was playing, with how it died as the reason; the
 * others go on elsewhere.
 * @throws {UnderstudyError} SIMULATION_THREAD if a process dies before it can play; the signal's reason if aborted
 */
export async function playApart<R extends PlannedRun>(
  runs: readonly R[],
  shared: Shared,
  options: PoolOptions<R>,
): Promise<void> {
  const queue = [...runs].reverse();
  const size = Math.min(BATCH, Math.max(1, Math.ceil(runs.length / (4 * options.processes))));
  const next = (): R[] => {
    const batch = queue.splice(Math.max(0, queue.length - size)).reverse();
    // A batch is of one arm, whose world is open already then.
    const other = batch.findIndex(({ arm }) => arm.number !== batch[0]!.arm.number);
    if (other > 0) queue.push(...batch.splice(other).reverse());
    return batch;
  };
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const worker = async (first: boolean) => {
    for (let batch = next(); batch.length > 0; batch = next()) {
      const left = await playUntilDeath(batch, next, shared, { ...options, signal, tells: first });
      queue.push(...[...left].reverse());
    }
  };
  let reason: unknown;
  const careful = (first: boolean) =>
    worker(first).catch((error: unknown) => {
      if (!stop.signal.aborted) reason = error;
      stop.abort(error);
    });
  await Promise.all(Array.from({ length: Math.min(options.processes, runs.length) }, (_, i) => careful(i === 0)));
  if (stop.signal.aborted) throw reason;
}

interface Playing<R extends PlannedRun> extends PoolOptions<R> {
  readonly signal: AbortSignal;
  /** Whether what it logs is passed on. */
  readonly tells: boolean;
}

/** Plays batches in one process as long as it lives. @returns what it left when it died; nothing if all is played */
function playUntilDeath<R extends PlannedRun>(
  first: readonly R[],
  next: () => readonly R[],
  shared: Shared,
  { signal, tells, log, onEnd }: Playing<R>,
): Promise<readonly R[]> {
  let batch = [...first];
  let ready = false;
  let lastWords = '';
  let told: Promise<void> = Promise.resolve();
  const child: ChildProcess = forkScript(new URL('./child', import.meta.url), { serialization: 'advanced' });
  child.stderr!.on('data', (text) => (lastWords = (lastWords + String(text)).slice(-1000)));
  const abort = () => child.kill('SIGKILL');
  signal.addEventListener('abort', abort, { once: true });
  return new Promise<readonly R[]>((resolve, reject) => {
    child.on('message', (message: FromPlayer) => {
      if ('log' in message) return log?.(message.log);
      if ('ready' in message) {
        ready = true;
        return;
      }
      const run = batch.shift()!;
      told = told.then(() => onEnd(run, message.end));
      told.catch(reject);
      if (batch.length > 0) return;
      batch = [...next()];
      if (batch.length > 0) child.send({ runs: batch } satisfies ToPlayer);
      else told.then(() => resolve([]), reject);
    });
    child.on('error', reject);
    child.on('exit', (code, how) => {
      if (signal.aborted) return reject(signal.reason);
      const line = lastWords.trim().split('\n').at(-1);
      const death = `its process ended (${how ?? `exit code ${code}`}${line ? `: ${line}` : ''})`;
      const [lost, ...left] = batch;
      if (!lost) return;
      if (!ready)
        return reject(new UnderstudyError('SIMULATION_THREAD', `a run of the sweep could not be played: ${death}`));
      told
        .then(() =>
          onEnd(lost, { failure: how === 'SIGKILL' ? `${death}; the machine may be short of memory` : death }),
        )
        .then(() => resolve(left), reject);
    });
    if (signal.aborted) return abort();
    child.send({ shared, tells } satisfies ToPlayer);
    child.send({ runs: batch } satisfies ToPlayer);
  }).finally(() => {
    signal.removeEventListener('abort', abort);
    child.kill('SIGKILL');
  });
}

import { availableParallelism } from 'node:os';
import { UnderstudyError } from '../../env/error.ts';
import { orderOf } from '../../env/observation.ts';
import { phraseSets } from '../../env/phrase-sets.ts';
import { forkScript } from '../../policies/child-process.ts';
import type { Backend } from './backend.ts';
import { fitNetwork } from './fit.ts';
import type { Epoch, Fit, FitEvents, FitJob, FitState } from './fit-job.ts';

export interface ToFit {
  readonly backend: string;
  readonly job: FitJob;
}

export type FromFit =
  | { readonly type: 'epoch'; readonly state: FitState; readonly rowsASecond: number }
  | { readonly type: 'tried'; readonly tried: number; readonly latest: Epoch }
  | { readonly type: 'fitted'; readonly state: FitState }
  | { readonly type: 'failed'; readonly message: string; readonly code?: UnderstudyError['code'] };

/**
 * `fitNetwork` in a process of its own, on the backend of this name: the same weights.
 * @throws {UnderstudyError} as fitNetwork; DISTILL_PROCESS if the process dies; the signal's reason when aborted
 */
export async function fitApart(
  backend: string,
  job: FitJob,
  { signal, onEpoch, onTried }: FitEvents,
): Promise<FitState> {
  signal?.throwIfAborted();
  const child = forkScript(new URL('./fit-child', import.meta.url), { serialization: 'advanced' });
  let lastWords = '';
  child.stderr!.on('data', (text) => {
    lastWords = (lastWords + String(text)).slice(-1000);
  });
  try {
    return await new Promise<FitState>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      // Epochs are reported one after the other, however long the listener takes.
      let told = Promise.resolve();
      child.on('message', (message: FromFit) => {
        if (message.type === 'failed')
          reject(message.code ? new UnderstudyError(message.code, message.message) : new Error(message.message));
        else if (message.type === 'epoch')
          told = told.then(() => onEpoch?.(message.state, message.rowsASecond)).catch(reject);
        else if (message.type === 'tried') onTried?.(message.tried, message.latest);
        else void told.then(() => resolve(message.state));
      });
      child.on('error', reject);
      child.on('exit', (code, how) => {
        const line = lastWords.trim().split('\n').at(-1);
        reject(
          new UnderstudyError(
            'DISTILL_PROCESS',
            `${job.name}: its process ended (${how ?? `exit code ${code}`}${line ? `: ${line}` : ''}); the machine may be short of memory; the same command resumes where it stopped`,
          ),
        );
      });
      child.send({ backend, job: inOrders(job) } satisfies ToFit);
    });
  } finally {
    child.kill('SIGKILL');
  }
}

/** A job whose observations list their phrases: the number of a set of more than 32 is known to one process only. */
function inOrders(job: FitJob): FitJob {
  const { observations } = job.rows;
  const orders = Array.from(observations.masks, (_, i) => orderOf(observations, i));
  return { ...job, rows: { ...job.rows, observations: { ...observations, orders } } };
}

/** A job as another process sent it, its sets numbered as they are here. */
export function numberedHere(job: FitJob): FitJob {
  const { width, orders } = job.rows.observations;
  const sets = phraseSets(width);
  const masks = Uint32Array.from(orders!, (order) => sets.of(order!));
  return { ...job, rows: { ...job.rows, observations: { width, masks, orders: orders! } } };
}

/** Where networks are fitted, and how many at once. */
export interface Fitting {
  readonly atOnce: number;
  readonly fit: Fit;
}

/** Backends that compute on one thread. Others have every core, or the one GPU, for each fit. */
const oneThread: readonly string[] = ['wasm', 'cpu'];

/** One fit goes on in this process; more, where a backend leaves cores free, in one of their own each. */
export function fittingOn({ tf, name }: Backend, fits: number): Fitting {
  const atOnce = oneThread.includes(name) ? Math.min(fits, availableParallelism()) : 1;
  return {
    atOnce,
    fit: atOnce > 1 ? (job, events) => fitApart(name, job, events) : (job, events) => fitNetwork(tf, job, events),
  };
}

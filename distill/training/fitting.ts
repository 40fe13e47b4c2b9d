import { availableParallelism } from 'node:os';
import type { Backend } from './backend.ts';
import { fitNetwork } from './fit.ts';
import { fitApart } from './fit-apart.ts';
import type { Fit } from './fit-job.ts';

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

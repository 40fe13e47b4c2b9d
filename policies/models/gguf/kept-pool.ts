import type { ModelPool } from './model-pool.ts';
import type { Opened } from './protocol.ts';

/** A model that is loaded. */
export interface LoadedPool {
  readonly pool: ModelPool;
  readonly opened: Opened;
}

let keeping = false;
let kept: (LoadedPool & { readonly key: string }) | undefined;

/** Whether this process keeps the model that was closed last: the next command may well ask the same one. */
export async function keepLastModel(keeps: boolean): Promise<void> {
  keeping = keeps;
  if (!keeps) await takeKept('', new Error('no model is kept'));
}

/**
 * Takes the model that is kept, if it is this one, and ends another one, whose memory is needed.
 * @param key says what is loaded, and how
 */
export async function takeKept(key: string, reason: Error): Promise<LoadedPool | undefined> {
  const last = kept;
  kept = undefined;
  // A process that died meanwhile is loaded anew.
  if (last?.key === key && last.pool.pids.length > 0) return last;
  await last?.pool.end(reason);
  return undefined;
}

/** Keeps a model instead of ending it. @returns false if it is to be ended */
export async function keepPool(key: string, loaded: LoadedPool, reason: Error): Promise<boolean> {
  if (!keeping) return false;
  if (kept?.pool !== loaded.pool) await kept?.pool.end(reason);
  kept = { ...loaded, key };
  return true;
}

import { setTimeout as wait } from 'node:timers/promises';
import { releaseLock, takeLock } from '../../../workspace/file-lock.ts';
import type { WorkOptions } from '../../../workspace/progress.ts';

/**
 * Runs `work` while no other process fetches the same model: two that wrote into one part would spoil it. Waits, and
 * says so, while another one does.
 */
export async function alone<T>(
  lock: string,
  model: string,
  { signal, log }: WorkOptions,
  work: () => Promise<T>,
): Promise<T> {
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const holder = takeLock(lock);
    if (!holder) break;
    if (!told)
      log?.(
        `process ${holder.pid} on ${holder.host} is fetching ${model} already: waiting for it (if there is no such process, delete ${lock})`,
      );
    told = true;
    await wait(200, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
  try {
    return await work();
  } finally {
    releaseLock(lock);
  }
}

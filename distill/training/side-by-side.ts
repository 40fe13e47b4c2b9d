/**
 * Works on items, at most `atOnce` at a time, beginning with the first.
 * The first failure aborts the signal that the others were given; it is thrown when they have ended too.
 * @returns results in the order of the items
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      either.throwIfAborted();
      const i = next++;
      results[i] = await work(items[i]!, either);
    }
  };
  let reason: unknown;
  const careful = () =>
    worker().catch((error: unknown) => {
      if (!failed.signal.aborted) reason = error;
      failed.abort(error);
    });
  await Promise.all(Array.from({ length: atOnce }, careful));
  if (failed.signal.aborted) throw reason;
  return results;
}

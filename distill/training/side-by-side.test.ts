import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sideBySide } from './side-by-side.ts';

describe('work side by side', () => {
  it('goes on for so many items at once, and gives results in the order of the items', async () => {
    let now = 0;
    let most = 0;
    const results = await sideBySide([30, 10, 20, 5], 2, async (ms) => {
      most = Math.max(most, ++now);
      await sleep(ms);
      now--;
      return ms * 2;
    });
    expect(results).toEqual([60, 20, 40, 10]);
    expect(most).toBe(2);
  });

  it('ends with the first failure, after the others have been told to stop', async () => {
    const begun: number[] = [];
    const stopped: number[] = [];
    const work = async (item: number, signal: AbortSignal) => {
      begun.push(item);
      if (item === 1) throw new Error('no luck');
      await sleep(60_000, undefined, { signal }).catch(() => stopped.push(item));
      signal.throwIfAborted();
    };
    await expect(sideBySide([0, 1, 2], 2, work)).rejects.toThrow('no luck');
    expect(begun).toEqual([0, 1]);
    expect(stopped).toEqual([0]);
  });

  it('stops with the reason of a signal, and begins nothing under one that was aborted before', async () => {
    const signal = AbortSignal.abort(new Error('stopped by hand'));
    await expect(sideBySide([1], 1, async () => 1, signal)).rejects.toThrow('stopped by hand');
    expect(await sideBySide([], 3, async () => 1)).toEqual([]);
  });
});

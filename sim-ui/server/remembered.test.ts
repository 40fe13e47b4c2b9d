import { describe, expect, it } from 'vitest';
import { observations } from '../../env/observation.ts';
import type { Policy } from '../../policies/policy.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { Remembered } from './remembered.ts';

/** P(act) = mask / 1000; counts what it is asked and can be made to wait. */
function counting() {
  const asked: number[][] = [];
  const gate = { wait: undefined as Promise<void> | undefined };
  const policy: Policy = {
    id: 'counting',
    scenario: iceCream.id,
    async decide({ masks }, { signal } = {}) {
      asked.push([...masks]);
      if (gate.wait) await gate.wait;
      signal?.throwIfAborted();
      return {
        probabilities: Float64Array.from([...masks].flatMap((mask) => [1 - mask / 1000, mask / 1000])),
        outcomes: Array.from(masks, () => 'ok' as const),
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { policy, asked, gate };
}

describe('a remembered policy', () => {
  it('answers as the policy does, row by row', async () => {
    const { policy } = counting();
    const remembered = new Remembered(iceCream, policy, 2);
    const { probabilities, outcomes } = await remembered.decide(observations(iceCream, [100, 300, 100, 700, 500]));
    expect([...probabilities].map((p) => Math.round(p * 10) / 10)).toEqual([
      0.9, 0.1, 0.7, 0.3, 0.9, 0.1, 0.3, 0.7, 0.5, 0.5,
    ]);
    expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(remembered.acting(700)).toBeCloseTo(0.7);
  });

  it('counts as answered what got a probability', async () => {
    const { policy } = counting();
    const partly: Policy = {
      ...policy,
      async decide(batch) {
        const { probabilities } = await policy.decide(batch);
        const known = [...batch.masks].map((mask) => mask < 500);
        return {
          probabilities: probabilities.map((p, i) => (known[i >> 1] ? p : Number.NaN)),
          outcomes: known.map((ok) => (ok ? 'ok' : 'missing')),
        };
      },
    };
    const remembered = new Remembered(iceCream, partly, 2);
    await remembered.ask([100, 300, 700, 100]);
    await remembered.ask([100, 200]);
    expect(remembered.answered).toBe(3);
    expect(remembered.unknown([700])).toEqual([]);
  });

  it('asks nothing twice, in batches, whoever asks at the same time', async () => {
    const { policy, asked } = counting();
    const remembered = new Remembered(iceCream, policy, 2);
    await Promise.all([remembered.ask([1, 2, 3, 2]), remembered.ask([3, 4, 1])]);
    await remembered.ask([4, 2]);
    expect(asked.flat().sort()).toEqual([1, 2, 3, 4]);
    expect(Math.max(...asked.map((batch) => batch.length))).toBe(2);
    expect(remembered.unknown([4, 5, 5])).toEqual([5]);
  });

  it('keeps what was answered before it was given up, and says how far it is', async () => {
    const { policy, asked } = counting();
    const remembered = new Remembered(iceCream, policy, 2);
    const stop = new AbortController();
    const seen: number[] = [];
    const asking = remembered.ask([1, 2, 3, 4, 5], {
      signal: stop.signal,
      onProgress: (done, of) => {
        expect(of).toBe(5);
        seen.push(done);
        if (done === 4) stop.abort();
      },
    });
    await expect(asking).rejects.toThrow();
    expect(seen).toEqual([0, 2, 4]);
    await remembered.ask([1, 2, 3, 4, 5]);
    expect(asked).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('does not make a caller who gives up wait for others', async () => {
    const { policy, gate } = counting();
    const remembered = new Remembered(iceCream, policy, 2);
    let open = () => {};
    gate.wait = new Promise((resolve) => {
      open = resolve;
    });
    const first = remembered.ask([1]);
    const stop = new AbortController();
    const second = remembered.ask([2], { signal: stop.signal });
    stop.abort(new Error('given up'));
    await expect(second).rejects.toThrow('given up');
    open();
    await first;
    expect(remembered.table.size).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { observations } from '../env/observation.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { AskedOnce } from './asked-once.ts';
import type { Policy } from './policy.ts';

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

describe('a policy that is asked once', () => {
  it('answers as the policy does, row by row', async () => {
    const { policy } = counting();
    const memo = new AskedOnce(iceCream, policy, 2);
    const { probabilities, outcomes } = await memo.decide(observations(iceCream, [100, 300, 100, 700, 500]));
    expect([...probabilities].map((p) => Math.round(p * 10) / 10)).toEqual([
      0.9, 0.1, 0.7, 0.3, 0.9, 0.1, 0.3, 0.7, 0.5, 0.5,
    ]);
    expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(memo.probability(700, 1)).toBeCloseTo(0.7);
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
    const memo = new AskedOnce(iceCream, partly, 2);
    await memo.learn([100, 300, 700, 100]);
    await memo.learn([100, 200]);
    expect(memo.answered).toBe(3);
    expect(memo.unknown([700])).toEqual([]);
  });

  it('asks nothing twice, in batches, whoever asks at the same time', async () => {
    const { policy, asked } = counting();
    const memo = new AskedOnce(iceCream, policy, 2);
    await Promise.all([memo.learn([1, 2, 3, 2]), memo.learn([3, 4, 1])]);
    await memo.learn([4, 2]);
    expect(asked.flat().sort()).toEqual([1, 2, 3, 4]);
    expect(Math.max(...asked.map((batch) => batch.length))).toBe(2);
    expect(memo.unknown([4, 5, 5])).toEqual([5]);
  });

  it('keeps what was answered before it was given up, and says how far it is', async () => {
    const { policy, asked } = counting();
    const memo = new AskedOnce(iceCream, policy, 2);
    const stop = new AbortController();
    const seen: number[] = [];
    const asking = memo.learn([1, 2, 3, 4, 5], {
      signal: stop.signal,
      onProgress: (done, of) => {
        expect(of).toBe(5);
        seen.push(done);
        if (done === 4) stop.abort();
      },
    });
    await expect(asking).rejects.toThrow();
    expect(seen).toEqual([0, 2, 4]);
    await memo.learn([1, 2, 3, 4, 5]);
    expect(asked).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('does not make a caller who gives up wait for others', async () => {
    const { policy, gate } = counting();
    const memo = new AskedOnce(iceCream, policy, 2);
    let open = () => {};
    gate.wait = new Promise((resolve) => {
      open = resolve;
    });
    const first = memo.learn([1]);
    const stop = new AbortController();
    const second = memo.learn([2], { signal: stop.signal });
    stop.abort(new Error('given up'));
    await expect(second).rejects.toThrow('given up');
    open();
    await first;
    expect(memo.size).toBe(1);
  });

  it('asks again what ran out of time, and counts it once', async () => {
    const { policy, asked } = counting();
    let outcome: 'timeout' | 'ok' = 'timeout';
    const slow: Policy = {
      ...policy,
      async decide(batch) {
        const { probabilities } = await policy.decide(batch);
        return { probabilities, outcomes: Array.from(batch.masks, (mask) => (mask === 2 ? 'refused' : outcome)) };
      },
    };
    const memo = new AskedOnce(iceCream, slow);
    expect(await memo.learn([1, 2, 2])).toBe(2);
    expect([memo.size, memo.answered, memo.weightsOf(1)]).toEqual([2, 0, undefined]);
    outcome = 'ok';
    expect(await memo.learn([1, 2])).toBe(1);
    expect(await memo.learn([1, 2])).toBe(0);
    expect(asked).toEqual([[1, 2], [1]]);
    expect([memo.size, memo.answered, memo.outcome(1), memo.outcome(2)]).toEqual([2, 1, 'ok', 'refused']);
    expect(memo.probability(1, 1)).toBe(0.001);
  });

  it('keeps what it was told where the policy writes its next answers into the same arrays', async () => {
    const { policy } = counting();
    const probabilities = new Float64Array(2);
    const reusing: Policy = {
      ...policy,
      async decide({ masks }) {
        probabilities.set([1 - masks[0]! / 1000, masks[0]! / 1000]);
        return { probabilities, outcomes: ['ok'] };
      },
    };
    const memo = new AskedOnce(iceCream, reusing, 1);
    await memo.learn([100, 200, 300]);
    expect([100, 200, 300].map((mask) => memo.probability(mask, 1))).toEqual([0.1, 0.2, 0.3]);
  });

  it('asks again after a call that failed, and lets the next caller through', async () => {
    const { policy } = counting();
    let failing = true;
    const flaky: Policy = {
      ...policy,
      decide: (batch) => (failing ? Promise.reject(new Error('gone')) : policy.decide(batch)),
    };
    const memo = new AskedOnce(iceCream, flaky);
    await expect(memo.learn([1])).rejects.toThrow('gone');
    expect(memo.size).toBe(0);
    failing = false;
    expect(await memo.learn([1])).toBe(1);
  });

  it('is its own memo, and no one else\u2019s', () => {
    const { policy } = counting();
    const memo = AskedOnce.of(iceCream, policy);
    expect(AskedOnce.of(iceCream, memo)).toBe(memo);
    expect(AskedOnce.of(iceCream, policy)).not.toBe(memo);
  });

  it('refuses observations of another width', async () => {
    const memo = new AskedOnce(iceCream, counting().policy);
    await expect(memo.decide({ width: 3, masks: Uint32Array.of(1) })).rejects.toThrow('expected 16 phrases');
  });
});

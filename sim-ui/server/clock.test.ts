import { describe, expect, it, vi } from 'vitest';
import { Clock } from './clock.ts';

/** A clock over a counter; ticks may be held up, as by a teacher that thinks. */
function counting({ last = Number.POSITIVE_INFINITY, speed = 1000 } = {}) {
  const seen = { ticks: 0, held: 0, aborted: 0, failures: [] as unknown[] };
  let hold: Promise<void> | undefined;
  let next: (() => void)[] = [];
  let failure: unknown;
  const wake = () => {
    const waiting = next;
    next = [];
    for (const resolve of waiting) resolve();
  };
  const clock = new Clock({
    speed,
    advance: async (signal) => {
      if (failure) throw failure;
      if (hold) {
        seen.held++;
        wake();
        await Promise.race([
          hold,
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              seen.aborted++;
              reject(signal.reason);
            });
          }),
        ]);
      }
      seen.ticks++;
      return seen.ticks < last;
    },
    onChange: wake,
    onFailure: (error) => seen.failures.push(error),
  });
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => next.push(resolve));
  };
  return {
    clock,
    seen,
    until,
    holdUp: () => {
      let release = () => {};
      hold = new Promise((resolve) => {
        release = () => {
          hold = undefined;
          resolve();
        };
      });
      return release;
    },
    fail: (error: unknown) => {
      failure = error;
    },
  };
}

/** Time in which a clock of the same speed that plays would have played twenty ticks. */
async function anotherPlays() {
  const { clock, seen, until } = counting();
  clock.play();
  await until(() => seen.ticks >= 20);
  await clock.close();
}

describe('the clock', () => {
  it('stands still until it is told to play', async () => {
    const { clock, seen } = counting();
    await anotherPlays();
    expect(seen.ticks).toBe(0);
    await clock.close();
  });

  it('plays one tick for a step and pauses', async () => {
    const { clock, seen, until } = counting();
    clock.step();
    await until(() => seen.ticks === 1);
    expect(clock.playing).toBe(false);
    await anotherPlays();
    expect(seen.ticks).toBe(1);
    await clock.close();
  });

  it('plays on until it is paused', async () => {
    const { clock, seen, until } = counting();
    clock.play();
    await until(() => seen.ticks >= 5);
    clock.pause();
    const { ticks } = seen;
    await anotherPlays();
    expect(seen.ticks).toBe(ticks);
    await clock.close();
  });

  it('keeps to its speed, and a higher speed holds at once', async () => {
    const { clock, seen, until } = counting({ speed: 0.1 });
    clock.play();
    await until(() => seen.ticks === 1);
    clock.setSpeed(500); // the next tick would be ten seconds away
    await until(() => seen.ticks === 3);
    expect(clock.rate).toBeGreaterThan(0);
    await clock.close();
  });

  it('does not add up how late its ticks begin, and does not make up for a long one', async () => {
    // Time goes on by 2 ms whenever somebody looks, by 5 in a tick, and by 30 in every fourth.
    let now = 0;
    const looked = vi.spyOn(performance, 'now').mockImplementation(() => (now += 2));
    try {
      const began: number[] = [];
      const clock = new Clock({
        speed: 50,
        advance: async () => {
          began.push(now);
          now += began.length % 4 === 0 ? 30 : began.length === 31 ? 1000 : 5;
          return began.length < 40;
        },
        onChange: () => {},
        onFailure: () => {},
      });
      clock.play();
      await vi.waitFor(() => expect(clock.playing).toBe(false), { timeout: 20_000, interval: 5 });
      await clock.close();
      expect(Math.abs(began[30]! - began[0]! - 30 * 20)).toBeLessThan(40);
      expect(began[39]! - began[31]!).toBeGreaterThan(8 * 20 - 40);
    } finally {
      looked.mockRestore();
    }
  });

  it('gives up a tick that is under way when it is paused, and plays it when it goes on', async () => {
    const { clock, seen, until, holdUp } = counting();
    const release = holdUp();
    clock.play();
    await until(() => seen.held === 1);
    clock.pause();
    await until(() => seen.aborted === 1);
    expect(seen).toMatchObject({ ticks: 0, failures: [] });
    release();
    clock.step();
    await until(() => seen.ticks === 1);
    await clock.close();
  });

  it('begins a tick anew when something has changed for it', async () => {
    const { clock, seen, until, holdUp } = counting();
    const release = holdUp();
    clock.step();
    await until(() => seen.held === 1);
    release();
    clock.renew();
    await until(() => seen.ticks === 1);
    expect(clock.playing).toBe(false);
    await clock.close();
  });

  it('pauses when a tick fails, and can go on', async () => {
    const { clock, seen, until, fail } = counting();
    fail(new Error('no answer'));
    clock.play();
    await until(() => seen.failures.length === 1);
    expect(clock.playing).toBe(false);
    fail(undefined);
    clock.step();
    await until(() => seen.ticks === 1);
    await clock.close();
  });

  it('stops at the last tick', async () => {
    const { clock, seen, until } = counting({ last: 3 });
    clock.play();
    await until(() => !clock.playing);
    expect(seen.ticks).toBe(3);
    await clock.close();
  });
});

import { Subject } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { feed } from './feed.ts';

afterEach(() => vi.useRealTimers());

describe('the feed of a viewer', () => {
  it('has at most two messages on their way, and says the latest when an acknowledgement comes', async () => {
    vi.useFakeTimers();
    const changes = new Subject<void>();
    const sent: number[] = [];
    const acknowledge: (() => void)[] = [];
    let tick = 0;
    const composed = vi.fn(() => tick);
    const subscription = feed(changes, composed, (message) => {
      sent.push(message);
      return new Promise<void>((resolve) => acknowledge.push(resolve));
    });
    for (tick = 1; tick <= 1000; tick++) {
      changes.next();
      vi.advanceTimersByTime(100);
    }
    expect(sent).toEqual([1, 2]);
    expect(composed).toHaveBeenCalledTimes(2);

    tick = 1000;
    acknowledge[0]!();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([1, 2, 1000]);

    acknowledge[1]!();
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toEqual([1, 2, 1000]); // nothing new has happened
    subscription.unsubscribe();
  });

  it('tells changes that come at once in one message', () => {
    vi.useFakeTimers();
    const changes = new Subject<void>();
    const deliver = vi.fn(() => Promise.resolve());
    const subscription = feed(changes, () => 'now', deliver);
    for (let i = 0; i < 50; i++) changes.next();
    vi.advanceTimersByTime(1000);
    expect(deliver).toHaveBeenCalledTimes(2); // the first at once, the rest together
    subscription.unsubscribe();
  });

  it('is silent after the viewer has left', async () => {
    const changes = new Subject<void>();
    const deliver = vi.fn(() => Promise.resolve());
    feed(changes, () => 'now', deliver).unsubscribe();
    changes.next();
    expect(deliver).not.toHaveBeenCalled();
  });
});

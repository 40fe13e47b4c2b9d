import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

it('lets so many in at a time, first come, first served', async () => {
  const slots = new Slots(2);
  const order: number[] = [];
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      slots.use(async () => {
        order.push(i);
        most = Math.max(most, ++inside);
        await setTimeout(i % 2);
        inside--;
      }, never),
    ),
  );
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

it('gives a place back when what was done in it fails', async () => {
  const slots = new Slots(1);
  await expect(slots.use(() => Promise.reject(new Error('no')), never)).rejects.toThrow('no');
  expect(await slots.use(async () => 'in', never)).toBe('in');
});

it('lets go of who stops waiting, and of nobody else', async () => {
  const slots = new Slots(1);
  const stop = new AbortController();
  const reason = new Error('enough');
  let leave = () => {};
  const first = slots.use(() => new Promise<void>((resolve) => (leave = resolve)), never);
  const second = slots.use(async () => 'second', stop.signal);
  const third = slots.use(async () => 'third', never);
  stop.abort(reason);
  await expect(second).rejects.toBe(reason);
  leave();
  await first;
  expect(await third).toBe('third');
  await expect(slots.use(async () => 'late', stop.signal)).rejects.toBe(reason);
});

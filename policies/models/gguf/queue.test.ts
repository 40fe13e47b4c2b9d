import { describe, expect, it } from 'vitest';
import type { AskMessage } from './protocol.ts';
import { Queue } from './queue.ts';

const job = (number: number, n: number): AskMessage => ({
  type: 'ask',
  job: number,
  elicit: 'greedy',
  head: '',
  grammar: '',
  replyTokens: 0,
  options: 2,
  temperature: 0,
  batch: 99,
  questions: Array.from({ length: n }, (_, id) => ({ id, prompt: `prompt ${id}`, seed: 0 })),
});

describe('Queue', () => {
  it('deals each question once, however fast each worker is', () => {
    const queue = new Queue(3);
    queue.add(job(1, 100));
    const seen: number[] = [];
    // Worker 0 takes three questions where the others take one.
    for (let turn = 0; ; turn++) {
      const dealt = queue.next([0, 0, 0, 1, 2][turn % 5]!);
      if (!dealt) break;
      seen.push(dealt.question.id);
    }
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('keeps a worker among neighbours, so that prompts share prefixes', () => {
    const queue = new Queue(2);
    queue.add(job(1, 10));
    const [left, right]: number[][] = [[], []];
    for (let i = 0; i < 5; i++) {
      left!.push(queue.next(0)!.question.id);
      right!.push(queue.next(1)!.question.id);
    }
    expect([left, right]).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
    ]);
  });

  it('answers one question between those of a long job', () => {
    const queue = new Queue(1);
    queue.add(job(1, 1000));
    queue.next(0);
    queue.add(job(2, 1));
    const jobs = [queue.next(0), queue.next(0)].map((dealt) => dealt!.ask.job);
    expect(jobs).toContain(2);
  });

  it('forgets what was cancelled', () => {
    const queue = new Queue(2);
    queue.add(job(1, 10));
    queue.add(job(2, 1));
    queue.next(0);
    queue.cancel(1);
    expect(queue.next(1)?.ask.job).toBe(2);
    expect(queue.next(0)).toBeUndefined();
  });

  it('is empty at first, and after an empty job', () => {
    const queue = new Queue(2);
    expect(queue.next(0)).toBeUndefined();
    queue.add(job(1, 0));
    expect(queue.next(1)).toBeUndefined();
    expect(queue.next(1)).toBeUndefined();
  });

  it('leaves workers beyond the batch to other jobs', () => {
    const queue = new Queue(3);
    queue.add({ ...job(1, 4), batch: 1 });
    expect(queue.next(1)).toBeUndefined();
    queue.add(job(2, 2));
    expect(queue.next(2)?.ask.job).toBe(2);
    expect([0, 0, 0, 0].map(() => queue.next(0)?.ask.job)).toContain(1);
    queue.cancel(2);
    const rest: number[] = [];
    for (let dealt = queue.next(0); dealt; dealt = queue.next(0)) rest.push(dealt.question.id);
    expect(queue.next(1)).toBeUndefined();
  });
});

import { afterEach, expect, it } from 'vitest';
import { ModelPool } from './model-pool.ts';
import type { OpenMessage } from './protocol.ts';

const work = {
  script: new URL('./fake-child.test-support', import.meta.url),
  restarts: 2,
  left: (open: number) => `${open} questions are open`,
};
let lines: string[] = [];
let pool: ModelPool;
afterEach(async () => {
  await pool.end(new Error('ended'));
  lines = [];
});

async function open(size: number): Promise<void> {
  const start: OpenMessage = {
    ...{ type: 'open', model: 'fake', gpu: false, threads: 1, sequences: 16 },
    ...{ longest: [], longestChoices: [], head: '', replyTokens: 1 },
  };
  pool = new ModelPool(start, 'fake', size, (line) => lines.push(line), work);
  await pool.open();
}

/** Asks n questions; how often each was answered, by its id. */
async function ask(n: number, batch = 16, signal?: AbortSignal, onAnswer?: () => void): Promise<number[]> {
  const questions = Array.from({ length: n }, (_, id) => ({ id, prompt: String(id), seed: 0 }));
  const heard = new Array<number>(n).fill(0);
  const how = { elicit: 'greedy', head: '', grammar: '', replyTokens: 1, options: 2, temperature: 0, batch } as const;
  await pool.ask(
    { ...how, questions },
    ({ id }) => {
      heard[id]!++;
      onAnswer?.();
    },
    signal,
  );
  return heard;
}
const once = (n: number) => new Array(n).fill(1);

it('starts further processes for many questions only, and answers each question once', async () => {
  await open(2);
  expect(await ask(100)).toEqual(once(100));
  // A smaller batch than one process holds is there to be seen, not to be spread.
  expect(await ask(400, 4)).toEqual(once(400));
  expect(pool.pids).toHaveLength(1);
  expect(await ask(2000)).toEqual(once(2000));
  expect(pool.pids).toHaveLength(2);
});

it('loses no question when one of its processes crashes', async () => {
  await open(2);
  let killed = false;
  const heard = await ask(2000, 16, undefined, () => {
    if (killed || pool.pids.length < 2) return;
    killed = true;
    process.kill(pool.pids[1]!, 'SIGSEGV');
  });
  expect(heard).toEqual(once(2000));
});

it('stops all processes when it is told to, with the reason', async () => {
  await open(2);
  const controller = new AbortController();
  const reason = new Error('enough');
  await expect(ask(2000, 16, controller.signal, () => controller.abort(reason))).rejects.toBe(reason);
  expect(await ask(10)).toEqual(once(10));
});

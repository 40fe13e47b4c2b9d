import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { UnderstudyError } from '../../../env/error.ts';
import { ServerFailure } from './failure.ts';
import { shareOut } from './share-out.ts';

const questions = Array.from({ length: 20 }, (_, i) => i);
const a = { host: 'a' };
const b = { host: 'b' };
const failure = (kind: ServerFailure['kind'], host: string) => new ServerFailure(kind, host, `${host} is ${kind}`);

/** Shares out the questions; what was answered, by whom, and what was said. */
async function share(
  answer: (endpoint: { host: string }, question: number) => Promise<string>,
  {
    endpoints = [a, b],
    slots = 2,
    batch = undefined as number | undefined,
    signal = new AbortController().signal,
    healthy = undefined as (() => Promise<boolean>) | undefined,
  } = {},
) {
  const answers: string[] = [];
  const lines: string[] = [];
  const counted = { most: 0, now: 0 };
  const error = await shareOut(
    questions,
    endpoints,
    async (endpoint, question) => {
      counted.most = Math.max(counted.most, ++counted.now);
      try {
        await setTimeout(1);
        return await answer(endpoint, question);
      } finally {
        counted.now--;
      }
    },
    {
      slots,
      batch,
      signal,
      log: (line) => lines.push(line),
      timedOut: (_, why) => `timeout: ${why}`,
      rejected: (_, failure) => `rejected: ${failure.message}`,
      ...(healthy && { healthy }),
      onAnswer: (question, given) => {
        expect(answers[question]).toBeUndefined();
        answers[question] = given;
      },
    },
  ).then(
    () => undefined,
    (thrown) => thrown as Error,
  );
  return { answers, lines, error, most: counted.most };
}

describe('questions that are shared out', () => {
  it('go to whoever has a free place', async () => {
    const { answers, most } = await share(async ({ host }) => {
      if (host === 'b') await setTimeout(20);
      return host;
    });
    expect(answers).toHaveLength(20);
    const byB = answers.filter((host) => host === 'b').length;
    expect(byB).toBeGreaterThan(0);
    expect(byB).toBeLessThan(10);
    expect(most).toBe(4);
  });

  it.each([1, 3])('are at most %i at a time in a smaller batch', async (batch) => {
    const { answers, most } = await share(async ({ host }) => host, { batch });
    expect(answers).toHaveLength(20);
    expect(most).toBe(batch);
  });

  it.each([undefined, 1])('of a server that fails go to the other, in batches of %s', async (batch) => {
    const { answers, lines, error } = await share(
      async ({ host }) => {
        if (host === 'a') throw failure('unreachable', 'a');
        return host;
      },
      { batch },
    );
    expect(error).toBeUndefined();
    expect(answers).toEqual(questions.map(() => 'b'));
    expect(lines).toEqual(['a is unreachable; it is set aside and its questions go to b']);
  });

  it('are asked again where a server fails now and then', async () => {
    let n = 0;
    const { answers, lines, error } = await share(
      async ({ host }) => {
        if (++n % 3 === 0) throw failure('busy', host);
        return host;
      },
      { endpoints: [a], slots: 1 },
    );
    expect(error).toBeUndefined();
    expect(answers).toEqual(questions.map(() => 'a'));
    expect(lines).toEqual([]);
  });

  it('are asked again by a small batch, which does not reach all servers', async () => {
    const failedOnce = new Set<number>();
    const { answers, error } = await share(
      async ({ host }, question) => {
        if (question % 5 === 4 && !failedOnce.has(question)) {
          failedOnce.add(question);
          throw failure('busy', host);
        }
        return host;
      },
      { batch: 1 },
    );
    expect(error).toBeUndefined();
    expect(answers).toEqual(questions.map(() => 'a'));
  });

  it('keep their answers when nobody is left', async () => {
    let n = 0;
    const { answers, error } = await share(async ({ host }) => {
      if (++n > 5) throw failure('unreachable', host);
      return host;
    });
    expect(answers.filter(Boolean)).toHaveLength(5);
    expect(error).toMatchObject({
      code: 'TEACHER_CRASHED',
      message: 'a is unreachable; b is unreachable; 15 questions are open',
    });
  });

  it('end with the one that fails everywhere', async () => {
    const { answers, error } = await share(
      async ({ host }, question) => {
        if (question === 7) throw failure('busy', host);
        return host;
      },
      { slots: 1 },
    );
    expect(answers[7]).toBeUndefined();
    expect(error).toMatchObject({ code: 'TEACHER_CRASHED', message: expect.stringMatching(/^[ab] is busy$/) });
  });

  it('count as timed out where nobody answers them in time, and a slow server is kept while it is the last', async () => {
    const { answers, error, lines } = await share(
      async ({ host }) => {
        throw failure('timeout', host);
      },
      { slots: 1 },
    );
    expect(error).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(answers).toHaveLength(20);
    for (const answer of answers) expect(answer).toMatch(/^timeout: [ab] is timeout$/);
  });

  it('go to another server where one is too slow', async () => {
    const { answers } = await share(async ({ host }) => {
      if (host === 'a') throw failure('timeout', 'a');
      return host;
    });
    expect(answers).toEqual(questions.map(() => 'b'));
  });

  it('go to another server where one cannot be asked such a thing', async () => {
    const unsupported = async ({ host }: { host: string }) => {
      if (host === 'a') throw new UnderstudyError('TEACHER_UNSUPPORTED', 'a gives no probabilities');
      return host;
    };
    expect((await share(unsupported)).answers).toEqual(questions.map(() => 'b'));
    expect((await share(unsupported, { endpoints: [a] })).error).toMatchObject({ code: 'TEACHER_UNSUPPORTED' });
  });

  it('end at once where a server wants to be told something first', async () => {
    let n = 0;
    const { error } = await share(async ({ host }) => {
      if (host === 'b') return host;
      n++;
      throw new ServerFailure('refused', 'a', 'a refused', { status: 401 });
    });
    expect(error).toMatchObject({ code: 'POLICY_ARGUMENT', message: expect.stringContaining('UNDERSTUDY_API_KEY') });
    expect(n).toBeLessThanOrEqual(2);
  });

  it('end with the reason of who stops them, or with the error of who hears an answer', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    let n = 0;
    const stopped = await share(
      async ({ host }) => {
        if (++n === 6) stop.abort(reason);
        return host;
      },
      { signal: stop.signal },
    );
    expect(stopped.error).toBe(reason);
    const heard = shareOut([1, 2], [a], async () => 'a', {
      slots: 1,
      signal: new AbortController().signal,
      log: () => {},
      timedOut: () => '',
      rejected: () => '',
      onAnswer: () => {
        throw reason;
      },
    });
    await expect(heard).rejects.toBe(reason);
  });

  it('may be none', async () => {
    await shareOut([], [a], () => Promise.reject(new Error('asked')), {
      slots: 1,
      signal: new AbortController().signal,
      log: () => {},
      timedOut: () => '',
      rejected: () => '',
      onAnswer: () => {},
    });
  });

  it.each([
    ['refused', { status: 400 }],
    ['busy', { status: 500 }],
    ['unreadable', {}],
  ] as const)('that one server fails at are rejected if it answers others: %s', async (kind, more) => {
    let checked = 0;
    const { answers, error } = await share(
      async (_, question) => {
        if (question % 4 === 0) throw new ServerFailure(kind, 'a', 'no', more);
        return 'yes';
      },
      {
        endpoints: [a],
        healthy: async () => {
          checked++;
          return true;
        },
      },
    );
    expect(error).toBeUndefined();
    expect(answers).toEqual(questions.map((question) => (question % 4 === 0 ? 'rejected: no' : 'yes')));
    expect(checked).toBeLessThan(questions.length);
  });

  it('that a filter holds back are rejected whatever the server does', async () => {
    const { answers, error } = await share(
      async () => {
        throw new ServerFailure('refused', 'a', 'no', { status: 400, said: 'filtered (content_filter)' });
      },
      { endpoints: [a] },
    );
    expect(error).toBeUndefined();
    expect(new Set(answers)).toEqual(new Set(['rejected: no']));
  });

  it('that no server answers end all of it, and are no rejects', async () => {
    const { answers, error } = await share(
      async () => {
        throw new ServerFailure('refused', 'a', 'no', { status: 400 });
      },
      { endpoints: [a], healthy: async () => false },
    );
    expect(error).toMatchObject({ code: 'TEACHER_UNSUPPORTED', message: 'no' });
    expect(answers).toEqual([]);
  });

  it('go to the others where the quota of one is used up', async () => {
    const { answers, lines, error } = await share(async ({ host }) => {
      if (host === 'a') throw new ServerFailure('quota', 'a', 'a is used up', { status: 429 });
      return host;
    });
    expect(error).toBeUndefined();
    expect(new Set(answers)).toEqual(new Set(['b']));
    expect(lines).toEqual(['a is used up; it is set aside and its questions go to b']);
  });
});

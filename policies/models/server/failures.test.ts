import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { promptOf } from '../../../env/prompt.ts';
import { failed, fake, scenario, some, teacherOf, truth } from './teacher.test-support.ts';

describe('a server that is busy, broken or gone', () => {
  it('is asked again after 429 and 503, not before it wants to be', async () => {
    const times: number[] = [];
    let busy = false;
    const server = await fake({
      fault: ({ path }) => {
        if (!busy || path === '/v1/models') return undefined;
        times.push(Date.now());
        if (times.length === 1) return { status: 429, headers: { 'retry-after': '0.3' } };
        if (times.length === 2) return { status: 503, body: { error: { message: 'Loading model' } } };
        if (times.length === 3) return { status: 500, body: 'oops' };
        return undefined;
      },
    });
    const teacher = await teacherOf(server);
    busy = true;
    const [answer] = await teacher.ask(some(1), { elicit: 'greedy' });
    expect(answer!.outcome).toBe('ok');
    expect(times).toHaveLength(4);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(290);
  });

  it('that is told to wait keeps its other questions back too', async () => {
    const times: number[] = [];
    let busy = false;
    const server = await fake({
      fault: ({ path }) => {
        if (!busy || path === '/v1/models') return undefined;
        times.push(Date.now());
        return times.length === 1 ? { status: 429, headers: { 'retry-after': '0.25' } } : undefined;
      },
    });
    const teacher = await teacherOf(server, { slots: 1 });
    busy = true;
    await teacher.ask(some(3), { elicit: 'greedy' });
    for (const time of times.slice(1)) expect(time - times[0]!).toBeGreaterThanOrEqual(240);
  });

  it('that wants to be left alone for an hour is not waited for', async () => {
    let busy = false;
    const server = await fake({
      fault: () =>
        busy ? { status: 429, headers: { 'retry-after': '3600' }, body: { error: 'slow down' } } : undefined,
    });
    const teacher = await teacherOf(server);
    busy = true;
    const error = await failed(teacher.ask(some(5), { elicit: 'greedy' }));
    expect(error).toMatchObject({
      code: 'TEACHER_CRASHED',
      message: `${server.host} asks to be called again in 60 minutes (429: slow down); the answers so far are kept: raise the limit or wait until it is lifted, then run the same command again; 5 questions are open`,
    });
  });

  it('that cuts connections is asked again', async () => {
    // The first request of each question: by their number, one question could be cut at every try.
    const seen = new Set<string>();
    const server = await fake({
      fault: ({ path, body }) => {
        const question = JSON.stringify(body);
        if (path === '/v1/models' || seen.has(question)) return undefined;
        seen.add(question);
        return 'cut';
      },
    });
    const teacher = await teacherOf(server);
    const answers = await teacher.ask(some(12), { elicit: 'greedy' });
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
  });

  it('that goes away loses no answer that was given, and says what happened', async () => {
    const server = await fake();
    const teacher = await teacherOf(server, { slots: 2 });
    const heard: number[] = [];
    const error = await failed(
      teacher.ask(some(30), {
        elicit: 'greedy',
        onAnswer: (row) => {
          if (heard.push(row) === 6) void server[Symbol.asyncDispose]();
        },
      }),
    );
    expect(error!.code).toBe('TEACHER_CRASHED');
    expect(error!.message).toMatch(
      /^127\.0\.0\.1:\d+ cannot be reached \(connection (refused|cut)\), 4 times; check that the server runs, .*; \d+ questions are open$/,
    );
    expect(heard.length).toBeGreaterThanOrEqual(6);
  });

  it('leaves its share to the other', async () => {
    const lines: string[] = [];
    const [one, two] = [await fake({ latency: 2 }), await fake({ latency: 2 })];
    const teacher = await teacherOf([one, two], { log: (line) => lines.push(line), slots: 2 });
    let heard = 0;
    const batch = some(60);
    const answers = await teacher.ask(batch, {
      elicit: 'greedy',
      onAnswer: () => {
        if (++heard === 20) void one[Symbol.asyncDispose]();
      },
    });
    expect(heard).toBe(60);
    answers.forEach(({ probabilities }, row) => {
      const numbers = truth(batch, row);
      expect(probabilities![1]).toBe(numbers.indexOf(Math.max(...numbers)) / 100);
    });
    expect(new Set(answers.map(({ device }) => device!.split(' ')[0]))).toEqual(new Set([one.host, two.host]));
    expect(lines.join('\n')).toContain(`set aside and its questions go to ${two.host}`);
  });

  it('is left out of the next asking too, for a while', async () => {
    const lines: string[] = [];
    const [one, two] = [await fake(), await fake()];
    const teacher = await teacherOf([one, two], { log: (line) => lines.push(line) });
    await one[Symbol.asyncDispose]();
    for (const elicit of ['greedy', 'expected', 'sample'] as const) {
      const answers = await teacher.ask(some(20), { elicit });
      expect(answers.map(({ outcome }) => outcome)).toEqual(Array(20).fill('ok'));
    }
    expect(lines.filter((line) => line.includes('set aside'))).toHaveLength(1);
    await two[Symbol.asyncDispose]();
    expect((await failed(teacher.ask(some(2))))!.message).toMatch(/; 2 questions are open$/);
    // When none is known to be up, all are tried.
    expect((await failed(teacher.ask(some(2))))!.message).toContain(one.host);
  });

  it('answers too late for one row, and the others go on', async () => {
    const batch = some(6);
    const late = promptOf(scenario, batch, 2);
    const server = await fake({ fault: ({ body }) => (body?.messages[0].content === late ? 'hang' : undefined) });
    const teacher = await teacherOf(server, { env: { UNDERSTUDY_TIMEOUT_S: '0.3' } });
    const answers = await teacher.ask(batch, { elicit: 'greedy' });
    expect(answers.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'timeout', 'ok', 'ok', 'ok']);
    expect(answers[2]).toEqual({ outcome: 'timeout', reason: `${server.host} did not answer within 0.3 s, 2 times` });
  });

  it('is asked for no more than so many answers at a time', async () => {
    const server = await fake({ latency: 25 });
    const teacher = await teacherOf(server);
    await Promise.all([teacher.ask(some(40)), teacher.ask(some(40), { elicit: 'greedy' })]);
    expect(server.most).toBe(8);
    server.most = 0;
    await teacher.ask(some(20), { batch: 3 });
    expect(server.most).toBe(3);
  });

  it('is asked by many at once without a warning of Node', async () => {
    const warnings: Error[] = [];
    const heard = (warning: Error) => warnings.push(warning);
    process.on('warning', heard);
    const servers = [await fake({ latency: 5 }), await fake({ latency: 5 })];
    const teacher = await teacherOf(servers);
    await Promise.all([teacher.ask(some(40)), teacher.ask(some(40))]);
    // Node warns in a later turn of the event loop.
    await setImmediate();
    process.off('warning', heard);
    expect(warnings).toEqual([]);
  });

  it('is told when nobody waits for an answer any more', async () => {
    const server = await fake({ latency: 20 });
    const teacher = await teacherOf(server);
    const stop = new AbortController();
    const reason = new Error('enough');
    const asked = teacher.ask(some(200), { signal: stop.signal, onAnswer: () => stop.abort(reason) });
    await expect(asked).rejects.toBe(reason);
    // What had left already may still arrive; of the rest nothing is asked, and the teacher goes on.
    await vi.waitFor(() => expect(server.under).toBe(0));
    expect((await teacher.ask(some(1), { elicit: 'greedy' }))[0]!.outcome).toBe('ok');
    expect(server.chats.length).toBeLessThan(100);
  });

  it('is not waited for by a teacher that is disposed of', async () => {
    const server = await fake({ latency: 50 });
    const teacher = await teacherOf(server);
    const asked = failed(teacher.ask(some(20)));
    await teacher[Symbol.asyncDispose]();
    expect(await asked).toMatchObject({ code: 'POLICY_DISPOSED' });
  });

  it.each([
    [
      'HTML',
      '<!doctype html><title>Sign in</title>',
      /answered \/chat\/completions with HTML instead of JSON \("<!doctype html>/,
    ],
    ['nothing', '', /answered \/chat\/completions with nothing, where JSON belongs/],
    [
      'another shape',
      { object: 'list', data: [] },
      /answered with something other than a chat completion: choices: .* \("\{\\?"object/,
    ],
    [
      'an error in disguise',
      { error: { message: 'upstream failed', code: 502 } },
      /is busy or broken \(502: upstream failed\)/,
    ],
  ])('that answers with %s is named, with what came', async (_, body, message) => {
    let odd = false;
    const server = await fake({ fault: () => (odd ? { status: 200, body } : undefined) });
    const teacher = await teacherOf(server);
    odd = true;
    const error = await failed(teacher.ask(some(2), { elicit: 'greedy' }));
    expect(error!.message).toMatch(message);
    expect(error!.message).toContain(server.host);
  });
});

import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { slice } from '../../../env/observation.ts';
import { promptOf } from '../../../env/prompt.ts';
import { describePolicy } from '../../../scenarios/open.ts';
import type { AskOptions } from '../../policy.ts';
import { readingOf } from '../number-distribution.ts';
import { questionSeed } from '../teacher.ts';
import { openServer } from './backend.ts';
import { FakeServer } from './fake-server.test-support.ts';
import { buys, failed, fake, opened, quick, scenario, some, teacherOf, truth } from './teacher.test-support.ts';

describe('the suite of policies', () => {
  let server: FakeServer | undefined;
  afterAll(() => server?.[Symbol.asyncDispose]());
  describePolicy(
    'server',
    async () => {
      server = await FakeServer.start();
      return openServer(`http://${server.host}#gemma`, { scenario, env: {} });
    },
    { describe, it },
  );
});

describe('a teacher behind a server', () => {
  it('writes what the oracle would: the likeliest number, with an explanation where one is wanted', async () => {
    const batch = some(30);
    const teacher = await teacherOf(await fake());
    const plain = await teacher.ask(batch, { elicit: 'greedy' });
    plain.forEach(({ outcome, probabilities, explanation, rung, usage, device }, row) => {
      const numbers = truth(batch, row);
      expect(outcome).toBe('ok');
      expect(probabilities![1]).toBe(numbers.indexOf(Math.max(...numbers)) / 100);
      expect(explanation).toBeUndefined();
      expect(rung).toBe('json');
      expect(usage!.promptTokens).toBe(60);
      expect(device).toMatch(/^127\.0\.0\.1:\d+ \(b1-0000000\)$/);
    });
    const explained = await teacher.ask(batch, { elicit: 'greedy', explain: true });
    expect(buys(explained)).toEqual(buys(plain));
    for (const { explanation } of explained) expect(explanation).toBe('It is what the rule says.');
  });

  it('asks one question in one turn, at temperature 0 and with nothing in the way of the distribution', async () => {
    const server = await fake();
    const teacher = await teacherOf(server);
    const batch = some(1);
    server.requests.length = 0;
    await teacher.ask(batch, { elicit: 'greedy', paraphrase: 2 });
    expect(server.chats).toHaveLength(1);
    expect(server.chats[0]!.body).toMatchObject({
      model: 'gemma',
      messages: [{ role: 'user', content: promptOf(scenario, batch, 0, 2) }],
      temperature: 0,
      top_k: -1,
      min_p: 0,
      chat_template_kwargs: { enable_thinking: false },
    });
    expect(server.chats[0]!.body).not.toHaveProperty('seed');
  });

  it('draws samples by a seed of each question, untruncated', async () => {
    const server = await fake();
    const teacher = await teacherOf(server);
    const batch = some(24);
    const draw = async (more: AskOptions) => buys(await teacher.ask(batch, { elicit: 'sample', ...more }));
    const first = await draw({ seed: 1 });
    expect(await draw({ seed: 1, repeat: 0, batch: 1 })).toEqual(first);
    expect(await draw({ seed: 1, repeat: 1 })).not.toEqual(first);
    expect(await draw({ seed: 2 })).not.toEqual(first);
    server.requests.length = 0;
    await teacher.ask(slice(batch, 3, 4), { elicit: 'sample', seed: 5, repeat: 2, temperature: 0.7 });
    const seed = questionSeed(5, 2, promptOf(scenario, batch, 3));
    expect(server.chats[0]!.body).toMatchObject({ temperature: 0.7, top_p: 1, seed });

    // 400 draws of one question lie around the oracle's mean.
    const one = slice(batch, 0, 1);
    const { mean, distribution } = readingOf(truth(one, 0));
    const draws = await Promise.all(
      Array.from({ length: 400 }, async (_, repeat) => {
        const [answer] = await teacher.ask(one, { elicit: 'sample', repeat });
        return answer!.probabilities![1]!;
      }),
    );
    const drawn = draws.reduce((sum, p) => sum + p, 0) / 400;
    expect(Math.abs(drawn - mean)).toBeLessThan((4 * distribution.sd) / 20);
  });

  it('says who it is by its model and its first address, whoever else shares the work', async () => {
    const [one, two] = [await fake(), await fake()];
    const [alone, both, other] = [await teacherOf(one), await teacherOf([one, two]), await teacherOf(two)];
    expect(alone.id).toMatch(new RegExp(`^gemma@${one.host}-[0-9a-f]{12}$`));
    expect(both.id).toBe(alone.id);
    expect(both.identity).toEqual(alone.identity);
    expect(other.id).not.toBe(alone.id);
    expect(both.provenance).toEqual({
      ...both.identity,
      endpoints: [`http://${one.host}/v1`, `http://${two.host}/v1`],
    });
    expect(alone.caveat).toMatch(/does not say which model file/);
  });
});

/** Ways to cut a number into tokens. */

describe('opening a server', () => {
  it('names the models that it has, and the nearest', async () => {
    const server = await fake({ models: ['google/gemma-3-4b-it', 'qwen3:8b', 'phi:latest'] });
    const error = await failed(teacherOf(server, {}, 'google/gemma-3-4b'));
    expect(error).toMatchObject({
      code: 'POLICY_UNKNOWN',
      message: `${server.host} has no model google/gemma-3-4b (it has: google/gemma-3-4b-it, qwen3:8b, phi:latest); did you mean google/gemma-3-4b-it?`,
    });
    await teacherOf(server, {}, 'phi');
    expect((await failed(teacherOf(await fake({ models: [] }))))!.message).toMatch(/\(it has: none\)$/);
  });

  it('does without a list of models if there is none', async () => {
    const server = await fake({ fault: ({ path }) => (path === '/v1/models' ? { status: 404 } : undefined) });
    expect((await (await teacherOf(server)).ask(some(1)))[0]!.outcome).toBe('ok');
  });

  it('says what to check where no server answers, and goes on where another does', async () => {
    const [gone, there] = [await fake(), await fake()];
    const { host } = gone;
    await gone[Symbol.asyncDispose]();
    opened.splice(opened.indexOf(gone), 1);
    const open = (urls: string, log?: (line: string) => void) =>
      openServer(`${urls}#gemma`, { scenario, env: {}, retry: quick, log });
    const error = await failed(open(`http://${host}`));
    expect(error).toMatchObject({
      code: 'TEACHER_CRASHED',
      message: `${host} cannot be reached (connection refused), 2 times; check that the server runs, that its address is right and that it can be reached from here`,
    });
    expect((await failed(open('http://nowhere.invalid')))!.message).toMatch(
      /^nowhere\.invalid cannot be reached \(no such host\)/,
    );
    const lines: string[] = [];
    await using teacher = await open(`http://${host},http://${there.host}`, (line) => lines.push(line));
    expect(lines[0]).toContain(`${host} cannot be reached`);
    expect(buys(await teacher.ask(some(12), { elicit: 'greedy' })).every((p) => p !== undefined)).toBe(true);
  });

  it.each([
    [401, 'POLICY_ARGUMENT', /does not accept who asks \(401\); put its API key into UNDERSTUDY_API_KEY/],
    [403, 'POLICY_ARGUMENT', /does not accept who asks \(403\)/],
    [400, 'TEACHER_UNSUPPORTED', /refused the request \(400: no\)$/],
    [302, 'TEACHER_UNSUPPORTED', /has moved \(302\); use its new address$/],
  ])('says what %i means, at once', async (status, code, message) => {
    const headers = { location: 'http://me:word@elsewhere/v1/models' };
    const server = await fake({ fault: () => ({ status, body: { error: { message: 'no' } }, headers }) });
    const error = await failed(teacherOf(server));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error!.message).not.toContain('word');
    expect(server.requests).toHaveLength(1);
  });

  it('ends with the words of a server that a question is too long for', async () => {
    const body = {
      error: { code: 400, message: 'request (1035 tokens) exceeds the available context size (512 tokens)' },
    };
    const server = await fake({ fault: ({ path }) => (path === '/v1/models' ? undefined : { status: 400, body }) });
    expect(await failed(teacherOf(server))).toMatchObject({
      code: 'TEACHER_UNSUPPORTED',
      message: expect.stringContaining('exceeds the available context size (512 tokens)'),
    });
  });

  it('shows its key to the server and to nobody else', async () => {
    const lines: string[] = [];
    let locked = false;
    const key = 'sk-very-secret';
    const echo = { error: { message: `Incorrect API key provided: ${key}` } };
    const server = await fake({ fault: () => (locked ? { status: 400, body: echo } : undefined) });
    const teacher = await teacherOf(server, { env: { UNDERSTUDY_API_KEY: key }, log: (line) => lines.push(line) });
    const answers = await teacher.ask(some(2));
    for (const { headers } of server.requests) expect(headers.authorization).toBe(`Bearer ${key}`);
    locked = true;
    const error = await failed(teacher.ask(some(1), { elicit: 'greedy' }));
    expect(error!.message).toContain('Incorrect API key provided: …');
    expect(inspect([lines, answers, teacher, error], { depth: 9 }).includes(key)).toBe(false);
  });

  it('sends no key over http to another machine', async () => {
    const server = await fake();
    const lines: string[] = [];
    const asked: (string | null)[] = [];
    const { fetch } = globalThis;
    // The name of another machine, led to the fake one.
    globalThis.fetch = (url, init) => {
      asked.push(new Headers(init?.headers).get('authorization'));
      return fetch(String(url).replace('gpu-box:8000', server.host), init);
    };
    try {
      await using teacher = await openServer('http://gpu-box:8000/v1#gemma', {
        scenario,
        env: { OPENAI_API_KEY: 'sk-2' },
        log: (line) => lines.push(line),
      });
      await teacher.ask(some(1));
    } finally {
      globalThis.fetch = fetch;
    }
    expect(new Set(asked)).toEqual(new Set([null]));
    expect(lines[0]).toMatch(/^OPENAI_API_KEY is not sent to gpu-box:8000/);
  });

  it.each(['0', '-1', '301', 'soon'])('refuses a timeout of %s seconds', async (seconds) => {
    const error = await failed(teacherOf(await fake(), { env: { UNDERSTUDY_TIMEOUT_S: seconds } }));
    expect(error).toMatchObject({ code: 'POLICY_ARGUMENT', message: expect.stringContaining(`got "${seconds}"`) });
  });
});

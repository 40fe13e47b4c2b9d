import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { iceCream } from '../../env/ice-cream.ts';
import { type Observations, observations, slice } from '../../env/observation.ts';
import { promptOf } from '../../env/prompt.ts';
import { describePolicy } from '../conformance.ts';
import type { Answer, AskOptions, PolicyError } from '../policy.ts';
import { readingOf } from './number-distribution.ts';
import { questionSeed } from './question-seed.ts';
import { type FakeOptions, FakeServer, oracleNumbers } from './server/fake-server.test-support.ts';
import { openServer, type ServerOptions, type ServerTeacher } from './server.ts';

const scenario = iceCream;
const quick = { tries: 4, baseMs: 2, capMs: 10 };
const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing[Symbol.asyncDispose]();
});

async function fake(options: FakeOptions = {}): Promise<FakeServer> {
  const server = await FakeServer.start(options);
  opened.push(server);
  return server;
}

async function teacherOf(
  servers: FakeServer | readonly FakeServer[],
  options: Partial<ServerOptions> = {},
  model = 'gemma',
): Promise<ServerTeacher> {
  const urls = [servers].flat().map(({ host }) => `http://${host}/v1`);
  const teacher = await openServer(`${urls.join(',')}#${model}`, { scenario, env: {}, retry: quick, ...options });
  opened.push(teacher);
  return teacher;
}

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error as PolicyError,
  );

/** n observations, contexts of every kind among them. */
function some(n: number): Observations {
  const contexts = [0, 0b000001001, 0b000010100, 0b010000000, 0b100101001];
  return observations(
    scenario,
    Array.from({ length: n }, (_, i) => scenario.traitSets[(i * 7) % 59]! | (contexts[i % 5]! << 7)),
  );
}
const truth = (batch: Observations, row: number, paraphrase = 0) =>
  oracleNumbers(promptOf(scenario, batch, row, paraphrase));
const buys = (answers: readonly Answer[]) => answers.map(({ probabilities }) => probabilities?.[1]);

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
    expect(alone.caveat).toMatch(/only its owner knows/);
  });
});

/** Ways to cut a number into tokens. */
const cuts: Readonly<Record<string, (text: string) => string[]>> = {
  'digit by digit': (text) => [...text],
  'in groups of digits': (text) => text.match(/ |\d{1,3}|\./g) ?? [],
  'with the space': (text) => text.match(/ ?\d|\./g) ?? [],
  'up to the first decimal': (text) => text.match(/ ?\d\.\d|\d|\.| /g) ?? [],
};

describe('the mean of a number', () => {
  it.each(
    Object.keys(cuts).flatMap((name) => (['llama-server', 'vllm'] as const).map((kind) => [name, kind] as const)),
  )('is that of the oracle where numbers are cut %s, from %s', async (name, kind) => {
    const batch = some(40);
    const teacher = await teacherOf(await fake({ kind, cut: cuts[name] }));
    expect(teacher.decidesBy).toBe('expected');
    let exact = 0;
    for (const [row, { outcome, probabilities, distribution }] of (await teacher.ask(batch)).entries()) {
      const numbers = truth(batch, row);
      const known = readingOf(numbers);
      // Digits are listed all, of a hundred groups the twenty likeliest.
      const listed = [...numbers].sort((p, q) => q - p).slice(0, 20);
      const unlisted = name === 'in groups of digits' ? 1 - listed.reduce((sum, p) => sum + p, 0) : 0;
      const { missing } = distribution!;
      expect(outcome).toBe('ok');
      // What is not followed is less than a ten-thousandth.
      expect(missing).toBeLessThan(unlisted + 1e-4);
      expect(missing).toBeGreaterThan(unlisted - 1e-9);
      expect(Math.abs(probabilities![1]! - known.mean)).toBeLessThan(missing + 1e-9);
      if (missing > 0) continue;
      exact++;
      expect(Math.abs(probabilities![1]! - known.mean)).toBeLessThan(1e-9);
      expect(distribution!.sd).toBeCloseTo(known.distribution.sd, 9);
      expect(distribution!.entropy).toBeCloseTo(known.distribution.entropy, 9);
    }
    expect(exact).toBeGreaterThan(name === 'in groups of digits' ? 0 : 10);
  });

  it('follows digits for some questions more, and says what they cost together', async () => {
    const server = await fake();
    const teacher = await teacherOf(server);
    server.requests.length = 0;
    const [answer] = await teacher.ask(some(1));
    expect(server.chats.length).toBeGreaterThan(1);
    expect(server.chats.length).toBeLessThanOrEqual(12);
    expect(answer!.usage!.promptTokens).toBeGreaterThanOrEqual(60 * server.chats.length);
    expect(answer!.usage!.completionTokens).toBeGreaterThanOrEqual(server.chats.length);
    expect(answer!.reply).toBeUndefined();
    // A grammar would begin the reply anew.
    for (const { body } of server.chats) expect(body).not.toHaveProperty('response_format');
  });

  it('is read along one reply where a server begins each anew, if numbers are cut into few tokens', async () => {
    const lines: string[] = [];
    const server = await fake({ kind: 'ollama', cut: cuts['in groups of digits'] });
    const teacher = await teacherOf(server, { log: (line) => lines.push(line) });
    const batch = some(30);
    const answers = await teacher.ask(batch);
    expect(lines.join('\n')).toMatch(/begins every reply anew, so its numbers are read along one reply each/);
    for (const [row, { outcome, probabilities, distribution }] of answers.entries()) {
      expect(outcome).toBe('ok');
      expect(distribution!.missing).toBeLessThan(0.1);
      const { mean } = readingOf(truth(batch, row));
      expect(Math.abs(probabilities![1]! - mean)).toBeLessThan(distribution!.missing + 1e-9);
    }
  });

  it.each([
    [400, 'Assistant response prefill is incompatible with enable_thinking.'],
    [500, 'Jinja Exception: Conversation roles must alternate'],
  ])('is read along one reply where a server does not want one to be begun (%i)', async (status, message) => {
    const refuses = (body: { messages?: { role: string }[] } | undefined) =>
      body?.messages?.at(-1)?.role === 'assistant';
    const server = await fake({
      cut: cuts['in groups of digits'],
      fault: ({ body }) => (refuses(body) ? { status, body: { error: { message } } } : undefined),
    });
    const teacher = await teacherOf(server);
    expect(teacher.decidesBy).toBe('expected');
    server.requests.length = 0;
    const batch = some(3);
    for (const [row, { probabilities, distribution }] of (await teacher.ask(batch)).entries())
      expect(Math.abs(probabilities![1]! - readingOf(truth(batch, row)).mean)).toBeLessThan(
        distribution!.missing + 1e-9,
      );
    expect(server.chats).toHaveLength(3);
  });

  it('is refused where too much of it is missing, and the reason says how much', async () => {
    const teacher = await teacherOf(await fake({ kind: 'ollama' }));
    const batch = some(40);
    const answers = await teacher.ask(batch);
    const outcomes = new Set(answers.map(({ outcome }) => outcome));
    expect(outcomes).toContain('refused');
    answers.forEach(({ outcome, probabilities, distribution, reason }, row) => {
      // Along the likeliest reply only the second digits of the likeliest first digit are known.
      const firsts = Array.from({ length: 11 }, (_, d) =>
        truth(batch, row).reduce((sum, p, value) => sum + (Math.floor(value / 10) === d ? p : 0), 0),
      );
      const likeliest = truth(batch, row).indexOf(Math.max(...truth(batch, row)));
      const missing = 1 - firsts[Math.floor(likeliest / 10)]!;
      expect(distribution!.missing).toBeCloseTo(missing, 9);
      expect(outcome).toBe(missing > 0.1 ? 'refused' : 'ok');
      if (outcome === 'ok') return;
      expect(probabilities).toBeUndefined();
      expect(reason).toContain(`${Math.round(100 * missing)} % of the probability is missing, more than 10 %`);
      expect(reason).toContain('ask for "greedy"');
    });
  });

  it('is taken of what a short list shows, with what it does not', async () => {
    const batch = some(20);
    const teacher = await teacherOf(await fake({ kind: 'vllm', top: 5 }));
    const answers = await teacher.ask(batch);
    expect(answers.some(({ distribution }) => distribution!.missing > 0.001)).toBe(true);
    for (const [row, { distribution, probabilities, outcome }] of answers.entries()) {
      expect(outcome).toBe(distribution!.missing > 0.1 ? 'refused' : 'ok');
      if (outcome === 'ok')
        expect(Math.abs(probabilities![1]! - readingOf(truth(batch, row)).mean)).toBeLessThan(distribution!.missing);
    }
  });

  it.each([
    ['openai', 'gives no probabilities of tokens: You are not allowed to request logprobs from this model'],
    ['ollama', 'gives no probabilities of tokens (logprobs)'],
  ] as const)('is not there where a server of the kind %s lists no probabilities', async (kind, why) => {
    const lines: string[] = [];
    const server = await fake({ kind, logprobs: false });
    const teacher = await teacherOf(server, { log: (line) => lines.push(line) });
    expect(teacher.decidesBy).toBe('greedy');
    expect(lines).toContain(`gemma: decisions are greedy replies, as ${server.host} ${why}`);
    const batch = some(3);
    const error = await failed(teacher.ask(batch, { elicit: 'expected' }));
    expect(error).toMatchObject({ code: 'TEACHER_UNSUPPORTED' });
    expect(error!.message).toBe(`${server.host} cannot be asked for "expected": it ${why}; use "greedy" or "sample"`);
    const { outcomes, probabilities } = await teacher.decide(batch);
    expect(outcomes).toEqual(['ok', 'ok', 'ok']);
    expect(probabilities[1]).toBe(buys(await teacher.ask(slice(batch, 0, 1), { elicit: 'greedy' }))[0]);
  });

  it('is not there for three actions', async () => {
    const three = { ...scenario, id: 'three-v1', actions: ['wait', 'walk', 'run'] };
    const teacher = await teacherOf(await fake(), { scenario: three });
    expect(teacher.decidesBy).toBe('greedy');
    expect((await failed(teacher.ask(some(1))))!.message).toMatch(
      /^gemma@.* cannot be asked for "expected": three-v1 has 3 actions, not two; use "greedy" or "sample"$/,
    );
  });
});

describe('structured replies', () => {
  it.each([
    [['json_schema'], 'response_format json_schema', 1],
    [['json_object with schema', 'json_object'], 'response_format json_object with a schema', 2],
    [['guided_json'], 'guided_json', 3],
    [['json_object'], 'response_format json_object', 4],
    [[], 'no form', 5],
  ] as const)(
    'are asked for in a form that is understood (%j), found once and said once',
    async (forms, name, tries) => {
      const lines: string[] = [];
      const server = await fake({ forms });
      const teacher = await teacherOf(server, { log: (line) => lines.push(line) });
      server.requests.length = 0;
      await teacher.ask(some(1), { elicit: 'greedy' });
      expect(server.chats).toHaveLength(tries);
      await teacher.ask(some(20), { elicit: 'greedy', explain: true });
      expect(server.chats).toHaveLength(tries + 20);
      expect(lines.filter((line) => line.includes('is asked for JSON'))).toEqual([
        `${server.host} is asked for JSON by ${name}`,
      ]);
    },
  );

  it('find out together what is not understood', async () => {
    const server = await fake({ forms: ['json_object'], latency: 5 });
    const teacher = await teacherOf(server);
    const answers = await teacher.ask(some(8), { elicit: 'greedy' });
    expect(answers.map(({ outcome }) => outcome)).toEqual(Array(8).fill('ok'));
  });

  it('come from a server that knows nothing but what OpenAI does', async () => {
    const server = await fake({ kind: 'openai' });
    const teacher = await teacherOf(server);
    server.requests.length = 0;
    await teacher.ask(some(2), { elicit: 'sample' });
    for (const { body } of server.chats) {
      expect(body).toMatchObject({
        max_completion_tokens: expect.any(Number),
        response_format: { type: 'json_schema' },
      });
      expect(body).not.toHaveProperty('top_k');
    }
  });

  it.each([
    ['{"buy": 1.4, "explanation": ""}', 'unparsable', "the reply's number 1.4 is no probability"],
    ['{"buy": -0.2}', 'unparsable', "the reply's number -0.2 is no probability"],
    ['{"sell": 0.2}', 'unparsable', 'the reply names no probability'],
    ['I cannot say.', 'unparsable', 'the reply names no probability'],
    ['', 'unparsable', 'the reply is empty'],
  ])('that break what was promised are not taken for an answer: %j', async (reply, outcome, reason) => {
    const teacher = await teacherOf(await fake({ reply: () => reply }));
    const [answer] = await teacher.ask(some(1), { elicit: 'greedy' });
    expect(answer).toMatchObject({ outcome, reply, reason: expect.stringContaining(reason) });
    expect(answer!.probabilities).toBeUndefined();
  });

  it.each([
    ['{"buy": 0.7', { outcome: 'unparsable', reason: 'the reply was cut off within its number' }],
    [
      'I think that',
      { outcome: 'unparsable', reason: 'the reply was cut off: the reply names no probability: "I think that"' },
    ],
    ['{"buy": 0.74, "explanation": "It is so h', { outcome: 'ok', probabilities: [0.26, 0.74], rung: 'words' }],
    ['', { outcome: 'unparsable', reason: 'the reply is empty, its room was used up before it began' }],
  ])('that were cut off say so: %j', async (reply, expected) => {
    const change: FakeOptions['change'] = (answer) => {
      answer.choices[0].finish_reason = 'length';
      return answer;
    };
    const teacher = await teacherOf(await fake({ reply: () => reply, change }));
    expect((await teacher.ask(some(1), { elicit: 'greedy' }))[0]).toMatchObject(expected);
  });

  it.each([
    [
      'a refusal of the model',
      { message: { role: 'assistant', content: null, refusal: 'I will not.' } },
      'the model refused: "I will not."',
    ],
    ['a content filter', { finish_reason: 'content_filter' }, "the server's content filter kept the reply back"],
  ])('are refused by %s', async (_, more, reason) => {
    let refusing = false;
    const change: FakeOptions['change'] = (answer) => {
      if (refusing) Object.assign(answer.choices[0], more);
      return answer;
    };
    const teacher = await teacherOf(await fake({ change }));
    refusing = true;
    for (const elicit of ['greedy', 'expected'] as const) {
      const [answer] = await teacher.ask(some(1), { elicit });
      expect(answer).toMatchObject({ outcome: 'refused', reason });
    }
  });

  it('keep what the server bills, and the name of its build', async () => {
    const change: FakeOptions['change'] = (answer) => ({
      ...answer,
      system_fingerprint: 'fp_7',
      usage: { ...answer.usage, cost: 0.25 },
    });
    const server = await fake({ change });
    const teacher = await teacherOf(server);
    const [greedy] = await teacher.ask(some(1), { elicit: 'greedy' });
    expect(greedy).toMatchObject({ usage: { promptTokens: 60, cost: 0.25 }, device: `${server.host} (fp_7)` });
    server.requests.length = 0;
    const [expected] = await teacher.ask(some(1));
    expect(expected!.usage!.cost).toBe(0.25 * server.chats.length);
  });
});

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
      fault: () => (busy ? { status: 429, headers: { 'retry-after': '3600' }, body: { error: 'quota' } } : undefined),
    });
    const teacher = await teacherOf(server);
    busy = true;
    const error = await failed(teacher.ask(some(5), { elicit: 'greedy' }));
    expect(error).toMatchObject({
      code: 'TEACHER_CRASHED',
      message: `${server.host} is busy or broken (429: quota); 5 questions are open`,
    });
  });

  it('that cuts connections is asked again', async () => {
    let n = 0;
    const server = await fake({ fault: ({ path }) => (path !== '/v1/models' && n++ % 3 === 0 ? 'cut' : undefined) });
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
    expect(lines.join('\n')).toContain(`set aside, its questions go to ${two.host}`);
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
    const server = await fake({ latency: 3 });
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
    await setTimeout(10);
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
    // What had left already arrives.
    await setTimeout(100);
    const before = server.chats.length;
    expect(before).toBeLessThan(200);
    expect((await teacher.ask(some(1), { elicit: 'greedy' }))[0]!.outcome).toBe('ok');
    expect(server.chats.length).toBe(before + 1);
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
      /answered \/chat\/completions with HTML that is no JSON \("<!doctype html>/,
    ],
    ['nothing', '', /with something that is no JSON \(""\)/],
    ['another shape', { object: 'list', data: [] }, /answered with no chat completion: choices: .* \("\{\\?"object/],
    [
      'a message of parts',
      { choices: [{ message: { content: [{ text: '0.5' }] } }] },
      /choices\.0\.message\.content: /,
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

  it('does without a list of models where there is none', async () => {
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
    [302, 'TEACHER_UNSUPPORTED', /has moved \(302\); name its new address$/],
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

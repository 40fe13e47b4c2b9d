import { describe, expect, it } from 'vitest';
import type { FakeOptions, FakeRequest } from './fake-server.test-support.ts';
import { failed, fake, quick, some, teacherOf } from './teacher.test-support.ts';

/** Whether a question is about cheap offers, as some of the batch are. */
const isChosen = ({ body }: FakeRequest) => /likes sweets/.test(body?.messages?.[0]?.content ?? '');
const batch = some(24);

async function outcomesOf(options: FakeOptions) {
  const lines: string[] = [];
  const server = await fake(options);
  const teacher = await teacherOf(server, { log: (line) => lines.push(line) });
  const answers = await teacher.ask(batch, { elicit: 'greedy' });
  const chosen = new Set(server.chats.filter(isChosen).map(({ body }) => body.messages[0].content as string));
  return { answers, lines, chosen: chosen.size, rejects: answers.filter(({ outcome }) => outcome !== 'ok') };
}

describe('one question that a server does not answer', () => {
  it.each([
    [
      'a filter of Azure',
      { status: 400, body: { error: { message: 'The response was kept back.', code: 'content_filter' } } },
      'the server refused the question (400): The response was kept back.',
    ],
    [
      'a limit of length',
      { status: 400, body: { error: { message: "This model's maximum context length is 16 tokens." } } },
      "the server refused the question (400): This model's maximum context length is 16 tokens.",
    ],
    [
      'an error without a code',
      { status: 400, body: { error: { message: 'I do not like this one.' } } },
      'the server refused the question (400): I do not like this one.',
    ],
    [
      'a moderation with the status of a wrong key',
      { status: 403, body: { error: { code: 403, message: 'Your input was flagged.' } } },
      'the server refused the question (403): Your input was flagged.',
    ],
    [
      'a gateway whose server breaks down',
      { status: 502, body: 'Bad Gateway' },
      'the server fails at this question, while it answers others (502): Bad Gateway',
    ],
    [
      'a reply that breaks off with an error of its own',
      {
        status: 200,
        body: {
          choices: [{ message: { content: '' }, error: { code: 502, message: 'lost' }, finish_reason: 'error' }],
        },
      },
      'the server fails at this question, while it answers others (502): lost',
    ],
    [
      'a break-down',
      { status: 500, body: { error: { message: 'internal' } } },
      'the server fails at this question, while it answers others (500): internal',
    ],
  ] as const)('is one reject: %s', async (_, fault, reason) => {
    const { rejects, chosen, answers } = await outcomesOf({
      fault: (request) => (isChosen(request) ? fault : undefined),
    });
    expect(chosen).toBeGreaterThan(0);
    expect(rejects.length).toBeGreaterThan(0);
    expect(rejects.length).toBeLessThan(answers.length);
    for (const reject of rejects) expect(reject).toMatchObject({ outcome: 'refused', reason });
  });

  it.each([
    ['no choices', { choices: [] }, 'the server answered without a choice, as when a filter withholds the reply'],
    ['null', { choices: null }, 'the server answered without a choice, as when a filter withholds the reply'],
    [
      'no message',
      { choices: [{ index: 0, finish_reason: 'content_filter' }] },
      "the server's content filter kept the reply back",
    ],
    [
      'a filter in the words of Gemini',
      { choices: [{ message: { content: '' }, finish_reason: 'SAFETY' }] },
      "the server's content filter kept the reply back",
    ],
    [
      'a thought in a field of Ollama',
      { choices: [{ message: { content: '', thinking: '{"buy": 0.1}' }, finish_reason: 'stop' }] },
      'the reply is empty, and its thinking is not: the model thinks and does not come to an answer; turn its thinking off, or down',
    ],
    [
      'a reply that goes on after its object and was cut off',
      { choices: [{ message: { content: '{"buy": 0.4} and then' }, finish_reason: 'MAX_TOKENS' }] },
      'the reply was cut off: nothing follows what the model thought: "{"buy": 0.4} and then"',
    ],
    ['no content', { choices: [{ message: { role: 'assistant' }, finish_reason: 'stop' }] }, 'the reply is empty'],
    [
      'reasoning only',
      { choices: [{ message: { content: '', reasoning_content: '{"buy": 0.1}' }, finish_reason: 'length' }] },
      'the reply is empty, and its reasoning_content is not: the model thinks and does not come to an answer; turn its thinking off, or down',
    ],
    [
      'a tool call',
      { choices: [{ message: { content: null, tool_calls: [{ id: 'x' }] }, finish_reason: 'tool_calls' }] },
      'the reply is empty, and its tool_calls is not: the model calls a tool; serve it without tools',
    ],
  ])('is one reject: %s', async (_, more, reason) => {
    const { rejects, answers } = await outcomesOf({
      change: (answer, request) => (isChosen(request) ? { ...answer, ...more } : answer),
    });
    expect(rejects.length).toBeGreaterThan(0);
    expect(rejects.length).toBeLessThan(answers.length);
    for (const reject of rejects) expect(reject.reason).toBe(reason);
  });

  it('is not one where all fail alike', async () => {
    let broken = false;
    const server = await fake({
      fault: ({ path }) =>
        broken && path !== '/v1/models' ? { status: 400, body: { error: { message: 'no such thing' } } } : undefined,
    });
    const teacher = await teacherOf(server);
    broken = true;
    expect(await failed(teacher.ask(some(9), { elicit: 'greedy' }))).toMatchObject({ code: 'TEACHER_UNSUPPORTED' });
  });
});

describe('a limit', () => {
  it.each([
    [
      { error: { message: 'You exceeded your current quota.', code: 'insufficient_quota' } },
      /reports that the account's quota is used up \(429: You exceeded your current quota\.\); the answers so far are kept: raise the limit/,
    ],
    [
      { error: { message: 'Rate limit reached: 200 requests per day. Please try again in 7m12s.' } },
      /reports that the daily limit is reached \(429: Rate limit reached: 200 requests per day/,
    ],
  ])('that no pause lifts is named at once', async (body, message) => {
    let out = false;
    const server = await fake({
      fault: ({ path }) => (out && path !== '/v1/models' ? { status: 429, body } : undefined),
    });
    const teacher = await teacherOf(server, { slots: 1 });
    out = true;
    server.requests.length = 0;
    const error = await failed(teacher.ask(some(3), { elicit: 'greedy' }));
    expect(error).toMatchObject({ code: 'TEACHER_CRASHED', message: expect.stringMatching(message) });
    expect(server.chats).toHaveLength(1);
  });

  it('of some seconds is waited for', async () => {
    let n = 0;
    const body = { error: { message: 'Rate limit reached for requests per min. Please try again in 20ms.' } };
    const server = await fake({
      fault: ({ path }) => (path !== '/v1/models' && n++ === 0 ? { status: 429, body } : undefined),
    });
    const teacher = await teacherOf(server);
    expect((await teacher.ask(some(1), { elicit: 'greedy' }))[0]!.outcome).toBe('ok');
  });
});

describe('a server that loads its model', () => {
  it('is waited for longer than its tries would last, and says so once', async () => {
    const lines: string[] = [];
    let n = 0;
    const body = { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } };
    const server = await fake({ fault: () => (n++ < 20 ? { status: 503, body } : undefined) });
    const teacher = await teacherOf(server, { log: (line) => lines.push(line), retry: { ...quick, tries: 2 } });
    expect((await teacher.ask(some(1), { elicit: 'greedy' }))[0]!.outcome).toBe('ok');
    expect(lines.filter((line) => line.includes('loading'))).toEqual([
      `${server.host} is loading its model; waiting for it`,
    ]);
  });
});

describe('an answer in another shape', () => {
  it('is read as a stream, in parts and as a plain completion', async () => {
    const shapes: NonNullable<FakeOptions['change']>[] = [
      (answer) => {
        const [{ message, ...choice }] = answer.choices;
        return `data: ${JSON.stringify({ ...answer, choices: [{ ...choice, delta: message }] })}\n\ndata: [DONE]\n\n`;
      },
      (answer) => {
        const { message } = answer.choices[0];
        message.content = [
          { type: 'thinking', thinking: '0.1' },
          { type: 'text', text: message.content },
        ];
        return answer;
      },
      (answer) => ({ object: 'text_completion', choices: [{ text: answer.choices[0].message.content }] }),
    ];
    const usual = (await (await teacherOf(await fake())).ask(batch, { elicit: 'greedy' })).map(({ reply }) => reply);
    for (const change of shapes) {
      const server = await fake({ change });
      const teacher = await teacherOf(server);
      expect((await teacher.ask(batch, { elicit: 'greedy' })).map(({ reply }) => reply)).toEqual(usual);
      expect(server.chats.every(({ body }) => body.stream === false)).toBe(true);
    }
  });

  it('from another model is recorded, and said once', async () => {
    const lines: string[] = [];
    const server = await fake({ change: (answer) => ({ ...answer, model: 'gemma-2', system_fingerprint: 'fp_7' }) });
    const teacher = await teacherOf(server, { log: (line) => lines.push(line) });
    const [answer] = await teacher.ask(some(3), { elicit: 'greedy' });
    expect(answer!.device).toBe(`${server.host} (gemma-2, fp_7)`);
    expect(lines.filter((line) => line.includes('gemma-2'))).toEqual([
      `${server.host} was asked for gemma and reports that gemma-2 answers; labels have both names`,
    ]);
  });

  it('has the key in it nowhere, however it is repeated', async () => {
    const key = 'sk-very-secret-key-0123';
    const header = `Bearer ${key}`;
    const echo = `${header} ${Buffer.from(header).toString('base64')} ${encodeURIComponent(header)}`;
    const server = await fake({ reply: () => JSON.stringify({ buy: 0.5, explanation: echo }) });
    const teacher = await teacherOf(server, { env: { UNDERSTUDY_API_KEY: key } });
    const [answer] = await teacher.ask(some(1), { elicit: 'greedy', explain: true });
    expect(answer).toMatchObject({ outcome: 'ok', explanation: 'Bearer … QmVhcmVyIH… Bearer%20…' });
    expect(JSON.stringify(answer)).not.toContain('very');
  });
});

describe('log-probabilities', () => {
  const changed = (of: (logprob: number) => number | null | string): FakeOptions => ({
    kind: 'ollama',
    cut: (number) => number.match(/ |\d{1,3}|\./g) ?? [],
    change: (answer) => {
      for (const token of answer.choices[0].logprobs?.content ?? []) {
        token.logprob = of(token.logprob);
        for (const other of token.top_logprobs) other.logprob = of(other.logprob);
      }
      return answer;
    },
  });

  it.each([
    ['as probabilities', Math.exp, /lists .* as the logarithm of a probability, which cannot be positive/],
    [
      'to the base 10',
      (log: number) => log / Math.LN10,
      /lists probabilities for one place that sum to .*, more than 1/,
    ],
  ])('%s are no distribution: the teacher decides greedily and says why', async (_, of, why) => {
    const lines: string[] = [];
    const teacher = await teacherOf(await fake(changed(of)), { log: (line) => lines.push(line) });
    expect(teacher.decidesBy).toBe('greedy');
    expect(lines.join('\n')).toMatch(why);
    const error = await failed(teacher.ask(some(1), { elicit: 'expected' }));
    expect(error).toMatchObject({ code: 'TEACHER_UNSUPPORTED', message: expect.stringMatching(/use "greedy"/) });
  });

  it('after a temperature of 0 are no distribution either', async () => {
    const lines: string[] = [];
    const server = await fake({
      kind: 'ollama',
      change: (answer) => {
        for (const token of answer.choices[0].logprobs?.content ?? []) {
          token.logprob = 0;
          for (const other of token.top_logprobs) other.logprob = other.token === token.token ? 0 : -9999;
          token.top_logprobs.push({ token: 'x', logprob: -9999 });
        }
        return answer;
      },
    });
    const teacher = await teacherOf(server, { log: (line) => lines.push(line) });
    expect(teacher.decidesBy).toBe('greedy');
    expect(lines.join('\n')).toMatch(/lists every token as certain at \d questions, as after a temperature of 0$/m);
  });

  it('that are null or minus infinity are probabilities of 0', async () => {
    for (const nothing of [null, '-Infinity']) {
      const server = await fake({
        kind: 'ollama',
        cut: (number) => number.match(/ |\d{1,3}|\./g) ?? [],
        change: (answer) => {
          for (const token of answer.choices[0].logprobs?.content ?? [])
            token.top_logprobs.push({ token: '13', logprob: nothing });
          return answer;
        },
      });
      const teacher = await teacherOf(server);
      expect(teacher.decidesBy).toBe('expected');
      expect(new Set((await teacher.ask(batch)).map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
    }
  });

  it('that a reply contradicts give no mean', async () => {
    let opened = false;
    const server = await fake({
      kind: 'ollama',
      cut: (number) => number.match(/ |\d{1,3}|\./g) ?? [],
      change: (answer) => {
        if (opened) answer.choices[0].message.content = '{"skip": 1.00, "buy": 0.00}';
        return answer;
      },
    });
    const teacher = await teacherOf(server);
    opened = true;
    const answers = await teacher.ask(batch);
    expect(
      answers.some(({ reason }) => reason?.startsWith("the reply says 0, which is impossible by the server's own")),
    ).toBe(true);
  });
});

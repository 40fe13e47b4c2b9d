import { describe, expect, it } from 'vitest';
import type { FakeOptions } from './fake-server.test-support.ts';
import { fake, some, teacherOf } from './teacher.test-support.ts';

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
    ['{"buy": 1.4, "explanation": ""}', 'unparsable', "the reply's number 1.4 is not a probability"],
    ['{"buy": -0.2}', 'unparsable', "the reply's number -0.2 is not a probability"],
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
    ['{"buy": 0.7', { outcome: 'unparsable', reason: 'the reply was cut off within its number: "{"buy": 0.7"' }],
    [
      'I think that',
      { outcome: 'unparsable', reason: 'the reply was cut off: the reply names no probability: "I think that"' },
    ],
    ['{"buy": 0.74, "explanation": "It is so h', { outcome: 'ok', probabilities: [0.26, 0.74], rung: 'object' }],
    ['', { outcome: 'unparsable', reason: 'the reply is empty: its token limit was reached before it began' }],
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

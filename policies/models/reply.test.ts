import { describe, expect, it } from 'vitest';
import { readReply } from './reply.ts';

const two = ['skip', 'buy'];
const three = ['wait', 'walk', 'run'];
const buy = (reply: string, cut = false) => readReply(reply, two, cut).probabilities?.[1];
const reasonOf = (reply: string, cut = false) => readReply(reply, two, cut).reason!.split(': "')[0];

describe('readReply', () => {
  it('reads strict JSON, with the explanation', () => {
    const reply = '{"buy": 0.74, "explanation": "It is \\"hot\\"."}';
    expect(readReply(reply, two)).toEqual({
      outcome: 'ok',
      probabilities: [0.26, 0.74],
      explanation: 'It is "hot".',
      reply,
      rung: 'json',
    });
  });

  it.each([
    ['Sure! {"buy": 0.74} I hope that helps', 0.74],
    ['```json\n{"buy": 0.5, "explanation": "braces } in \\" strings {"}\n```', 0.5],
    ['{ not this } but {"buy": 0.25}', 0.25],
    ['{"buy": .1, "explanation": "unlikely"}', 0.1],
    ['{"buy": .0}', 0],
    ['{"buy": 0.85,}', 0.85],
    ['{"buy": "0.85"}', 0.85],
    ['{"buy": "85%"}', 0.85],
    ['{"buy": "eighty-five percent"}', 0.85],
    ['{"buy": 0.5 %}', 0.005],
    ['{"buy": 5e-1, "x": ]}', 0.5],
    ['{"buy": 0,75, "explanation": "x"}', 0.75],
    ['{"buy": 1/10, "explanation": "1 in 10"}', 0.1],
    ['{"Buy": 0.85}', 0.85],
    ['{buy: 0.85}', 0.85],
    ["{'buy': 0.85, 'explanation': 'it's hot, in 2 hours'}", 0.85],
    ['{“buy”: 0.85}', 0.85],
    ['{"buy": 0.85 "explanation": "x"}', 0.85],
    ['{"buy": 0.85, // likely\n"explanation": "x"}', 0.85],
    ['{"buy": 0.85, "explanation": "hot', 0.85],
    ['{"buy": 0.8, "explanation": "She said "yes" to 2 scoops"}', 0.8],
    ['{"buy": 0.9, "explanation": "a form like "buy": 0.1 is silly"}', 0.9],
    ['{"answer": {"buy": 0.85}}', 0.85],
    ['[{"buy": 0.85}]', 0.85],
    ['"{\\"buy\\": 0.85}"', 0.85],
    ['{"skip": 0.3}', 0.7],
    ['{"skip": 0.3, "buy": 0.7, }', 0.7],
    ['{"buy": 0.8, "why": {"buy": "It is hot."}, }', 0.8],
    ['{"reply": 1} {"buy": 0.85}', 0.85],
    ['{"buy": 0.85} {"buy": 0.85}', 0.85],
    ['{"buy": 0.85}<|im_end|>\n<|im_start|>user\n{"buy": 0.1}', 0.85],
  ])('reads the object in %j', (reply, p) => {
    expect(readReply(reply, two)).toMatchObject({ outcome: 'ok', rung: 'object', reply });
    expect(buy(reply)).toBe(p);
  });

  it.each([
    ['{"buy": "high"}', 'the reply names no probability'],
    ['{"buy": null}', 'the reply names no probability'],
    ['{"buy": true}', 'the reply names no probability'],
    ['{"buy": [0.85]}', 'the reply names no probability'],
    ['{"buy": {"value": 0.85}}', 'the reply names no probability'],
    ['{"buy": }', 'the reply names no probability'],
    ['{"buy": 0.2-0.4}', 'the reply names no probability'],
    ['{"buy": 0.2 or 0.4}', 'the reply names no probability'],
    ['{"buy": 0.2, 0.4}', 'the reply names no probability'],
    ['{"buy": 0, 75}', 'the reply names no probability'],
    ['{"buy": 1,000}', 'the reply names no probability'],
    ['{"buy": >0.9}', 'the reply names no probability'],
    ['{"buy": 0.85 ml}', 'the reply names no probability'],
    ['{"buy": 0x1}', 'the reply names no probability'],
    ['{"buy": −0.2}', 'the reply names no probability'],
    ['{"buy": "not 0.85"}', 'the reply names no probability'],
    ['{"sell": 0.5}', 'the reply names no probability'],
    ['{"probability": 0.5}', 'the reply names no probability'],
    ['{"buy": 1.4}', "the reply's number 1.4 is not a probability"],
    ['{"buy": -0.2}', "the reply's number -0.2 is not a probability"],
    ['{"buy": 85}', "the reply's number 85 is not a probability"],
    ['{"buy": "85"}', "the reply's number 85 is not a probability"],
    ['140%', "the reply's number 1.4 is not a probability"],
    ['{"buy": 0.2, "buy": 0.9}', 'the reply names several probabilities, 0.2 and 0.9'],
    ['{"buy": 0.2, "Buy": 0.9}', 'the reply names several probabilities, 0.2 and 0.9'],
    ['{"buy": 0.2} {"buy": 0.9}', 'the reply names several probabilities, 0.2 and 0.9'],
    ['[{"buy": 0.2}, {"buy": 0.9}]', 'the reply names several probabilities, 0.2 and 0.9'],
    ['{"buy": 0.9, "skip": 0.9}', "the reply's probabilities sum to 1.8, not to 1"],
    ['{"buy": 0.1}. No, wait: 0.9', 'the reply names 0.9 after its object'],
    ['{"buy": 0.85} %', 'the reply names % after its object'],
    ['{"buy": 0.7', 'the reply was cut off within its number'],
    ['{"buy": 0,', 'the reply was cut off within its number'],
    ['', 'the reply names no probability'],
  ])('gives no decision for %j and says why', (reply, reason) => {
    expect(readReply(reply, two)).toEqual({ outcome: 'unparsable', reply, reason: `${reason}: "${reply}"` });
  });

  it.each([
    'You asked for JSON like {"buy": 0.00, "explanation": "one sentence"}. Here it is:\n```json\n{"buy": 0.85, "explanation": "hot"}\n```',
    'Format {"buy": 0.00, "explanation": ""}. Mine: {"buy": 0.85, "explanation": "x"}',
    '{"buy": a number from 0.00 to 1.00, "explanation": one sentence}\n{"buy": 0.85, "explanation": "hot"}',
    '{"buy": 0.5, "explanation": "..."} {"buy": 0.85, "explanation": "hot"}',
    '{"type": "object", "properties": {"buy": {"type": "number"}}} {"buy": 0.85}',
    'Here is my answer in the requested format: {"buy": 0.85}',
    'Here is the JSON that you asked for:\n{"buy": 0.85}',
  ])('takes the answer, not the form of it: %j', (reply) => expect(buy(reply)).toBe(0.85));

  it.each([
    '{"buy": 0.00, "explanation": "one sentence"}',
    'The form is {"buy": 0.5, "explanation": "why"}. I cannot tell.',
    'I would reply with something like {"buy": 0.5}',
    'For example: {"buy": 0.5, "explanation": "It is hot."}',
    'Draft: {"buy": 0.5}',
  ])('takes no form for an answer: %j', (reply) =>
    expect(reasonOf(reply)).toBe('the reply shows a form or a draft, not an answer'),
  );

  it.each([
    ['{"buy": 0.74}', 0.74],
    ['Well, {"buy": 0.74}', 0.74],
    ['{"buy": 0.74, "explanation": "It is so h', 0.74],
    ['```json\n{"buy": 0.74, "explanation": "It is so h', 0.74],
    ['{"buy": 0.7', undefined],
    ['{"buy": 0.5} is the form; now let me', undefined],
    ['Let me see: in {"buy": 0.5, "explanation": "wh', undefined],
    ['0.7', undefined],
    ['70 %', undefined],
  ])('counts only an object at the end of a reply that was cut off: %j', (reply, p) =>
    expect(buy(reply, true)).toBe(p),
  );

  it('leaves out what a model thinks before it answers', () => {
    const thought = '<think>\nMaybe {"buy": 0.10, "explanation": "a draft"}?\n</think>\n\n';
    expect(readReply(`${thought}{"buy": 0.85, "explanation": "hot"}`, two)).toMatchObject({
      probabilities: [0.15, 0.85],
      explanation: 'hot',
      rung: 'object',
    });
    expect(reasonOf(thought)).toBe('the reply holds reasoning only');
  });

  it.each([
    ['Skip: 0.9', 0.1],
    ['chance of skipping 90%', 0.1],
    ['Probability of not buying: 0.3', 0.7],
    ['buy: 0.7', 0.7],
  ])('reads a number in words for the action that it is said of: %j', (reply, p) => {
    expect(readReply(reply, two)).toMatchObject({ rung: 'words' });
    expect(buy(reply)).toBe(p);
  });

  it('quotes the start of a long reply', () => {
    const { reason, reply } = readReply('la '.repeat(200), two);
    expect(reply).toHaveLength(600);
    expect(reason!.length).toBeLessThan(180);
  });

  it('gives the first of three actions the rest', () => {
    expect(readReply('{"walk": 0.2, "run": 0.3}', three).probabilities).toEqual([0.5, 0.2, 0.3]);
    expect(readReply('{"wait": 0.33, "walk": 0.33, "run": 0.33}', three).probabilities).toEqual([0.34, 0.33, 0.33]);
    expect(readReply('{"Walk": "20%", "run": 0.3}', three).probabilities).toEqual([0.5, 0.2, 0.3]);
    expect(readReply('{"walk": 0.2}', three).reason).toBe('the reply names no probability for run: "{"walk": 0.2}"');
    expect(readReply('{"walk": 0.2, "run": null}', three).reason).toMatch(/^the reply names no probability for run:/);
    expect(readReply('{"wait": 0.8, "walk": 0.2}', three).outcome).toBe('unparsable');
    expect(readReply('{"walk": 0.8, "run": 0.3}', three).reason).toMatch(/sum to 1.1, more than 1/);
    expect(readReply('{"wait": 0.9, "walk": 0.2, "run": 0.3}', three).reason).toMatch(/sum to 1.4, not to 1/);
    expect(readReply('20%', three).outcome).toBe('unparsable');
  });

  // Linear readers take a fraction of a second; quadratic ones, minutes.
  it.each(['{', '{"', '{"buy":', '3', '"', '<think>', '<x>', '</x>', '{"buy": 0.1} ', '[', '\\', ' ', '{"a": 1, '])(
    'reads 300,000 characters of %j',
    (piece) => {
      const began = performance.now();
      readReply(piece.repeat(3e5 / piece.length), two);
      expect(performance.now() - began).toBeLessThan(10_000);
    },
    60_000,
  );

  it('reads no book', () => {
    expect(reasonOf('{'.repeat(1e6))).toBe('the reply is too long to be an answer, 1,000,000 characters');
    expect(buy(`<think>${'hm '.repeat(60_000)}</think>{"buy": 0.85}`)).toBe(0.85);
  });
});

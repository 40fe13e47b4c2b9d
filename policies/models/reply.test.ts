import { describe, expect, it } from 'vitest';
import { readReply } from './reply.ts';

const two = ['skip', 'buy'];
const three = ['wait', 'walk', 'run'];

describe('readReply', () => {
  it('reads strict JSON, with the explanation', () => {
    const reply = '{"buy": 0.74, "explanation": "It is hot."}';
    expect(readReply(reply, two)).toEqual({
      outcome: 'ok',
      probabilities: [0.26, 0.74],
      explanation: 'It is hot.',
      reply,
      rung: 'json',
    });
  });

  it.each([
    ['Sure! {"buy": 0.74} I hope that helps {"buy": 1}', 0.74, 'object'],
    ['```json\n{"buy": 0.5, "explanation": "braces } in \\" strings {"}\n```', 0.5, 'object'],
    ['{ not this } but {"buy": 0.25}', 0.25, 'words'],
    ['74%', 0.74, 'words'],
    ['I would say 12.5 per cent.', 0.125, 'words'],
    ['Seventy-four percent', 0.74, 'words'],
    ['about twenty percent', 0.2, 'words'],
    ['a hundred percent', 1, 'words'],
    ['zero point seven five', 0.75, 'words'],
    ['The probability is 0.3', 0.3, 'words'],
    ['50 percent, that is 0.5', 0.5, 'words'],
    ['{"buy": 0.7', 0.7, 'words'],
  ])('reads %j', (reply, p, rung) => {
    const answer = readReply(reply, two);
    expect(answer).toMatchObject({ outcome: 'ok', rung, reply });
    expect(answer.probabilities![1]).toBe(p);
  });

  it.each([
    ['maybe', 'the reply names no probability: "maybe"'],
    ['', 'the reply names no probability: ""'],
    ['{"sell": 0.5}', 'the reply names no probability: "{"sell": 0.5}"'],
    ['{"buy": "high"}', 'the reply names no probability: "{"buy": "high"}"'],
    ['0.3 or 0.4', 'the reply names no probability: "0.3 or 0.4"'],
    ['five hundred percent', 'the reply names no probability: "five hundred percent"'],
    ['{"buy": 1.4}', 'the reply\'s number 1.4 is no probability: "{"buy": 1.4}"'],
    ['{"buy": -0.2}', 'the reply\'s number -0.2 is no probability: "{"buy": -0.2}"'],
    ['140%', 'the reply\'s number 1.4 is no probability: "140%"'],
  ])('gives no decision for %j and says why', (reply, reason) => {
    expect(readReply(reply, two)).toEqual({ outcome: 'unparsable', reply, reason });
  });

  it('quotes the start of a long reply', () => {
    const { reason, reply } = readReply('la '.repeat(200), two);
    expect(reply).toHaveLength(600);
    expect(reason!.length).toBeLessThan(180);
  });

  it('gives the first of three actions the rest', () => {
    expect(readReply('{"walk": 0.2, "run": 0.3}', three).probabilities).toEqual([0.5, 0.2, 0.3]);
    expect(readReply('{"walk": 0.2}', three).reason).toBe('the reply names no probability for run: "{"walk": 0.2}"');
    expect(readReply('{"walk": 0.8, "run": 0.3}', three).reason).toMatch(/sum to 1.1, more than 1/);
    expect(readReply('20%', three).outcome).toBe('unparsable');
  });
});

import { describe, expect, it } from 'vitest';
import type { Answer } from '../../policies/policy.ts';
import { accountsOf, costsOf, reasonsOf } from './manifest.ts';

const said = (device: string, promptTokens: number, completionTokens: number, cost?: number): Answer => ({
  outcome: 'ok',
  probabilities: [0.5, 0.5],
  rung: 'json',
  device,
  usage: { promptTokens, completionTokens, ...(cost !== undefined && { cost }) },
});

describe('accounts', () => {
  it('count outcomes and rungs, those that never occurred too', () => {
    const answers: Answer[] = [
      said('a', 1, 1),
      { outcome: 'ok', probabilities: [0, 1], rung: 'words' },
      { outcome: 'ok', probabilities: [0, 1] },
      { outcome: 'unparsable', reply: 'maybe', rung: 'object' },
    ];
    expect(accountsOf(answers)).toEqual({
      outcomes: { ok: 3, unparsable: 1, refused: 0, timeout: 0, missing: 0 },
      rungs: { json: 1, object: 0, words: 1 },
    });
  });
});

describe('costs', () => {
  it('add up tokens, money and devices', () => {
    expect(costsOf([said('cuda', 100, 10, 0.5), said('CPU', 50, 5, 0.25), said('CPU', 50, 5, 0)])).toEqual({
      devices: { CPU: 2, cuda: 1 },
      tokens: { prompt: 200, completion: 20 },
      cost: 0.75,
      energy: null,
      unknown: { energy: 'not measured' },
    });
  });

  it('are null with the reason where no answer says them, and said to be in part where some do', () => {
    const answers: Answer[] = [said('CPU', 50, 5), { outcome: 'timeout' }, { outcome: 'timeout' }];
    expect(costsOf(answers)).toEqual({
      devices: { CPU: 1 },
      tokens: { prompt: 50, completion: 5 },
      cost: null,
      energy: null,
      unknown: {
        energy: 'not measured',
        devices: '2 answers do not say what ran the model',
        tokens: '2 answers do not say how many tokens it took',
        cost: 'no answer says what it cost',
      },
    });
  });
});

describe('reasons', () => {
  it('are counted without what differs from one reject to the next', () => {
    const rejects = [
      { outcome: 'unparsable', reason: 'the reply names no probability: "maybe: 3"' },
      { outcome: 'unparsable', reason: 'the reply names no probability: "no"' },
      { outcome: 'unparsable', reason: 'the reply\'s number 1.5 is not a probability: "1.5"' },
      { outcome: 'unparsable', reason: 'the reply\'s number -2 is not a probability: "-2"' },
      { outcome: 'timeout' },
      { outcome: 'missing', reason: '/a/path: has no decision for: cheap' },
    ] as const;
    expect(reasonsOf(rejects)).toEqual({
      'unparsable: the reply names no probability': 2,
      "unparsable: the reply's number N is not a probability": 2,
      timeout: 1,
      missing: 1,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { certaintyOf, faultIn, isBinary } from './number-check.ts';
import type { TokenChoice } from './number-weights.ts';

const place = (token: string, logprobs: Readonly<Record<string, number>>): TokenChoice => ({
  token,
  logprob: logprobs[token]!,
  alternatives: Object.entries(logprobs).map(([name, logprob]) => ({ token: name, logprob })),
});
const shares = { '8': 0.5, '7': 0.3, '9': 0.2 };
const written = (of: (p: number) => number) =>
  place('8', Object.fromEntries(Object.entries(shares).map(([token, p]) => [token, of(p)])));

describe('probabilities that a server lists', () => {
  it('are those of a distribution as natural logarithms, with null for nothing and rounding', () => {
    expect(faultIn([written(Math.log)])).toBeUndefined();
    expect(faultIn([place('8', { '8': 1e-6, '7': Number.NEGATIVE_INFINITY })])).toBeUndefined();
    const twice = place('8', { '8': Math.log(0.5) });
    expect(faultIn([{ ...twice, alternatives: [...twice.alternatives, { token: '8', logprob: Math.log(0.4) }] }])).toBe(
      undefined,
    );
  });

  it('are not where they are no logarithms, those to the base 10, or those of another place', () => {
    expect(faultIn([written((p) => p)])).toBe('lists 0.5 as the logarithm of a probability, which cannot be positive');
    // .5^.434 + .3^.434 + .2^.434
    expect(faultIn([written(Math.log10)])).toBe('lists probabilities for one place that sum to 1.83, more than 1');
    const alternatives = ['0', '1', '2'].map((token) => ({ token, logprob: Math.log(1 / 3) }));
    expect(faultIn([{ token: '8', logprob: Math.log(0.6), alternatives }])).toMatch(/sum to 1.6, more than 1/);
  });
});

describe('logarithms to the base 2', () => {
  const places = [
    [0.9, 0.1],
    [0.6, 0.3, 0.1],
    [0.5, 0.5],
    [0.7, 0.2, 0.1],
  ];
  const listed = (log: (p: number) => number, most = 20) =>
    places.map((chances) => place('0', Object.fromEntries(chances.slice(0, most).map((p, i) => [String(i), log(p)]))));

  it('are told by places that they fill and natural ones would not', () => {
    expect(isBinary(listed(Math.log2))).toBe(true);
    expect(isBinary(listed(Math.log))).toBe(false);
  });

  it('are not seen in short lists of natural ones, nor in one place', () => {
    expect(isBinary(listed(Math.log, 1))).toBe(false);
    expect(isBinary(listed(Math.log2).slice(0, 2))).toBe(false);
    expect(isBinary([])).toBe(false);
  });
});

describe('a number', () => {
  const path = (...tokens: TokenChoice[]) => ({ after: '', tokens });

  it('is certain where each of its digits is and all others are impossible', () => {
    const sure = path(place('0', { '0': 0, '1': -9999 }), place('.', { '.': 0 }), place('8', { '8': 0, '7': -9999 }));
    expect(certaintyOf(sure)).toBe('impossible');
    const nulls = path(place('0', { '0': 0, '1': Number.NEGATIVE_INFINITY }), place('8', { '8': 0 }));
    expect(certaintyOf(nulls)).toBe('unlisted');
    // Divided by a temperature of 0.01, a difference of 3 in logits is one of 300.
    const cold = path(place('0', { '0': 0, '1': -300 }), place('8', { '8': -1e-11, '7': -25 }));
    expect(certaintyOf(cold)).toBe('impossible');
  });

  it('is not where one digit could be another, however unlikely', () => {
    expect(certaintyOf(path(place('0', { '0': 0, '1': -9999 }), place('8', { '8': 0, '7': -20 })))).toBeUndefined();
    expect(certaintyOf(path(written(Math.log)))).toBeUndefined();
    expect(certaintyOf(path())).toBeUndefined();
  });
});

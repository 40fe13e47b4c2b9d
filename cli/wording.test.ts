import { expect, it } from 'vitest';
import { duration } from '../report/planned.ts';
import { amount, decimal, facts, table } from './wording.ts';

it.each([
  [0.04, '0.0 s'],
  [9.94, '9.9 s'],
  [42.4, '42 s'],
  [59.6, '1 min 00 s'],
  [185, '3 min 05 s'],
  [7800, '2 h 10 min'],
  [Number.POSITIVE_INFINITY, '?'],
])('%d seconds are %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

it('counts have their thousands apart, sizes the unit that suits them', () => {
  expect(amount(16_992)).toBe('16,992');
  expect([500, 480_000, 2_490_000_000].map((bytes) => amount(bytes, 'bytes'))).toEqual(['1 kB', '480 kB', '2.49 GB']);
});

it('a statistic that is undefined says so', () => {
  expect([0.0387, -0.5, 1.2, 0, undefined, null, Number.NaN].map((value) => decimal(value))).toEqual([
    '.0387',
    '-.5000',
    '1.2000',
    '.0000',
    'undefined',
    'undefined',
    'undefined',
  ]);
});

it('a table aligns its first column to the left and the others to the right', () => {
  expect(
    table([
      ['mlp', '.01', '7'],
      ['logistic', '.0115', '12'],
    ]),
  ).toEqual(['mlp         .01   7', 'logistic  .0115  12']);
  expect(table([])).toEqual([]);
});

it('facts are named on the left', () => {
  expect(
    facts([
      ['sales', '14,975'],
      ['ticks', '30'],
    ]),
  ).toEqual(['  sales  14,975', '  ticks  30']);
  expect(facts([])).toEqual([]);
});

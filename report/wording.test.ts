import { describe, expect, it } from 'vitest';
import { fixed, groupName, listed, percent, pValue, short, withInterval } from './wording.ts';

describe('numbers in words', () => {
  it('keep two significant digits and no exponent', () => {
    expect([0.00123, 0.5, 1.5, -0.0421, 0, 1e-9].map((value) => short(value))).toEqual([
      '0.0012',
      '0.50',
      '1.50',
      '−0.042',
      '0',
      '0.0000000010',
    ]);
  });

  it('that are not there are a dash', () => {
    const nothing = [short(undefined), short(null), short(Number.NaN), fixed(Number.NaN, 3), percent(Number.NaN)];
    expect(nothing).toEqual(['–', '–', '–', '–', '–']);
    expect(withInterval(Number.NaN, { lower: 0, upper: 1 })).toBe('–');
    expect(short(Number.NEGATIVE_INFINITY)).toBe('−∞');
  });

  it('that round to 0 have no sign', () => {
    expect([fixed(-0.0001, 3), fixed(-0.002, 3)]).toEqual(['0.000', '−0.002']);
  });

  it.each([
    [0, '0 %'],
    [0.0004, '0.0 %'],
    [0.05, '5.0 %'],
    [0.0994, '9.9 %'],
    [0.0999, '10 %'],
    [0.42, '42 %'],
    [0.9, '90 %'],
    [0.95, '95.0 %'],
    [0.974, '97.4 %'],
    [0.99, '99.0 %'],
    [0.9961, '99.61 %'],
    [0.99975, '99.97 %'],
    [0.999999, '99.99 %'],
    [1, '100 %'],
    [1.2, '120 %'],
    [-0.02, '−2.0 %'],
    [-0.4, '−40 %'],
  ])('the share %d is %s', (share, words) => {
    expect(percent(share)).toBe(words);
  });

  it('of tests are bounded where they are tiny', () => {
    expect([0.0004, 0.02, 0.2, 1].map(pValue)).toEqual(['< 0.001', '= 0.020', '= 0.20', '= 1.00']);
  });
});

it('names are listed with an and', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c']);
});

it('a group is named by its phrase, or by how many phrases it has', () => {
  expect(groupName('trait', 'likes ice cream')).toBe('likes ice cream');
  expect(groupName('contexts', '0')).toBe('no context');
  expect(groupName('traits', '1')).toBe('1 trait');
  expect(groupName('contexts', '3')).toBe('3 contexts');
});

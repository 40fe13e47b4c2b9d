import { expect, it } from 'vitest';
import { readingOf } from './number-distribution.ts';

const weights = (entries: Readonly<Record<number, number>>) => Array.from({ length: 101 }, (_, i) => entries[i] ?? 0);

it('reads a fair coin between 0.25 and 0.75 as a half, with the spread and the entropy of a coin', () => {
  const { mean, distribution } = readingOf(weights({ 25: 0.5, 75: 0.5 }));
  expect(mean).toBeCloseTo(0.5, 12);
  expect(distribution.sd).toBeCloseTo(0.25, 12);
  expect(distribution.entropy).toBeCloseTo(Math.LN2, 12);
  expect(distribution.missing).toBe(0);
});

it('has the entropy of 101 equal numbers where nothing is known, and none where all is', () => {
  expect(readingOf(new Array(101).fill(1 / 101)).distribution.entropy).toBeCloseTo(Math.log(101), 12);
  expect(readingOf(weights({ 30: 1 })).distribution).toEqual({ sd: 0, entropy: 0, missing: 0 });
});

it('renormalises what was seen and says how much was not', () => {
  const { mean, distribution } = readingOf(weights({ 20: 0.3, 40: 0.3 }));
  expect(mean).toBeCloseTo(0.3, 12);
  expect(distribution.sd).toBeCloseTo(0.1, 12);
  expect(distribution.missing).toBeCloseTo(0.4, 12);
});

import { describe, expect, it } from 'vitest';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { onPolicyError, sampleVisited } from './on-policy-error.ts';
import type { Visits } from './visits.ts';

const [bold, shy, hungry] = [1, 2, 5];
const visitsAt = (counts: Record<number, number>, yes: (mask: number) => number): Visits => ({
  masks: Uint32Array.from(Object.keys(counts).map(Number)),
  counts: Float64Array.from(Object.values(counts)),
  agents: Object.values(counts).reduce((sum, count) => sum + count, 0),
  ticks: 1,
  decided: (mask) => Float64Array.of(1 - yes(mask), yes(mask)),
});
const visits = visitsAt({ [bold]: 5, [shy]: 3, [hungry]: 2 }, (mask) => (mask === shy ? 0.9 : 0.5));
const says = (p: number) => Float64Array.of(1 - p, p);
const none = () => false;

describe('the error where a population goes', () => {
  const answers = new Map([
    [bold, says(0.6)],
    [shy, says(0.6)],
  ]);

  it('weighs each state by its visits and says which share of them it speaks for, by hand', () => {
    const found = onPolicyError(visits, { answers, learned: (mask) => mask === shy, seed: 1 });
    expect(found.mse).toBeCloseTo((5 * 0.01 + 3 * 0.09) / 8, 12);
    expect(found.mseUnseen).toBeCloseTo(0.01, 12);
    expect(found).toMatchObject({ covered: 0.8, visited: 3, states: 2, seenInTraining: 0.3 });
    expect(found.lower).toBeCloseTo(0.01, 12);
    expect(found.upper).toBeCloseTo(0.09, 12);
  });

  it('is the mean over the actions but the default one if there are several', () => {
    const three = { ...visits, decided: () => Float64Array.of(0.3, 0.5, 0.2) };
    const one = new Map([[bold, Float64Array.of(0, 0.6, 0.4)]]);
    expect(onPolicyError(three, { answers: one, learned: none, seed: 1 }).mse).toBeCloseTo((0.01 + 0.04) / 2, 12);
  });

  it('is undefined if no visited state has an answer, or the policy gave none', () => {
    const found = onPolicyError(visits, { answers: new Map(), learned: none, seed: 1 });
    expect([found.mse, found.lower, found.covered, found.states]).toEqual([Number.NaN, Number.NaN, 0, 0]);
    const silent = { ...visits, decided: () => Float64Array.of(Number.NaN, Number.NaN) };
    expect(onPolicyError(silent, { answers, learned: none, seed: 1 })).toMatchObject({ mse: Number.NaN, covered: 0 });
  });

  it('is NaN over the unseen visits if every state was seen', () => {
    expect(onPolicyError(visits, { answers, learned: () => true, seed: 1 })).toMatchObject({
      mseUnseen: Number.NaN,
      seenInTraining: 1,
    });
  });
});

describe('states that stand for visits', () => {
  it('are all of them, each visit for itself, if they are few enough', () => {
    expect([...sampleVisited(iceCream, [visits], 3, 0.7)]).toEqual([
      [bold, 1],
      [shy, 1],
      [hungry, 1],
    ]);
  });

  it('are drawn with chances by their visits, by hand: of 5, 3 and 2 visits, two draws from one start', () => {
    // Draws at 2.5 and 7.5 of ten visits: the first state and the second.
    expect([...sampleVisited(iceCream, [visits], 2, 0.5)]).toEqual([
      [bold, 1 / 5],
      [shy, 1 / 3],
    ]);
    const everyone = new Map([bold, shy, hungry].map((mask) => [mask, says(0.5)]));
    const sample = sampleVisited(iceCream, [visits], 2, 0.5);
    const found = onPolicyError(visits, { sample, answers: everyone, learned: none, seed: 1 });
    expect(found.mse).toBeCloseTo((0 + 0.16) / 2, 12);
    expect(found).toMatchObject({ covered: 1, visited: 3, states: 2 });
  });

  it('speak for a part only if the teacher does not answer about some of them', () => {
    const sample = sampleVisited(iceCream, [visits], 2, 0.5);
    const found = onPolicyError(visits, { sample, answers: new Map([[bold, says(0.6)]]), learned: none, seed: 1 });
    expect(found).toMatchObject({ covered: 0.5, states: 1 });
    expect(found.mse).toBeCloseTo(0.01, 12);
  });

  /** Two populations over 200 states, the second of which prefers those where the error is larger. */
  const error = (mask: number) => mask / 400;
  const states = Array.from({ length: 200 }, (_, i) => i + 1);
  const counts = (weight: (mask: number) => number) =>
    Object.fromEntries(states.map((mask) => [mask, Math.ceil(weight(mask))]));
  const first = visitsAt(
    counts((mask) => 1 + ((mask * 37) % 11)),
    error,
  );
  const second = visitsAt(
    counts((mask) => (mask * mask) / 900),
    error,
  );
  const zeros = new Map(states.map((mask) => [mask, says(0)]));

  it.each([
    ['the first', first],
    ['the second', second],
  ])('give the error of %s of two populations without bias, over all starts', (_, population) => {
    const truth = onPolicyError(population, { answers: zeros, learned: none, seed: 1 }).mse;
    const starts = Array.from({ length: 200 }, (_, i) => (i + 0.5) / 200);
    const estimates = starts.map((start) => {
      const sample = sampleVisited(iceCream, [first, second], 40, start);
      expect(sample.size).toBeLessThanOrEqual(40);
      return onPolicyError(population, { sample, answers: zeros, learned: none, seed: 1 }).mse;
    });
    const mean = estimates.reduce((sum, estimate) => sum + estimate, 0) / estimates.length;
    // A ratio of two unbiased estimates is nearly unbiased; the states of most visits alone are 20 % and more off.
    expect(Math.abs(mean / truth - 1)).toBeLessThan(0.01);
    const most = [...states].sort((a, b) => second.counts[b - 1]! - second.counts[a - 1]!).slice(0, 40);
    const top = new Map(most.map((mask) => [mask, says(0)]));
    expect(onPolicyError(population, { answers: top, learned: none, seed: 1 }).mse / truth).toBeGreaterThan(1.2);
  });
});

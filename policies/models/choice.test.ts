import { describe, expect, it } from 'vitest';
import { answerOfChoice as answerByAction, byAction, type LetterChance, rotationsFor, shiftsOf } from './choice.ts';

const answerOfChoice = (orders: readonly (readonly LetterChance[])[]) => answerByAction(byAction(orders));
const TRUTH = [0.493, 0.245, 0.181, 0.081];

/** Letters that a model would give its options in each order: a truth, times a preference for positions. */
function asked(truth: readonly number[], preference: readonly number[], rotations: number, mass = 1): LetterChance[][] {
  const k = truth.length;
  return shiftsOf(k, rotations).map((shift) => {
    const weights = truth.map((_, position) => truth[(position + shift) % k]! * preference[position]!);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => ({ probability: (mass * weight) / total }));
  });
}

describe('a choice', () => {
  it.each([0, 0.5, 2, 9])('does not depend on a preference of %d logits for the letter A', (bias) => {
    const orders = asked(TRUTH, [Math.exp(bias), 1, 1, 1], 4);
    const { outcome, probabilities, choice } = answerOfChoice(orders);
    expect(outcome).toBe('ok');
    for (const [action, p] of TRUTH.entries()) expect(probabilities![action]).toBeCloseTo(p, 12);
    if (bias === 0) expect(choice!.bias).toBeCloseTo(0, 12);
    if (bias === 9) expect(choice!.bias).toBeGreaterThan(0.6);
  });

  it('measures how much of the probability an order moves', () => {
    // Both orders of two options give A two thirds: each lies a sixth from the even answer.
    const { probabilities, choice } = answerOfChoice(asked([0.5, 0.5], [2, 1], 2));
    expect(probabilities).toEqual([0.5, 0.5]);
    expect(choice!.bias).toBeCloseTo(1 / 6, 12);
  });

  it('is asked in as many orders as it has options, at most four, in equal steps', () => {
    expect([2, 3, 4, 12, 26].map(rotationsFor)).toEqual([2, 3, 4, 4, 4]);
    expect(shiftsOf(12, 4)).toEqual([0, 3, 6, 9]);
    const twelve = Array.from({ length: 12 }, (_, action) => (action + 1) / 78);
    const { probabilities } = answerOfChoice(asked(twelve, new Array(12).fill(1), 4));
    for (const [action, p] of twelve.entries()) expect(probabilities![action]).toBeCloseTo(p, 12);
  });

  it('keeps what each letter had, by action, and the mass of the order in which it is least', () => {
    const [first, second] = asked([0.75, 0.25], [1, 1], 2, 0.8);
    const weak = second!.map(({ probability }) => ({ probability: 0.9 * probability }));
    const { choice, probabilities } = answerOfChoice([first!, weak]);
    expect(choice!.letters[0]![0]).toBeCloseTo(0.6, 12);
    expect(choice!.letters[1]![0]).toBeCloseTo(0.54, 12);
    expect(choice!.mass).toBeCloseTo(0.72, 12);
    expect(probabilities![0]).toBeCloseTo(0.75, 12);
  });

  it('is no answer where the letters have little probability, which is kept and not renormalised', () => {
    const { outcome, probabilities, choice, reason } = answerOfChoice(asked(TRUTH, [1, 1, 1, 1], 4, 0.03));
    expect([outcome, probabilities]).toEqual(['unparsable', undefined]);
    expect(choice!.mass).toBeCloseTo(0.03, 12);
    expect(reason).toMatch(/^the letters of the options have 0\.03 of the probability, less than 0\.5: /);
  });

  it('has bounds where a server leaves letters out, and is refused where they are wide', () => {
    const order = (most: number) => [{ probability: 0.95 }, { probability: 0, most }];
    const reversed = (most: number) => [...order(most)].reverse();
    const narrow = answerOfChoice([order(0.001), reversed(0.001)]);
    expect(narrow.outcome).toBe('ok');
    expect(narrow.probabilities![1]).toBeCloseTo(0.001 / 0.951, 12);
    expect(narrow.choice!.unlisted).toBeCloseTo(0.001 / 0.951, 12);
    const wide = answerOfChoice([order(0.05), reversed(0.05)]);
    expect([wide.outcome, wide.probabilities]).toEqual(['refused', undefined]);
    expect(wide.reason).toContain('could move a probability by 0.05, more than 0.02');
  });

  it('is no answer where an order rules out what another allows', () => {
    const certain = [{ probability: 1 }, { probability: 0, most: 0 }];
    const { outcome, choice } = answerOfChoice([certain, certain]);
    expect(outcome).toBe('unparsable');
    expect(choice!.bias).toBeNull();
  });
});

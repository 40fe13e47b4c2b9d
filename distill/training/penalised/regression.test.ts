import { describe, expect, it } from 'vitest';
import { fitRegression, lossOf, type RegressionRows } from './regression.ts';
import { termsOf } from './terms.ts';

/** Phrase 0 is a trait, phrase 1 a context; every combination ten times. */
const masks = Uint32Array.from({ length: 40 }, (_, i) => i % 4);
const terms = termsOf({ width: 2, masks }, { traits: 1, pairs: true });
const all = Int32Array.from(masks.keys());
const rowsOf = (p: readonly [number, number, number, number], weights?: Float64Array): RegressionRows => ({
  ...{ terms, outputs: 1, weights },
  targets: Float64Array.from(masks, (mask) => p[mask]!),
});
const logit = (p: number) => Math.log(p / (1 - p));

describe('a penalised regression', () => {
  it('without a penalty to speak of reproduces the law, its interaction included', () => {
    const p = [0.5, 0.6, 0.7, 0.2] as const;
    const strengths = { phrases: 1e-6, 'trait × context': 1e-6 };
    const fitted = fitRegression(rowsOf(p), all, { sparse: false, strengths });
    const [first, second, both] = terms.unfold(fitted, 1);
    expect(fitted.at(-1)!).toBeCloseTo(logit(0.5), 1);
    expect(first!).toBeCloseTo(logit(0.6) - logit(0.5), 1);
    expect(second!).toBeCloseTo(logit(0.7) - logit(0.5), 1);
    expect(both!).toBeCloseTo(logit(0.2) - logit(0.6) - logit(0.7) + logit(0.5), 1);
  });

  it('ends where the penalty of a coefficient balances the residuals of its rows', () => {
    const rows = rowsOf([0.3, 0.9, 0.3, 0.9]);
    const fitted = fitRegression(rows, all, { sparse: false, strengths: { phrases: 5 } });
    const [first, second] = terms.unfold(fitted, 1);
    const p = (mask: number) =>
      1 / (1 + Math.exp(-(fitted.at(-1)! + (mask & 1 ? first! : 0) + (mask & 2 ? second! : 0))));
    expect(second!).toBeCloseTo(0, 2);
    // 20 rows hold phrase 0: Σ (target − p) = penalty · coefficient.
    expect(10 * (0.9 - p(1)) + 10 * (0.9 - p(3))).toBeCloseTo(5 * first!, 1);
    expect(first!).toBeGreaterThan(0.5);
    expect(first!).toBeLessThan(logit(0.9) - logit(0.3));
  });

  it('leaves out a class that bears no penalty, and makes small pairs nearly 0 under a sparse one', () => {
    const rows = rowsOf([0.5, 0.6, 0.7, 0.85]);
    const pairOf = (sparse: boolean, strength?: number) =>
      terms.unfold(
        fitRegression(rows, all, {
          sparse,
          strengths: { phrases: 0.1, ...(strength !== undefined && { 'trait × context': strength }) },
        }),
        1,
      )[2]!;
    expect(pairOf(false)).toBe(0);
    expect(Math.abs(pairOf(true, 10))).toBeLessThan(0.2 * Math.abs(pairOf(false, 10)));
  });

  it('counts a row by its weight', () => {
    const halves = rowsOf(
      [0, 1, 0, 1],
      Float64Array.from(masks, (_, i) => (i < 20 ? 2 : 0)),
    );
    const strengths = { phrases: 1 };
    const weighted = fitRegression(halves, all, { sparse: false, strengths });
    const whole = fitRegression(rowsOf([0, 1, 0, 1]), all, { sparse: false, strengths });
    weighted.forEach((value, i) => {
      expect(value).toBeCloseTo(whole[i]!, 2);
    });
    expect(lossOf(halves, all, weighted).weight).toBe(40);
  });

  it('of three actions gives each its share', () => {
    const targets = Float64Array.from({ length: 120 }, (_, i) => [0.2, 0.3, 0.5][i % 3]!);
    const rows: RegressionRows = { terms, targets, outputs: 3 };
    const fitted = fitRegression(rows, all, { sparse: false, strengths: { phrases: 1 } });
    const shares = Array.from(fitted.subarray(fitted.length - 3), Math.exp);
    const total = shares.reduce((a, b) => a + b);
    [0.2, 0.3, 0.5].forEach((share, a) => {
      expect(shares[a]! / total).toBeCloseTo(share, 2);
    });
  });
});

describe('terms', () => {
  it('of two alternatives are differences and sums, and unfold to phrases', () => {
    const batch = { width: 4, masks: Uint32Array.from({ length: 16 }, (_, i) => i) };
    const mirrored = termsOf(batch, { traits: 0, pairs: false, mirror: Int32Array.of(1, 0, 3, 2) });
    expect(mirrored.blocks.map(({ name }) => name)).toEqual(['phrases', 'phrases, either side']);
    // Difference and sum of the first two phrases, then of the last two.
    const unfolded = mirrored.unfold(Float64Array.of(2, 0.5, -1, 0, 0), 1);
    expect([...unfolded]).toEqual([2.5, -1.5, -1, 1]);
  });
});

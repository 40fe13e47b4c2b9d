import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iceCreamRule, iceCreamWording } from '../scenarios/ice-cream-v1/rule.ts';
import {
  driver,
  expectedReply,
  explain,
  impliedIcc,
  namedPhrases,
  type OracleRule,
  primacyWeights,
  probability,
  replyDistribution,
  replyVariance,
  shapleyValues,
  utility,
} from './known-rule.ts';

/** Two traits and two contexts, with numbers that a person can add. */
const rule: OracleRule = {
  traitCount: 2,
  intercept: -1,
  scale: 2,
  main: [1, -0.5, 0.25, 0],
  pairs: [{ phrases: [0, 2], effect: 0.5 }],
  triples: [{ phrases: [0, 1, 2], effect: -0.3 }],
  primacy: 0.2,
  paraphraseShifts: [0, 0.1],
  noise: { sd: 0.5, heaping: 0.5, grid: 0.1 },
};

/** Any observation of the ice-cream vocabulary without a conflict, in any order. */
const conflicts = [
  [0, 1],
  [4, 5],
  [4, 6],
  [7, 14],
  [10, 11],
];
const anyObservation = fc
  .shuffledSubarray([...iceCreamRule.main.keys()])
  .map((shown) =>
    shown.filter(
      (a, i) => !shown.slice(0, i).some((b) => conflicts.some((pair) => pair.includes(a) && pair.includes(b))),
    ),
  )
  .map((shown) => [...shown.filter((i) => i < 7), ...shown.filter((i) => i >= 7)]);

describe('utility', () => {
  it('is the intercept for the empty observation', () => {
    expect(utility(rule, [])).toBe(-1);
    expect(probability(rule, [])).toBeCloseTo(1 / (1 + Math.E), 12);
  });

  it('adds main effects, pairs and triples as computed by hand', () => {
    expect(utility(rule, [0])).toBeCloseTo(-1 + 2 * 1, 12);
    expect(utility(rule, [0, 2])).toBeCloseTo(-1 + 2 * (1 + 0.25 + 0.5), 12);
    // Traits weigh 1.2 and 0.8, the lone context 1.
    expect(utility(rule, [0, 1, 2])).toBeCloseTo(-1 + 2 * (1.2 - 0.4 + 0.25 + 0.5 - 0.3), 12);
    expect(utility(rule, [1, 0, 2])).toBeCloseTo(-1 + 2 * (0.8 - 0.6 + 0.25 + 0.5 - 0.3), 12);
  });

  it('moves by the shift of the paraphrase', () => {
    expect(utility(rule, [0], 1) - utility(rule, [0], 0)).toBeCloseTo(0.1, 12);
  });

  it('refuses what it does not know, and says what it knows', () => {
    expect(() => utility(rule, [4])).toThrow('unknown phrase index: 4 (known: 0 to 3)');
    expect(() => utility(rule, [0], 2)).toThrow('unknown paraphrase: 2 (known: 0 to 1)');
    expect(() => utility(rule, [0, 0])).toThrow('occurs twice');
    expect(() => utility(rule, [2, 0])).toThrow('traits come before contexts');
  });
});

describe('primacyWeights', () => {
  it('falls linearly within each list and is 1 on average', () => {
    expect(primacyWeights({ ...rule, traitCount: 3 }, [2, 0, 1, 3])).toEqual([1.2, 1, 0.8, 1]);
    expect(primacyWeights(rule, [])).toEqual([]);
  });

  it('leaves the mean over all orders of a list where it is', () => {
    const mean = (utility(rule, [0, 1]) + utility(rule, [1, 0])) / 2;
    expect(mean).toBeCloseTo(-1 + 2 * 0.5, 12);
  });
});

describe('replyDistribution', () => {
  it('sums to 1 for every observation and paraphrase', () => {
    fc.assert(
      fc.property(anyObservation, fc.nat(2), (observation, paraphrase) => {
        const distribution = replyDistribution(iceCreamRule, observation, paraphrase);
        expect(distribution).toHaveLength(101);
        expect(distribution.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
        expect(Math.min(...distribution)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('puts a noiseless reply on the two nearest grid points', () => {
    const silent = { ...rule, intercept: Math.log(0.43 / 0.57), noise: { sd: 0, heaping: 0.75, grid: 0.05 } };
    const distribution = replyDistribution(silent, []);
    expect(distribution[43]).toBeCloseTo(0.25, 12);
    expect(distribution[45]).toBeCloseTo(0.75, 12);
  });

  it('agrees with the normal distribution function at a known quantile', () => {
    // An even chance, unheaped: P(reply ≤ 0.12) = Φ(ln(.125 / .875) / .5) = Φ(−3.8918) = 4.9746e-5.
    const even = { ...rule, intercept: 0, noise: { ...rule.noise, heaping: 0 } };
    const below = replyDistribution(even, [])
      .slice(0, 13)
      .reduce((sum, p) => sum + p, 0);
    expect(below).toBeCloseTo(4.9746e-5, 7);
    expect(expectedReply(replyDistribution(even, []))).toBeCloseTo(0.5, 6);
  });

  it('has the moments of what it lists', () => {
    const twoValues = Float64Array.from({ length: 101 }, (_, i) => (i === 20 || i === 60 ? 0.5 : 0));
    expect(expectedReply(twoValues)).toBeCloseTo(0.4, 12);
    expect(replyVariance(twoValues)).toBeCloseTo(0.04, 12);
  });
});

describe('impliedIcc', () => {
  const certain = (value: number) => Float64Array.from({ length: 101 }, (_, i) => (i === value ? 1 : 0));

  it('is 1 where only prompts differ and undefined where nothing does', () => {
    expect(impliedIcc([certain(20), certain(60)])).toBe(1);
    expect(impliedIcc([certain(20), certain(20)])).toBeUndefined();
    expect(() => impliedIcc([certain(20)])).toThrow('expected at least 2 prompts, got 1');
  });

  it('is the share of variance between prompts', () => {
    const spread = Float64Array.from({ length: 101 }, (_, i) => (i === 40 || i === 60 ? 0.5 : 0));
    // Between prompts: .005 (means .5 and .6); within: (.01 + 0) / 2.
    expect(impliedIcc([spread, certain(60)])).toBeCloseTo(0.005 / (0.005 + 0.005), 9);
  });
});

describe('driver', () => {
  it('shares an interaction among its phrases', () => {
    const values = shapleyValues(rule, [0, 1, 2]);
    expect(values[0]).toBeCloseTo(2 * (1.2 + 0.25 - 0.1), 12);
    expect(values[1]).toBeCloseTo(2 * (-0.4 - 0.1), 12);
    expect(values[2]).toBeCloseTo(2 * (0.25 + 0.25 - 0.1), 12);
    // Efficiency: together they are all that the phrases add.
    expect(values.reduce((sum, v) => sum + v, 0)).toBeCloseTo(utility(rule, [0, 1, 2]) - rule.intercept, 12);
  });

  it('names the strongest phrase in the direction of the decision', () => {
    expect(driver(rule, [0, 1, 2])).toMatchObject({ phrase: 0, supports: true });
    expect(driver(rule, [0, 1, 2], false)).toMatchObject({ phrase: 1, supports: true });
  });

  it('names the strongest phrase against a decision that nothing supports', () => {
    expect(driver(rule, [2], false)).toEqual({ phrase: 2, value: 0.5, supports: false });
    expect(driver(rule, [3])).toEqual({ phrase: 3, value: 0, supports: false });
    expect(driver(rule, [])).toBeUndefined();
  });

  it('is never an absent phrase', () => {
    fc.assert(
      fc.property(anyObservation, fc.boolean(), (observation, buys) => {
        const named = driver(iceCreamRule, observation, buys);
        if (observation.length === 0) expect(named).toBeUndefined();
        else expect(observation).toContain(named?.phrase);
      }),
    );
  });
});

describe('explain', () => {
  it('words a driver for, a driver against, and no driver', () => {
    const heat = { phrase: 10, value: 1, supports: true };
    expect(explain(iceCreamWording, heat, 0.74)).toBe('Likely, because it is a hot summer day.');
    expect(explain(iceCreamWording, heat, 0.9, 1, 1)).toBe('The summer heat is on, so a purchase is very likely.');
    expect(explain(iceCreamWording, { ...heat, supports: false }, 0.1, 2)).toBe(
      'It is very unlikely, even though it is a hot summer day.',
    );
    expect(explain(iceCreamWording, undefined, 0.4)).toBe('Rather unlikely, as nothing is known.');
  });

  it('names exactly its driver, in at most 120 characters without quotes or backslashes', () => {
    for (const [phrase, clauses] of iceCreamWording.clauses.entries())
      for (const supports of [true, false])
        for (let template = 0; template < 3; template++)
          for (const [wording] of clauses.entries())
            for (const stated of [0, 0.2, 0.45, 0.5, 0.7, 1]) {
              const sentence = explain(iceCreamWording, { phrase, value: 1, supports }, stated, template, wording);
              expect(namedPhrases(iceCreamWording, sentence)).toEqual([phrase]);
              expect(sentence).toMatch(/^[^"\\{}]{1,120}$/);
            }
  });
});

describe('the ice-cream rule', () => {
  const all = Array.from({ length: 1 << 16 }, (_, mask) => [...Array(16).keys()].filter((i) => (mask >> i) & 1)).filter(
    (shown) => shown.some((i) => i < 7) && !conflicts.some((pair) => pair.every((i) => shown.includes(i))),
  );

  it('covers .02 to .98 over the 16,992 states', () => {
    const sorted = all.map((observation) => probability(iceCreamRule, observation)).sort((a, b) => a - b);
    expect(sorted).toHaveLength(16_992);
    expect(sorted[Math.floor(0.01 * sorted.length)]).toBeLessThan(0.03);
    expect(sorted[Math.floor(0.99 * sorted.length)]).toBeGreaterThan(0.97);
    expect(sorted[sorted.length >> 1]).toBeGreaterThan(0.3);
  });

  it('implies steady but not constant replies', () => {
    const icc = impliedIcc(all.map((observation) => replyDistribution(iceCreamRule, observation)));
    expect(icc).toBeGreaterThan(0.97);
    expect(icc).toBeLessThan(0.99);
  });

  it('is common sense', () => {
    const p = (...observation: number[]) => probability(iceCreamRule, observation);
    const [likes, dislikes, lactose, cheap, spender] = [0, 1, 3, 4, 5];
    const [diet, truck, hot, cold, discount] = [8, 9, 10, 11, 12];
    expect(p(likes)).toBeGreaterThan(p(dislikes));
    expect(p(likes, hot)).toBeGreaterThan(p(likes, cold));
    expect(p(likes, truck)).toBeGreaterThan(p(likes));
    expect(p(likes, diet)).toBeLessThan(p(likes));
    expect(p(lactose, hot)).toBeLessThan(p(hot));
    expect(p(cheap, discount) - p(cheap)).toBeGreaterThan(p(spender, discount) - p(spender));
  });
});

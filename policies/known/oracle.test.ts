import { describe, expect, it } from 'vitest';
import { expectedReply, namedPhrases, replyDistribution, replyVariance } from '../../env/known-rule.ts';
import { observations } from '../../env/observation.ts';
import { iceCreamRule, iceCreamWording } from '../../scenarios/ice-cream-v1/rule.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../scenarios/open.ts';
import { openOracle } from './oracle.ts';

describePolicy('oracle', () => openOracle(iceCream), { describe, it });

describe('the oracle', () => {
  const oracle = openOracle(iceCream);
  const hot = 0b10000000001; // likes sweets, hot summer day
  const distribution = replyDistribution(iceCreamRule, iceCream.sets.indices(hot));
  const many = (n: number) => observations(iceCream, new Array(n).fill(hot));

  it('expects the mean of what its rule would reply', async () => {
    const [answer] = await oracle.ask(many(1));
    expect(answer!.probabilities![1]).toBeCloseTo(expectedReply(distribution), 12);
    expect(answer!.distribution!.sd ** 2).toBeCloseTo(replyVariance(distribution), 12);
  });

  it('replies greedily with the likeliest value', async () => {
    const [answer] = await oracle.ask(many(1), { elicit: 'greedy', explain: true });
    const value = Math.round(answer!.probabilities![1]! * 100);
    expect(distribution.every((p) => p <= distribution[value]!)).toBe(true);
    expect(JSON.parse(answer!.reply!)).toEqual({ buy: value / 100, explanation: answer!.explanation });
    for (const phrase of namedPhrases(iceCreamWording, answer!.explanation!))
      expect(iceCream.sets.indices(hot)).toContain(phrase);
  });

  it('samples from its distribution of replies', async () => {
    const n = 4000;
    const draws: number[] = [];
    for (let repeat = 0; repeat < n; repeat++) {
      const [answer] = await oracle.ask(many(1), { elicit: 'sample', repeat });
      draws.push(answer!.probabilities![1]!);
    }
    const mean = draws.reduce((sum, p) => sum + p, 0) / n;
    const variance = draws.reduce((sum, p) => sum + (p - mean) ** 2, 0) / (n - 1);
    expect(Math.abs(mean - expectedReply(distribution))).toBeLessThan(4 * Math.sqrt(variance / n));
    expect(variance / replyVariance(distribution)).toBeGreaterThan(0.9);
    expect(variance / replyVariance(distribution)).toBeLessThan(1.1);
    const heaped = draws.filter((p) => Math.round(p * 100) % 5 === 0).length / n;
    expect(heaped).toBeGreaterThan(iceCreamRule.noise.heaping);
  });

  it('draws by seed, repeat, paraphrase and order, and by nothing else', async () => {
    const draw = async (options: object, orders?: number[][]) =>
      (await oracle.ask({ ...many(1), orders }, { elicit: 'sample', explain: true, ...options }))[0]!.reply;
    const draws = await Promise.all([
      ...Array.from({ length: 20 }, (_, seed) => draw({ seed })),
      ...Array.from({ length: 20 }, (_, repeat) => draw({ repeat: repeat + 1 })),
    ]);
    expect(new Set(draws).size).toBeGreaterThan(10);
    expect(await draw({ seed: 3 })).toBe(draws[3]);
    expect(await draw({ seed: 3 }, [[0, 10]])).toBe(draws[3]);
    const batch = await oracle.ask(observations(iceCream, [1, hot, 2]), { elicit: 'sample', explain: true, seed: 3 });
    expect(batch[1]!.reply).toBe(draws[3]);
  });

  it('at a low temperature replies as it does greedily', async () => {
    const [greedy] = await oracle.ask(many(1), { elicit: 'greedy' });
    const [cold] = await oracle.ask(many(1), { elicit: 'sample', temperature: 0.01, seed: 5 });
    expect(cold!.probabilities).toEqual(greedy!.probabilities);
  });

  it('chooses as it expects, whatever the order of the options', async () => {
    const [expected] = await oracle.ask(many(1));
    const [chosen] = await oracle.ask(many(1), { elicit: 'choice' });
    expect(chosen!.probabilities).toEqual(expected!.probabilities);
    expect(chosen!.choice).toMatchObject({ mass: 1, bias: 0 });
    expect(chosen!.choice!.letters).toHaveLength(2);
  });

  it('needs a scenario that brings a rule', () => {
    expect(() => openOracle({ ...iceCream, id: 'umbrellas-v1', knownRule: undefined })).toThrow(
      'umbrellas-v1 declares no known rule for the oracle; use a language model, or constant:P',
    );
  });
});

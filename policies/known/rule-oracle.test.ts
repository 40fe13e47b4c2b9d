import { describe, expect, it } from 'vitest';
import { observations } from '../../env/observation.ts';
import { states } from '../../env/sampling/states.ts';
import { defineVocabulary } from '../../env/vocabulary.ts';
import { openPolicy } from '../open.ts';
import { openOracle } from './oracle.ts';

const rule = ({ traits, contexts }: { traits: readonly string[]; contexts: readonly string[] }) => ({
  bus: contexts.includes('rain') ? 0.5 : 0.125,
  car: traits.includes('has a car') ? 0.375 : 0,
});
const commute = (noise?: number) =>
  defineVocabulary({
    id: 'commute',
    actions: ['walk', 'bus', 'car'],
    traits: { phrases: ['has a car', 'fit'] },
    contexts: { phrases: ['rain', 'late'] },
    knownRule: { probabilities: rule, ...(noise !== undefined && { noise }) },
    policies: { lazy: () => ({ car: 1 }), odd: () => ({ fly: 1 }) },
  });

describe('an oracle whose rule is a function', () => {
  const scenario = commute(0.4);
  const all = observations(scenario, states(scenario));
  const truths = Array.from(all.masks, (mask) => {
    const shown = scenario.sets.indices(mask).map((j) => scenario.phrases[j]!);
    const { bus, car } = rule({ traits: shown, contexts: shown });
    return [1 - bus - car, bus, car];
  });

  it.each(['expected', 'choice'] as const)('gives the truth by %s, for each of three actions', async (elicit) => {
    const answers = await openOracle(scenario).ask(all, { elicit });
    expect(answers.map(({ probabilities }) => probabilities)).toEqual(truths);
  });

  it('states it in hundredths that sum to 1, and names what the decision turns on', async () => {
    const rainy = observations(scenario, [scenario.sets.of([0, 2])]);
    const [answer] = await openOracle(scenario).ask(rainy, { elicit: 'greedy', explain: true });
    expect(answer!.probabilities).toEqual([0.13, 0.5, 0.37]);
    expect(answer!.explanation).toBe('Most likely to bus, because of "rain".');
    expect(JSON.parse(answer!.reply!)).toMatchObject({ bus: 0.5, car: 0.37 });
  });

  it('strays from it by its noise, in other ways for other repeats, and by nothing without noise', async () => {
    const one = observations(scenario, [scenario.sets.of([0])]);
    const logits: number[] = [];
    for (let repeat = 0; repeat < 400; repeat++) {
      const [answer] = await openOracle(scenario).ask(one, { elicit: 'sample', repeat });
      const [walk, , car] = answer!.probabilities!;
      expect(answer!.probabilities!.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      logits.push(Math.log(car! / walk!) - Math.log(0.375 / 0.5));
    }
    const mean = logits.reduce((sum, x) => sum + x, 0) / logits.length;
    const sd = Math.sqrt(logits.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logits.length);
    // Standard errors are .02 and .014, and rounding to hundredths moves single logits by .02 or so.
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(sd).toBeGreaterThan(0.33);
    expect(sd).toBeLessThan(0.47);
    const steady = commute();
    const [a] = await openOracle(steady).ask(one, { elicit: 'sample', repeat: 1 });
    const [b] = await openOracle(steady).ask(one, { elicit: 'sample', repeat: 2 });
    expect(a!.probabilities).toEqual(b!.probabilities);
  });

  it('is refused for what is not a rule', () => {
    const broken = (knownRule: unknown) => () =>
      defineVocabulary({ id: 'x', actions: ['a', 'b'], traits: {}, knownRule } as Parameters<
        typeof defineVocabulary
      >[0]);
    expect(broken({ probabilities: 0.5 })).toThrow('knownRule.probabilities: expected a function');
    expect(broken({ probabilities: rule, noise: -1 })).toThrow('knownRule.noise: -1 is not a standard deviation');
  });
});

describe('policies of a scenario', () => {
  const scenario = commute();
  it('are opened by their names', async () => {
    const policy = await openPolicy('policy:lazy', { scenario });
    const { probabilities } = await policy.decide(observations(scenario, [0]));
    expect([...probabilities]).toEqual([0, 0, 1]);
  });

  it('are named where one is not known, and say what they did wrong', async () => {
    await expect(openPolicy('policy:lasy', { scenario })).rejects.toThrow(
      'unknown policy of commute: lasy (commute has: lazy, odd); did you mean lazy?',
    );
    const odd = await openPolicy('policy:odd', { scenario });
    await expect(odd.decide(observations(scenario, [0]))).rejects.toThrow('policy:odd: unknown action: fly');
  });
});

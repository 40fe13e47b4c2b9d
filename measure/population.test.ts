import { describe, expect, it } from 'vitest';
import { survey } from '../env/sampling/wide.test-support.ts';
import { defineVocabulary } from '../env/vocabulary.ts';
import { uniform } from '../policies/baselines/constant.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { populationStates } from './population.ts';
import { visitsOf } from './visits.ts';

const options = { emptyContext: 'include', seed: 3 } as const;

describe('states of a population', () => {
  it('have each trait as often as its share, and every context set alike', async () => {
    const voters = defineVocabulary({
      id: 'voters',
      actions: ['no', 'yes'],
      traits: { groups: { age: ['young', 'old'] }, phrases: ['rich'], shares: { young: 0.75, old: 0.25, rich: 0.125 } },
      contexts: { phrases: ['x', 'y'], conflicts: [['x', 'y']] },
    });
    const size = 20_000;
    const { masks, counts } = await populationStates(voters, { ...options, size });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(size);
    const share = (...phrases: string[]) => {
      const set = voters.sets.of(phrases.map((phrase) => voters.phrases.indexOf(phrase)));
      return (counts[masks.indexOf(set)] ?? 0) / size;
    };
    // .75 · .875 · 1/3 and so on, within four standard errors.
    for (const [found, truth] of [
      [share('young'), 0.21875],
      [share('young', 'x'), 0.21875],
      [share('old', 'rich', 'y'), 0.03125 / 3],
    ] as const)
      expect(Math.abs(found - truth)).toBeLessThan(4 * Math.sqrt((truth * (1 - truth)) / size));
    expect(masks).toHaveLength(12);
  });

  it('of a town are visited as often as a simulation under uniform decisions says', async () => {
    const size = 3000;
    const { masks, counts, distribution } = await populationStates(iceCream, { ...options, size });
    const visits = await visitsOf(iceCream, uniform(iceCream), { agents: 300, seed: 99 });
    const total = visits.agents * visits.ticks;
    const visited = new Map(Array.from(visits.masks, (mask, i) => [mask, visits.counts[i]! / total]));
    const holds = (phrase: number) =>
      [...masks].reduce((sum, set, i) => sum + (iceCream.sets.holds(set, phrase) ? counts[i]! : 0), 0) / size;
    const truth = (phrase: number) =>
      [...visited].reduce((sum, [set, share]) => sum + (iceCream.sets.holds(set, phrase) ? share : 0), 0);
    // Traits have the shares of the law, within four standard errors.
    const [law] = iceCream.traitLaw;
    for (const phrase of iceCream.traits.keys()) {
      const share =
        law!.sets.reduce((sum, set, i) => sum + (iceCream.sets.holds(set, phrase) ? law!.weights[i]! : 0), 0) /
        law!.total;
      expect(Math.abs(holds(phrase) - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / size));
    }
    // What is an agent's own, and not the weather of few worlds, is as often met.
    const hungry = iceCream.phrases.indexOf('hungry');
    expect(Math.abs(holds(hungry) - truth(hungry))).toBeLessThan(0.08);
    expect(distribution).toContain('all decide uniformly at random');
  });

  it('of a smaller size are the first draws of a larger one', async () => {
    for (const vocabulary of [survey, iceCream]) {
      const small = await populationStates(vocabulary, { ...options, size: 50 });
      const large = await populationStates(vocabulary, { ...options, size: 400 });
      expect(large.masks.subarray(0, small.masks.length)).toEqual(small.masks);
      small.counts.forEach((count, i) => {
        expect(large.counts[i]).toBeGreaterThanOrEqual(count);
      });
    }
  });

  it('have a context where the empty one is excluded', async () => {
    const { masks, counts } = await populationStates(iceCream, { size: 300, seed: 3, emptyContext: 'exclude' });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(300);
    const contexts = iceCream.sets.of(iceCream.contexts.map((_, c) => iceCream.traits.length + c));
    for (const mask of masks) expect(iceCream.sets.meet(mask, contexts)).toBe(true);
  });
});

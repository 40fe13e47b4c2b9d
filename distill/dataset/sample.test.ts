import { describe, expect, it } from 'vitest';
import { defineScenario } from '../../env/define-scenario.ts';
import { Occurring } from '../../env/occurring.ts';
import { states } from '../../env/sampling/states.ts';
import { survey } from '../../env/sampling/wide.test-support.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { drawSample, samplingOf } from './sample.ts';
import { type SplitBy, splitOf, splits } from './splits.ts';

const seed = 2;

describe('a sample of states that are too many to list', () => {
  it('is refused where it is to be all of them, with their number', async () => {
    await expect(drawSample(survey, { sampling: 'all', seed })).rejects.toThrow(
      /survey has about 10\^14 states, too many to list; take a size/,
    );
  });

  it('grows without changing what a smaller one has, whichever way it is drawn', async () => {
    for (const sampling of ['stratified', 'pairwise', 'population'] as const) {
      const small = await drawSample(survey, { sampling, size: 100, seed });
      const large = await drawSample(survey, { sampling, size: 300, seed });
      expect(large.masks.subarray(0, small.masks.length), sampling).toEqual(small.masks);
    }
  });

  it('covers all pairs with its first rows, and says how many cannot be', async () => {
    const { masks, covering, distribution } = await drawSample(survey, { sampling: 'pairwise', size: 200, seed });
    expect(masks).toHaveLength(200);
    expect(new Set(masks).size).toBe(200);
    expect(covering!.impossible).toBe(68);
    expect(distribution).toContain(`${covering!.rows} states that cover all ${covering!.pairs} pairs`);
    await expect(drawSample(survey, { sampling: 'pairwise', size: 10, seed })).rejects.toThrow('states are needed');
  });

  it.each(splits)('is split by %s with rows on both sides, and no state on two', async (split: SplitBy) => {
    const { masks } = await drawSample(survey, { size: 300, seed });
    const { test, again } = splitOf(survey, masks, { split, seed, hasOtherOrder: () => true });
    const held = test.filter(Boolean).length + again.length;
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(150);
    const traits = survey.sets.of(survey.traits.keys());
    const key = (mask: number) =>
      split === 'traits'
        ? survey.sets.intersection(mask, traits)
        : split === 'contexts'
          ? survey.sets.difference(mask, traits)
          : mask;
    const tested = new Set([...masks].filter((_, i) => test[i]).map(key));
    for (const mask of [...masks].filter((_, i) => !test[i])) expect(tested.has(key(mask))).toBe(false);
  });
});

describe('a sample of a world whose contexts depend on traits', () => {
  const world = defineScenario({
    id: 'grants',
    actions: ['keep', 'replace'],
    discount: 1,
    horizon: 3,
    traits: { phrases: ['rents', 'rich', 'old'], shares: { rents: 0.5 } },
    contexts: {
      'a grant is open': ({ traits, year }) => !traits.rents && year > 0,
      'it is cold': ({ year }) => year === 2,
    },
    world: { year: { levels: [0, 1, 2], start: 0, next: ({ year }) => Math.min(2, year + 1) as 0 | 1 | 2 } },
    agent: {},
    reward: () => 0,
  });
  const occurring = new Occurring(world);
  const impossible = (masks: Uint32Array) => masks.filter((mask) => !occurring.has(mask)).length;

  it('has only observations that can occur, unless it is to have all', async () => {
    for (const sampling of ['stratified', 'pairwise', 'population'] as const)
      for (const emptyContext of ['include', 'exclude'] as const) {
        const { masks, distribution } = await drawSample(world, { sampling, emptyContext, seed });
        expect(impossible(masks), sampling).toBe(0);
        if (sampling !== 'population') expect(distribution).toContain('of the observations that can occur');
      }
    const whole = await drawSample(world, { sampling: 'stratified', seed });
    expect(whole.masks).toHaveLength(occurring.count()!);
    const all = await drawSample(world, { size: 'all', seed });
    expect([...all.masks].sort()).toEqual([...states(world)].sort());
    expect(impossible(all.masks)).toBe(all.masks.length - whole.masks.length);
    await expect(drawSample(world, { size: whole.masks.length + 1, seed })).rejects.toThrow(`${whole.masks.length}`);
  });
});

describe('a sample of the population', () => {
  it('has a weight for each state, which sum to the draws, and says what it is', async () => {
    const { masks, weights, distribution } = await drawSample(iceCream, { sampling: 'population', size: 400, seed });
    expect(weights).toHaveLength(masks.length);
    expect(weights!.reduce((sum, weight) => sum + weight, 0)).toBe(400);
    expect(distribution).toContain("the population's own: 400 agents");
  });

  it('has a size', () => {
    expect(() => samplingOf({ sampling: 'population', size: 'all' })).toThrow('number of draws');
  });
});

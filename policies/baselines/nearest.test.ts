import { describe, expect, it } from 'vitest';
import { observations, slice } from '../../env/observation.ts';
import { sequence, shuffle } from '../../env/random.ts';
import { defineVocabulary } from '../../env/vocabulary.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../scenarios/open.ts';
import { nearest } from './nearest.ts';

const examplesOf = (rows: readonly (readonly [mask: number, p: number])[]) => ({
  observations: observations(
    iceCream,
    rows.map(([mask]) => mask),
  ),
  probabilities: rows.flatMap(([, p]) => [1 - p, p]),
});
const buy = async (policy: ReturnType<typeof nearest>, ...masks: number[]) =>
  [...(await policy.decide(observations(iceCream, masks))).probabilities].filter((_, i) => i % 2 === 1);

describePolicy(
  'nearest neighbours',
  () =>
    nearest(
      iceCream,
      examplesOf([
        [0b0001, 0.2],
        [0b1000_0110, 0.8],
        [0b1_0000_0000, 1],
      ]),
    ),
  { describe, it },
);

describe('nearest neighbours', () => {
  it('gives the example itself for k = 1, and the mean of all for k = n', async () => {
    const examples = examplesOf([
      [0b0001, 0.2],
      [0b0111, 0.8],
      [0b1000_0000, 0.5],
    ]);
    expect(await buy(nearest(iceCream, examples, 1), 0b0001, 0b0111, 0b0110)).toEqual([0.2, 0.8, 0.8]);
    for (const p of await buy(nearest(iceCream, examples, 3), 0b0001, 0b1111)) expect(p).toBeCloseTo(0.5, 15);
    for (const p of await buy(nearest(iceCream, examples, 100), 0b0001)) expect(p).toBeCloseTo(0.5, 15);
  });

  it('gives the places that are left to the mean of those that are equally near', async () => {
    // From 0b0001: itself at 0, then two at distance 1 for one place.
    const examples = examplesOf([
      [0b0001, 0.4],
      [0b0011, 0.1],
      [0b0101, 0.7],
      [0b1111, 0],
    ]);
    expect((await buy(nearest(iceCream, examples, 2), 0b0001))[0]).toBeCloseTo((0.4 + (0.1 + 0.7) / 2) / 2, 15);
  });

  it('does not depend on the order of the examples, and a row alone equals the row in a batch', async () => {
    const random = sequence(1, 'sampling');
    const rows = Array.from({ length: 60 }, () => [1 + Math.floor(random() * 2000), random()] as const);
    const asked = observations(
      iceCream,
      Array.from({ length: 20 }, () => 1 + Math.floor(random() * 2000)),
    );
    const batch = await nearest(iceCream, examplesOf(rows)).decide(asked);
    const turned = await nearest(iceCream, examplesOf(shuffle([...rows], random))).decide(asked);
    batch.probabilities.forEach((p, i) => {
      expect(turned.probabilities[i]).toBeCloseTo(p, 12);
    });
    for (let i = 0; i < 20; i++) {
      const alone = await nearest(iceCream, examplesOf(rows)).decide(slice(asked, i, i + 1));
      expect([...alone.probabilities]).toEqual([...batch.probabilities.slice(2 * i, 2 * i + 2)]);
      expect(alone.probabilities[0]! + alone.probabilities[1]!).toBeCloseTo(1, 12);
    }
  });

  it('takes another phrase of a group for one difference, as one that is absent', async () => {
    const shops = defineVocabulary({
      id: 'shops',
      actions: ['leave', 'buy'],
      traits: { groups: { age: ['young', 'old'] }, phrases: ['rich', 'hungry'] },
    });
    const examples = {
      // old; young, rich and hungry; both asked about as young.
      observations: observations(shops, [0b0010, 0b1101]),
      probabilities: [0.9, 0.1, 0.2, 0.8],
    };
    const first = await nearest(shops, examples, 1).decide(observations(shops, [0b0001, 0b0101]));
    // Young: one difference from the first, two from the second. Young and rich: two, and one.
    expect(first.probabilities[1]).toBeCloseTo(0.1, 12);
    expect(first.probabilities[3]).toBeCloseTo(0.8, 12);
  });

  it('has an id of its examples', () => {
    const id = (p: number) => nearest(iceCream, examplesOf([[1, p]])).id;
    expect(id(0.2)).toBe(id(0.2));
    expect(id(0.2)).not.toBe(id(0.3));
  });

  it('answers an empty batch, and says what it cannot do', async () => {
    const examples = examplesOf([[1, 0.5]]);
    const policy = nearest(iceCream, examples);
    expect((await policy.decide(observations(iceCream, []))).outcomes).toEqual([]);
    expect(() => nearest(iceCream, examplesOf([]))).toThrow('there are no examples');
    expect(() => nearest(iceCream, examples, 0)).toThrow('1 neighbour or more, got 0');
    await expect(policy.decide({ width: 15, masks: Uint32Array.of(1) })).rejects.toThrow('expected 16 phrases');
    await expect(policy.decide(observations(iceCream, [1]), { signal: AbortSignal.abort() })).rejects.toThrow('abort');
    await policy[Symbol.asyncDispose]();
    await expect(policy.decide(observations(iceCream, [1]))).rejects.toThrow('is disposed');
  });
});

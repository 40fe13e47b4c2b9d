import { describe, expect, it } from 'vitest';
import { mean } from '../../stats/moments.ts';
import { openBackend } from '../training/backend.ts';
import { Committee } from './committee.ts';
import { disagreement } from './score.ts';

/** All sets of six phrases; each adds .15 to a probability of .05. */
const width = 6;
const masks = Uint32Array.from({ length: 64 }, (_, mask) => mask);
const rule = (mask: number) => 0.05 + 0.15 * [...mask.toString(2)].filter((bit) => bit === '1').length;
const { tf } = await openBackend({ only: 'wasm' });

const committeeOf = (known: Uint32Array, seed: number, epochs: number) =>
  Committee.fit({
    tf,
    observations: { width, masks: known },
    probabilities: Float64Array.from([...known].flatMap((mask) => [1 - rule(mask), rule(mask)])),
    members: 3,
    loss: 'bce',
    seed,
    epochs,
  });
const everywhere = { width, masks };

describe('Committee', () => {
  it('is of one mind about what it learned and divided about what it did not', async () => {
    // The first 32 sets, without the sixth phrase.
    const committee = await committeeOf(masks.subarray(0, 32), 1, 150);
    const apart = disagreement(await committee.decide(everywhere, 2), 2);
    expect(mean([...apart.subarray(32)])).toBeGreaterThan(2 * mean([...apart.subarray(0, 32)]));
  });

  it('has members that differ, and is the same for the same seed', async () => {
    const [first, again, other] = await Promise.all(
      [3, 3, 4].map(async (seed) => (await committeeOf(masks, seed, 2)).decide(everywhere, 2)),
    );
    expect(first).toHaveLength(3);
    expect(first![0]).not.toEqual(first![1]);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('answers a row alone as among others, and an empty batch with nothing', async () => {
    const committee = await committeeOf(masks, 5, 2);
    const all = await committee.decide(everywhere, 2);
    const alone = await committee.decide({ width, masks: Uint32Array.of(17) }, 2);
    alone.forEach((answer, member) => {
      expect(answer[1]).toBeCloseTo(all[member]![2 * 17 + 1]!, 6);
    });
    expect(await committee.decide({ width, masks: new Uint32Array(0) }, 2)).toEqual(
      new Array(3).fill(new Float64Array(0)),
    );
  });
});

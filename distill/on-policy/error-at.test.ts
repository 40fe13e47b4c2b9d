import { describe, expect, it } from 'vitest';
import { ladder, ladderTeacher, maskAt } from '../../measure/toy.test-support.ts';
import { constant } from '../../policies/baselines/constant.ts';
import { Inquiry } from '../inquiry.ts';
import { errorAt } from './error-at.ts';

describe('errorAt', () => {
  const measured = (counts: number[], most: number) => {
    const { teacher, asked } = ladderTeacher();
    const inquiry = new Inquiry({ scenario: ladder, teacher, name: 'toy', seed: 0 });
    const visits = { masks: Uint32Array.from([0, 1, 8], maskAt), counts: Float64Array.from(counts) };
    const student = constant(ladder, 0.5);
    const shown = new Set([maskAt(1)]);
    return errorAt(visits, {
      scenario: ladder,
      student: { ...student, decide: offBy },
      inquiry,
      shown,
      most,
      start: 0,
    }).then((error) => ({ ...error, asked: asked.length }));
  };
  /** .8 to the first step, where the teacher says .9; .1 to the others, as the teacher. */
  const offBy = async ({ masks }: { masks: Uint32Array }) => ({
    probabilities: Float64Array.from(masks).length
      ? Float64Array.from(Array.from(masks).flatMap((mask) => (mask === maskAt(0) ? [0.2, 0.8] : [0.9, 0.1])))
      : new Float64Array(0),
    outcomes: Array.from(masks, () => 'ok' as const),
  });

  it('weighs squared errors by visits: (6 × .1² + 2 × 0 + 2 × 0) / 10', async () => {
    const { mse, mseUnseen, seen, compared } = await measured([6, 2, 2], 3);
    expect(mse).toBeCloseTo(0.006, 12);
    expect(mseUnseen).toBeCloseTo(0.0075, 12);
    expect(seen).toBe(0.2);
    expect(compared).toBe(3);
  });

  it('asks about no more states than it may, and estimates the same', async () => {
    const { mse, asked } = await measured([1, 1, 0], 2);
    expect(mse).toBeCloseTo(0.005, 12);
    expect(asked).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import { disagreement } from './score.ts';

describe('disagreement', () => {
  it('is the variance over members: of .2 and .4 it is .01, of .1, .2 and .6 it is .14 / 3', () => {
    const two = [Float64Array.of(0.8, 0.2, 0.5, 0.5), Float64Array.of(0.6, 0.4, 0.5, 0.5)];
    expect(disagreement(two, 2)[0]).toBeCloseTo(0.01, 15);
    expect(disagreement(two, 2)[1]).toBe(0);
    const three = [0.1, 0.2, 0.6].map((p) => Float64Array.of(1 - p, p));
    expect(disagreement(three, 2)[0]).toBeCloseTo(0.14 / 3, 15);
  });

  it('is 0 to the last bit for equal members, and for a committee of one', () => {
    const answer = Float64Array.from({ length: 200 }, (_, i) => Math.abs(Math.sin(i)));
    expect([...disagreement([answer, answer, answer], 2)]).toEqual(new Array(100).fill(0));
    expect([...disagreement([answer], 2)]).toEqual(new Array(100).fill(0));
  });

  it('sums over the actions but the first, and has no rows if there are none', () => {
    const members = [Float64Array.of(0.5, 0.3, 0.2), Float64Array.of(0.5, 0.1, 0.4)];
    expect(disagreement(members, 3)[0]).toBeCloseTo(0.02, 15);
    expect([...disagreement([new Float64Array(0), new Float64Array(0)], 2)]).toEqual([]);
  });
});

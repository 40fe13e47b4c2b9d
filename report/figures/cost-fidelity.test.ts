import { describe, expect, it } from 'vitest';
import { paretoFront } from './cost-fidelity.ts';

const of = (...items: [number, number][]) => paretoFront(items, (item) => item);

describe('the Pareto front', () => {
  it('by hand: what is worse in both, or in one and no better in the other, is left out', () => {
    expect(of([3, 1], [1, 3], [2, 2], [3, 3], [2, 2.5], [1, 4])).toEqual([
      [1, 3],
      [2, 2],
      [3, 1],
    ]);
  });

  it('keeps all of those that are alike, and one alone', () => {
    expect(of([1, 1], [1, 1])).toHaveLength(2);
    expect(of([5, 5])).toEqual([[5, 5]]);
    expect(of()).toEqual([]);
  });
});

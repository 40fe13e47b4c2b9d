import { describe, expect, it } from 'vitest';
import { binWords, readableEdges } from './bins.ts';

describe('the edges of bins', () => {
  it('are quantiles, rounded as far as the shares stay about equal', () => {
    const ages = Array.from({ length: 1000 }, (_, i) => 18 + ((i * 7919) % 73));
    expect(readableEdges(ages, 5)).toEqual([30, 45, 60, 75]);
    const incomes = Array.from({ length: 1000 }, (_, i) => 1000 * Math.exp(((i * 7919) % 1000) / 250));
    const edges = readableEdges(incomes, 4);
    expect(edges).toEqual([3000, 7000, 20000]);
    const shares = [...edges, Infinity].map((edge) => incomes.filter((x) => x < edge).length / 1000);
    shares.forEach((share, i) => expect(Math.abs(share - (i + 1) / 4)).toBeLessThan(0.07));
  });

  it('are fewer where most numbers are equal, and below none of them', () => {
    expect(readableEdges([...new Array<number>(90).fill(0), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 4)).toEqual([]);
    expect(
      readableEdges([...new Array<number>(60).fill(0), ...Array.from({ length: 40 }, (_, i) => i + 1)], 4),
    ).toEqual([20]);
    expect(readableEdges([-0.004, -0.002, 0.001, 0.003], 2)).toEqual([0.001]);
  });

  it('stand in words that leave nothing out', () => {
    expect(binWords([30, 45, 46, 60], true)).toEqual(['under 30', '30 to 44', '45', '46 to 59', '60 or more']);
    expect(binWords([1.5, 2], false)).toEqual(['under 1.5', '1.5 to under 2', '2 or more']);
    expect(binWords([30], false)).toEqual(['under 30', '30 or more']);
  });
});

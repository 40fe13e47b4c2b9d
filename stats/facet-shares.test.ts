import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { facetShares } from './facet-shares.ts';

/** 24 units of three facets, each observed in two ways. */
const rows = Array.from({ length: 48 }, (_, i) => {
  const unit = i >> 1;
  return {
    unit: String(unit),
    way: String(i % 2),
    a: String(unit % 2),
    b: String(unit % 3),
    c: String(Math.floor(unit / 6)),
  };
});
const facets = (['a', 'b', 'c', 'way'] as const).map((name) => ({
  ...{ name, ofUnit: name !== 'way' },
  levels: rows.map((row) => row[name]),
}));
const shares = (of: (row: (typeof rows)[0]) => number) =>
  facetShares(
    rows.map(of),
    facets,
    rows.map(({ unit }) => unit),
  );

describe('shares of facets', () => {
  it('give a facet that decides everything everything, and its units the worth of its levels', () => {
    const found = shares(({ b }) => Number(b));
    expect(found.facets.b).toBeCloseTo(1, 9);
    expect(found.facets.way).toBeCloseTo(0, 9);
    expect(found.effectiveUnits).toBeCloseTo(3, 9);
    expect(found.degrees).toBeCloseTo(2, 9);
  });

  it('add up two facets in the ratio of their variances, and call what acts together so', () => {
    // Variances 1/4 (a), 4 · 2/3 (b).
    const two = shares(({ a, b }) => Number(a) + 2 * Number(b));
    expect(two.facets.b! / two.facets.a!).toBeCloseTo((4 * (2 / 3)) / 0.25, 6);
    const crossed = shares(({ b, way }) => (way === '1' ? Number(b) - 1 : 1 - Number(b)));
    expect(crossed.together).toBeCloseTo(1, 6);
  });

  it('of units that differ by chance alone, no facet is named, and all units count', () => {
    const random = sequence(3, 'sampling');
    const noise = new Map(rows.map(({ unit }) => [unit, 0]));
    let [units, worth] = [0, 0];
    for (let study = 0; study < 60; study++) {
      for (const unit of noise.keys()) noise.set(unit, random() + random() + random());
      const found = shares(({ unit }) => noise.get(unit)!);
      units += found.units / 60;
      worth += found.effectiveUnits / 60;
    }
    expect(units).toBeGreaterThan(0.85);
    expect(worth).toBeGreaterThan(13);
  });

  it('are 0 where nothing varies', () => {
    expect(shares(() => 0.3)).toEqual({
      facets: { a: 0, b: 0, c: 0, way: 0 },
      units: 0,
      together: 0,
      effectiveUnits: 24,
      degrees: 23,
    });
  });
});

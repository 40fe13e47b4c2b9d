import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systematicSample } from './systematic-sample.ts';

describe('systematicSample', () => {
  it('gives whole shares exactly, whatever the start', () => {
    for (const start of [0, 0.3, 0.999]) expect([...systematicSample([1, 0, 3], 4, start)]).toEqual([1, 0, 3]);
  });

  it('has the share as the mean over starts', () => {
    const starts = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);
    const drawn = starts.reduce((sum, start) => sum + systematicSample([1, 2], 2, start)[0]!, 0);
    expect(drawn / starts.length).toBeCloseTo(2 / 3, 2);
  });

  it('draws m in all, each item within 1 of its share', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        weights.filter((all) => all.some((weight) => weight > 0)),
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (all, m, start) => {
          const counts = systematicSample(all, m, start);
          const total = all.reduce((sum, weight) => sum + weight, 0);
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(m);
          counts.forEach((count, i) => {
            expect(Math.abs(count - (m * all[i]!) / total)).toBeLessThan(1 + 1e-9);
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});

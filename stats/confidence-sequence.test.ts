import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { ConfidenceSequence, DriftAlarm } from './confidence-sequence.ts';

/** Numbers between 0 and 1 whose expectation changes: many small ones, some large. */
const draw = (random: () => number, p: number) => (random() < p ? random() : 0);

describe('a confidence sequence', () => {
  it('holds the mean of the expectations at all times in at least 95 of 100 sequences', () => {
    let missed = 0;
    for (let trial = 0; trial < 300; trial++) {
      const random = sequence(trial, 'sampling');
      const intervals = new ConfidenceSequence();
      let expected = 0;
      let out = false;
      for (let n = 1; n <= 1000; n++) {
        const p = n < 300 ? 0.1 : 0.3;
        expected += p / 2;
        intervals.add(draw(random, p));
        const { lower, upper } = intervals.interval;
        if (expected / n < lower || expected / n > upper) out = true;
      }
      if (out) missed++;
    }
    expect(missed).toBeLessThan(15);
  });

  it('narrows with the square root of the values, and with their spread', () => {
    const width = (n: number, value: (i: number) => number) => {
      const intervals = new ConfidenceSequence();
      for (let i = 0; i < n; i++) intervals.add(value(i));
      return intervals.interval.upper - intervals.interval.lower;
    };
    const coin = (i: number) => i % 2;
    expect(width(10_000, coin)).toBeLessThan(0.06);
    expect(width(40_000, coin) / width(10_000, coin)).toBeCloseTo(0.5, 1);
    expect(width(10_000, () => 0.02)).toBeLessThan(width(10_000, coin) / 10);
  });

  it('takes numbers that come together in any order, and goes on from what it came to', () => {
    const one = new ConfidenceSequence();
    one.addTogether([0.2, 0.6], [3, 1]);
    const other = new ConfidenceSequence(0.95, one.state);
    for (const sequence of [one, other]) sequence.addTogether([0.6, 0.2, 0.1], [2, 5, 1]);
    expect(other.interval).toEqual(one.interval);
    const shuffled = new ConfidenceSequence();
    shuffled.addTogether([0.6, 0.2], [1, 3]);
    shuffled.addTogether([0.1, 0.2, 0.6], [1, 5, 2]);
    expect(shuffled.state.n).toBe(12);
    expect(shuffled.interval.mean).toBeCloseTo((8 * 0.2 + 3 * 0.6 + 0.1) / 12, 12);
    expect(shuffled.interval.upper).toBeCloseTo(one.interval.upper, 12);
    expect(() => one.addTogether([1.5], [1])).toThrow('from 0 to 1');
  });

  it('knows nothing before the first value, and takes none that is not one', () => {
    expect(new ConfidenceSequence().interval).toMatchObject({ n: 0, lower: 0, upper: 1 });
    expect(() => new ConfidenceSequence().add(1.2)).toThrow('from 0 to 1');
    expect(() => new ConfidenceSequence(1)).toThrow('between 0 and 1');
  });
});

describe('an alarm on drift', () => {
  const valuesUntilAlarm = (seed: number, p: (n: number) => number, most: number): number => {
    const random = sequence(seed, 'sampling');
    const alarm = new DriftAlarm(0.1, 1000);
    while (!alarm.raised && alarm.n < most) alarm.add(draw(random, p(alarm.n)));
    return alarm.n;
  };
  const meanOver = (p: (n: number) => number, most: number) =>
    Array.from({ length: 60 }, (_, seed) => valuesUntilAlarm(seed, p, most)).reduce((a, b) => a + b) / 60;

  it('is late on the mean where nothing changes, and prompt where the expectation doubles', () => {
    expect(meanOver(() => 0.2, 4000)).toBeGreaterThan(1000);
    expect(meanOver(() => 0.4, 4000)).toBeLessThan(250);
  });

  it('sees a change that comes late as soon as one that was there from the first', () => {
    expect(meanOver((n) => (n < 500 ? 0.05 : 0.5), 4000) - 500).toBeLessThan(200);
  });
});

import { describe, expect, it } from 'vitest';
import { backoffMs, retryAfterMs } from './retry.ts';

describe('the pause before another try', () => {
  it('doubles at most with each try, up to a cap', () => {
    const longest = [1, 2, 3, 4, 9].map((attempt) => backoffMs(attempt, { baseMs: 100, capMs: 500 }, 1));
    expect(longest).toEqual([100, 200, 400, 500, 500]);
  });

  it('is anything from nothing to that', () => {
    expect(backoffMs(3, {}, 0)).toBe(0);
    expect(backoffMs(3, {}, 0.25)).toBe(1000);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-01T10:00:00Z');
  it.each([
    ['2', 2000],
    [' 0 ', 0],
    ['1.5', 1500],
    ['Sun, 01 Nov 2026 10:00:07 GMT', 7000],
    ['Sun, 01 Nov 2026 09:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
    [null, undefined],
  ])('of %j is %s ms', (header, ms) => expect(retryAfterMs(header, now)).toBe(ms));
});

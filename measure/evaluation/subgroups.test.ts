import { expect, it } from 'vitest';
import { testRows } from './small-scenario.test-support.ts';
import { ENOUGH_ROWS, subgroupsOf, worstOf } from './subgroups.ts';

const test = testRows([
  { traits: ['bold'], context: [], p: 0.5 },
  { traits: ['shy'], context: ['rain'], p: 0.5 },
  { traits: ['bold', 'shy'], context: ['rain', 'hungry'], p: 0.2 },
  { traits: ['shy', 'bold'], context: ['hungry', 'rain'], p: 0.4 },
]);

it('every row is in the group of each of its phrases and of its two sizes, by hand', () => {
  const groups = subgroupsOf(test, Float64Array.of(0.5, 0.7, 0.3, 0.3), 1);
  const rounded = (value: number) => Number(value.toFixed(10)) + 0;
  expect(groups.map(({ by, group, n, mse, mae, bias }) => [by, group, n, ...[mse, mae, bias].map(rounded)])).toEqual([
    ['trait', 'bold', 3, 0.0066666667, 0.0666666667, 0],
    ['trait', 'shy', 3, 0.02, 0.1333333333, 0.0666666667],
    ['context', 'hungry', 2, 0.01, 0.1, 0],
    ['context', 'rain', 3, 0.02, 0.1333333333, 0.0666666667],
    ['traits', '1', 2, 0.02, 0.1, 0.1],
    ['traits', '2', 2, 0.01, 0.1, 0],
    ['contexts', '0', 1, 0, 0, 0],
    ['contexts', '1', 1, 0.04, 0.2, 0.2],
    ['contexts', '2', 2, 0.01, 0.1, 0],
  ]);
  // Two rows of one state: a resample is that state, so there is no width.
  const { interval } = groups.find(({ by, group }) => by === 'traits' && group === '2')!;
  expect(interval.upper - interval.lower).toBeLessThan(1e-15);
});

it('rows without an answer are in no group', () => {
  const groups = subgroupsOf(test, Float64Array.of(Number.NaN, 0.7, Number.NaN, Number.NaN), 1);
  expect(groups.map(({ group, n }) => `${group} ${n}`)).toEqual(['shy 1', 'rain 1', '1 1', '1 1']);
});

it('the worst group is the one of the largest error, among those with enough rows', () => {
  const group = (name: string, n: number, mse: number) =>
    ({ by: 'trait', group: name, n, mse, interval: { lower: 0, upper: 1 }, mae: 0, bias: 0 }) as const;
  const groups = [group('few', ENOUGH_ROWS - 1, 0.9), group('first', 20, 0.2), group('second', 500, 0.3)];
  expect(worstOf(groups)!.group).toBe('second');
  expect(worstOf(groups.slice(0, 2))!.group).toBe('first');
  expect(worstOf(groups.slice(0, 1))).toBeUndefined();
});

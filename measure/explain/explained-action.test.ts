import { expect, it } from 'vitest';
import { actionNamed, likeliest, sumsBesideDefault } from './explained-action.ts';

it('the likeliest action beside the default is explained, the first of equals', () => {
  // Two rows of three actions; the second row has no answer.
  expect(sumsBesideDefault([0.7, 0.1, 0.2, Number.NaN, Number.NaN, Number.NaN], 3)).toEqual([0.1, 0.2]);
  expect(likeliest([0.1, 0.2])).toBe(2);
  expect(likeliest([0.2, 0.2])).toBe(1);
  expect(likeliest([0.01])).toBe(1);
});

it('an action is found by its name, and an unknown one is refused with the known', () => {
  const scenario = { id: 'commute', actions: ['walk', 'ride', 'drive'] };
  expect(actionNamed(scenario, 'drive')).toBe(2);
  expect(() => actionNamed(scenario, 'rode')).toThrow(
    'unknown action: rode (commute knows: walk, ride, drive); did you mean ride?',
  );
});

import { expect, it } from 'vitest';
import { mirrorOf } from './mirror.ts';

it('pairs what is said of one alternative with what is said of the other', () => {
  const phrases = ['old', 'A: price 10', 'A: price 20', 'B: price 10', 'B: price 20', 'rainy'];
  expect([...mirrorOf(phrases)!]).toEqual([0, 3, 4, 1, 2, 5]);
  expect([...mirrorOf(['a_price: low', 'b_price: low', 'a_brand: X', 'b_brand: X'])!]).toEqual([1, 0, 3, 2]);
  expect([...mirrorOf(['option 1 red', 'option 2 red', 'option 1 blue', 'option 2 blue'])!]).toEqual([1, 0, 3, 2]);
});

it('takes neither quantities nor single coincidences for alternatives', () => {
  expect(mirrorOf(['children: 1', 'children: 2', 'cars: 1', 'cars: 2'])).toBeUndefined();
  expect(mirrorOf(['vitamin a', 'vitamin b', 'tall'])).toBeUndefined();
  expect(mirrorOf([])).toBeUndefined();
});

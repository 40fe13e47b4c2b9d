import { expect, it } from 'vitest';
import { leastSignFlipP, neededFor, signFlipPower } from './sign-flip-power.ts';

it('three differences can never reject, twelve find an effect of their own spread .86 of the time, 24 nearly always', () => {
  expect(leastSignFlipP(3)).toBe(0.25);
  expect(signFlipPower(3, 10, { seed: 0 })).toBe(0);
  expect(Math.abs(signFlipPower(12, 1, { seed: 0 }) - 0.86)).toBeLessThan(0.05);
  expect(signFlipPower(24, 1, { seed: 0, studies: 200 })).toBeGreaterThan(0.96);
  expect(Math.abs(signFlipPower(12, 0, { seed: 0 }) - 0.05)).toBeLessThan(0.035);
});

it('says how many are needed', () => {
  expect(neededFor(0.9, 1, { seed: 0 })).toBe(14);
  expect(neededFor(0.9, 0.05, { seed: 0, studies: 20 })).toBeUndefined();
});

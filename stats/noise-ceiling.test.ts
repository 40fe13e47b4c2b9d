import { expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { pearson } from './correlation.ts';
import { mse, rSquared } from './errors.ts';
import { icc } from './icc.ts';
import { mean } from './moments.ts';
import { noiseCeiling } from './noise-ceiling.ts';

it('the ceiling is that of the mean of four answers of reliability one half, by hand', () => {
  expect(noiseCeiling(0.5, 0.09, 4)).toEqual({ r2: 0.8, pearson: Math.sqrt(0.8), mse: 0.0225 });
  expect(noiseCeiling(1, 0, 3)).toEqual({ r2: 1, pearson: 1, mse: 0 });
});

it('a student that knows the teacher’s mean reaches it, and no more', () => {
  const random = sequence(5, 'sampling');
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const truth = Array.from({ length: 40_000 }, () => 0.3 * normal());
  const answers = truth.map((t) => Array.from({ length: 5 }, () => t + 0.2 * normal()));
  const one = icc(answers, 'ICC(1,1)').value!;
  for (const repeats of [1, 2, 5]) {
    const labels = answers.map((row) => mean(row.slice(0, repeats)));
    const ceiling = noiseCeiling(one, 0.04, repeats);
    expect(rSquared(labels, truth)).toBeCloseTo(ceiling.r2, 2);
    expect(pearson(labels, truth)).toBeCloseTo(ceiling.pearson, 2);
    expect(mse(labels, truth) / ceiling.mse).toBeCloseTo(1, 1);
  }
});

it('answers that tell prompts apart no better than chance leave nothing to learn', () => {
  expect(noiseCeiling(-0.2, 0.01, 10)).toEqual({ r2: 0, pearson: 0, mse: 0.001 });
});

it('says what is wrong', () => {
  expect(() => noiseCeiling(0.5, -1, 2)).toThrow('a variance of 0 or more, got -1');
  expect(() => noiseCeiling(1.2, 1, 2)).toThrow('up to 1, got 1.2');
  expect(() => noiseCeiling(0.5, 1, 0)).toThrow('a positive number of answers, got 0');
});

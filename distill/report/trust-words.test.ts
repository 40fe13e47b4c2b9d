import { expect, it } from 'vitest';
import type { StudyModel } from './study-files.ts';
import { trustWords } from './trust-words.ts';

const worst = {
  by: 'context',
  group: 'hungry',
  n: 1200,
  mse: 0.05,
  interval: { lower: 0.04, upper: 0.06 },
  mae: 0.2,
  bias: 0,
};
const model = { model: 'mlp', mse: 0.01, worstGroup: worst } as unknown as StudyModel;

it('names the worst group beside the error on all rows', () => {
  expect(trustWords(model)).toEqual([
    'Trust mlp least where “hungry” holds: a mean squared error of 0.050 [0.040, 0.060] on 1,200 rows, beside 0.010 on all.',
  ]);
  const one = { ...model, worstGroup: { ...worst, by: 'traits', group: '1' } } as StudyModel;
  expect(trustWords(one)[0]).toContain('in states of 1 trait:');
});

it('says the share of the achievable where it is known, and nothing of what was not measured', () => {
  expect(trustWords({ ...model, worstGroup: undefined })).toEqual([]);
  expect(trustWords({ ...model, achievable: { value: 0.9, lower: 0.8, upper: 0.95 } })[0]).toBe(
    'It explains 90 % [80 %, 95 %] of what the noise of the teacher’s labels leaves to explain.',
  );
});

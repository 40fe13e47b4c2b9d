import { describe, expect, it } from 'vitest';
import { sequence } from '../../env/random.ts';
import { mse, rSquared } from '../../stats/errors.ts';
import { icc } from '../../stats/icc.ts';
import { mean } from '../../stats/moments.ts';
import { noiseCeiling } from '../../stats/noise-ceiling.ts';
import type { CeilingKnown } from '../../workspace/evaluation.ts';
import type { StabilityNoise } from '../../workspace/stability.ts';
import { ceilingOf } from './ceiling.ts';

const study: StabilityNoise = {
  teacher: 'tiny',
  teacherId: 'tiny-01',
  elicitation: 'sample',
  temperature: 1,
  variance: { within: 0.01 },
};
const target = [0, 0.5, 1];
const labels = (row: object, teachers = ['tiny-01']) => ({
  teachers,
  rows: target.map(() => ({ ...row })),
  target,
  m: 1,
});
const reasonOf = (...given: Parameters<typeof ceilingOf>) => {
  const found = ceilingOf(...given);
  expect(found.r2).toBeNull();
  return 'reason' in found ? found.reason : '';
};

const ofActions = (k: number) =>
  Object.fromEntries(Array.from({ length: k }, (_, a) => [`a${a}`, {}])) as unknown as StabilityNoise['actions'];

describe('the noise ceiling of test labels', () => {
  it('of several actions is that of their probabilities together, with the mean of their noise', () => {
    const random = sequence(6, 'sampling');
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    // Two compared actions of noise .1 and .02 about means of their own.
    const truth = Array.from({ length: 20_000 }, () => [0.5 + 0.2 * normal(), 0.2 + 0.05 * normal()]);
    const noisy = truth.flatMap(([a, b]) => [a! + 0.1 * normal(), b! + 0.02 * normal()]);
    const rows = truth.map(() => ({ elicitation: 'sample', temperature: 1 }));
    const noise = { ...study, actions: ofActions(3), variance: { within: (0.1 ** 2 + 0.02 ** 2) / 2 } };
    const found = ceilingOf(noise, { teachers: ['tiny-01'], rows, target: noisy, m: 2 }) as CeilingKnown;
    expect(rSquared(noisy, truth.flat())).toBeCloseTo(found.r2, 2);
    expect(mse(noisy, truth.flat()) / found.mse).toBeCloseTo(1, 1);
  });

  it('is what the noise in the labels leaves of their variance, by hand', () => {
    // The labels' variance is 1/6.
    const found = ceilingOf(study, labels({ elicitation: 'sample', temperature: 1, repeats: 2 })) as CeilingKnown;
    expect(found.mse).toBeCloseTo(0.005, 14);
    expect(found.r2).toBeCloseTo(1 - 0.03, 12);
    expect(found.reasking).toBeCloseTo(0.015, 14);
    expect(found.labels).toBe('means of 2 samples at temperature 1');
  });

  it('is 1 for labels that are means of a whole distribution, and asking once more is off by its variance', () => {
    expect(ceilingOf(study, labels({ elicitation: 'expected' }))).toMatchObject({ r2: 1, mse: 0, reasking: 0.01 });
  });

  it('takes rows that do not say how they were elicited for one sample, and says so', () => {
    const found = ceilingOf(study, labels({})) as CeilingKnown;
    expect(found.mse).toBeCloseTo(0.01, 14);
    expect(found.labels).toContain('rows that do not say how they were elicited');
  });

  it('is reached by a student that knows the teacher’s means, and agrees with the reliability by ICC', () => {
    const random = sequence(6, 'sampling');
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const truth = Array.from({ length: 20_000 }, () => 0.5 + 0.2 * normal());
    const answers = truth.map((t) => Array.from({ length: 3 }, () => t + 0.1 * normal()));
    const noisy = answers.map((row) => mean(row));
    const again = truth.map((t) => t + 0.1 * normal());
    const rows = truth.map(() => ({ elicitation: 'sample', temperature: 1, repeats: 3 }));
    const found = ceilingOf(study, { teachers: ['tiny-01'], rows, target: noisy, m: 1 }) as CeilingKnown;
    expect(rSquared(noisy, truth)).toBeCloseTo(found.r2, 2);
    expect(mse(noisy, truth) / found.mse).toBeCloseTo(1, 1);
    expect(mse(noisy, again) / found.reasking).toBeCloseTo(1, 1);
    expect(found.r2).toBeCloseTo(noiseCeiling(icc(answers, 'ICC(1,1)').value!, 0.01, 3).r2, 2);
  });

  it('is 0, and no less, where the labels vary less than their noise', () => {
    const noise = { ...study, variance: { within: 0.5 } };
    expect(ceilingOf(noise, labels({ elicitation: 'sample', temperature: 1 })).r2).toBe(0);
  });

  it('is undefined, with the reason', () => {
    expect(reasonOf(undefined, labels({}))).toContain('run understudy stability');
    expect(reasonOf(study, labels({}, []))).toContain('do not say who answered');
    expect(reasonOf(study, labels({}, ['gemma-02']))).toBe(
      'the labels are of gemma-02, the stability study is of tiny-01',
    );
    expect(reasonOf({ ...study, action: 'repair' }, { ...labels({}), m: 2 })).toContain('covers P(repair) only');
    expect(reasonOf({ ...study, actions: ofActions(4) }, { ...labels({}), m: 2 })).toBe(
      'the stability study covers 4 actions, and the rows have 3',
    );
    expect(reasonOf({ ...study, elicitation: 'greedy' }, labels({}))).toContain('asked greedily');
    expect(reasonOf({ ...study, variance: undefined }, labels({}))).toContain('earlier version');
    expect(reasonOf(study, labels({ elicitation: 'greedy' }))).toContain('greedy answers');
    expect(reasonOf(study, labels({ elicitation: 'sample', temperature: 0.7 }))).toContain('0.7, the study at 1');
    expect(reasonOf(study, { ...labels({}), target: [0.3, 0.3, 0.3] })).toContain('no variance to explain');
  });
});

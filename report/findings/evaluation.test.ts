import { describe, expect, it } from 'vitest';
import type { StudyEvaluation, StudyModel } from '../../workspace/evaluation.ts';
import { evaluationFindings } from './evaluation.ts';

const around = (value: number) => ({ lower: 0.9 * value, upper: 1.1 * value });
const model = (name: string, mse: number, more: Partial<StudyModel> = {}): StudyModel => ({
  ...{ model: name, kind: 'student', policy: name, n: 160, unanswered: 0, mse, mae: 0.02, r2: 0.9, pearson: 0.95 },
  ...{ spearman: 0.95, ece: 0.01, kl: 0.01, bias: 0 },
  intervals: { mse: around(mse), mae: around(0.02), r2: around(0.9), pearson: around(0.95) },
  ...more,
});
const mlp = model('mlp', 0.001);
const studyOf = (more: Partial<StudyEvaluation>, models = [model('encoder', 0.002), mlp]): StudyEvaluation => ({
  ...{ scenario: 'ice-cream-v1', actions: ['buy'], teacher: ['tiny'], seed: 1, train: null, bestBaseline: 'mean' },
  test: { path: 'data/test.jsonl', sha256: '0', rows: 160, seenInTraining: 0 },
  models: [...models, model('mean', 0.08, { kind: 'baseline' })],
  ...more,
});
const saidOf = (study: StudyEvaluation) =>
  Object.fromEntries(evaluationFindings(study).map(({ topic, text }) => [topic, text]));
const pair = { a: 'mlp', b: 'encoder', n: 160, difference: -0.001, lower: -0.003, upper: 0.0005, p: 0.2, exact: false };

describe('the words on an evaluation', () => {
  it('call the best significantly better only where the interval excludes 0, whichever way the pair was compared', () => {
    const open = saidOf(studyOf({ comparisons: [{ ...pair, pHolm: 0.2, confidence: 0.95 }] }))['Best, or lucky']!;
    expect(open).toContain('mlp is not significantly better than encoder, the next best');
    expect(open).toContain('0.0010 [−0.00050, 0.0030] (sign-flip test, p = 0.20)');
    const turned = { ...pair, a: 'encoder', b: 'mlp', difference: 0.001, lower: 0.0005, upper: 0.003, pHolm: 0.0004 };
    const sure = { ...turned, confidence: 0.975 };
    expect(saidOf(studyOf({ comparisons: [sure, { ...pair, b: 'x', pHolm: 1 }] }))['Best, or lucky']).toBe(
      'mlp is significantly better than encoder, the next best: difference of the mean squared errors 0.0010 [0.00050, 0.0030] (sign-flip test, p < 0.001; p and interval with Holm’s correction for 2 pairs).',
    );
    // The interval of an earlier version was not that of the test, and is not shown beside it.
    const earlier = { ...turned, pHolm: 0.2 };
    expect(saidOf(studyOf({ comparisons: [earlier] }))['Best, or lucky']).toContain(
      'not significantly better than encoder, the next best: difference of the mean squared errors 0.0010 (sign-flip',
    );
  });

  it('say the share of what can be achieved, or why it is not known', () => {
    const topic = 'What can be achieved';
    const models = [model('mlp', 0.001, { achievable: { value: 0.95, lower: 0.9, upper: 0.99 } })];
    const ceiling = { r2: 0.947, mse: 0.0042, reasking: 0.008, labels: 'one sample each' };
    expect(saidOf(studyOf({ ceiling }, models))[topic]).toBe(
      'A student that knew the teacher’s mean answers would reach an R² of 0.947 on these labels (one sample each); mlp has 95.0 % [90 %, 99.0 %] of that. Asking the teacher once more would have a mean squared error of 0.0080; mlp has 0.0010, less than that.',
    );
    const exact = { r2: 1, mse: 0, reasking: 0, labels: 'exact' };
    expect(saidOf(studyOf({ ceiling: exact }, models))[topic]).toContain(
      'an R² of 1, and mlp has 95.0 % [90 %, 99.0 %] of that',
    );
    const unknown = saidOf(studyOf({ ceiling: { r2: null, reason: 'there is no study' } }, models));
    expect(unknown[topic]).toBe('Not known: there is no study.');
  });

  it('name the group where the best is not to be trusted, its tilt, and whether that may be chance', () => {
    const topic = 'Where not to trust it';
    const group = { by: 'trait' as const, group: 'cheap', n: 40, mse: 0.003, interval: around(0.003), mae: 0.04 };
    const of = (more: object) =>
      saidOf(studyOf({}, [model('mlp', 0.001, { worstGroup: { ...group, ...more } as never })]));
    expect(of({ bias: -0.02 })[topic]).toBe(
      'mlp is furthest from the teacher in states with the trait “cheap” (40 rows): a mean squared error of 0.0030 [0.0027, 0.0033], 3.0 times that of all; there it answers 0.020 too low on average. As the worst of many groups it is partly the unluckiest, which its interval does not count.',
    );
    const small = of({ by: 'contexts', group: '0', bias: 0, interval: { lower: 0.0005, upper: 0.006 } })[topic]!;
    expect(small).toContain('in states with no context (40 rows)');
    expect(small).toContain('may be no worse there than elsewhere');
  });

  it('say what the order of phrases does to the teacher and its students', () => {
    const topic = 'Order of the phrases';
    const moves = { states: 55, orders: 8, meanSd: 0.044, maxSd: 0.11, variance: 0.0026, changeFromCanonical: 0.005 };
    const teacherOrder = { ...moves, byConstruction: false };
    const models = [
      model('mlp', 0.001, { order: { ...moves, meanSd: 0, maxSd: 0, byConstruction: true } }),
      model('encoder', 0.002, { order: { ...teacherOrder, meanSd: 0.011, maxSd: 0.073 } }),
    ];
    const study = studyOf({ teacherOrder }, models);
    expect(saidOf(study)[topic]).toBe(
      'Showing the same phrases in another order moves the teacher’s answer by a standard deviation of 0.044 on average and 0.11 at most. The order moves encoder by 0.011 on average and 0.073 at most (standard deviations). It makes no difference to mlp.',
    );
    const rounding = { ...teacherOrder, meanSd: 1.3e-17, maxSd: 4e-17 };
    expect(saidOf(studyOf({ teacherOrder: rounding }, models))[topic]).toContain(
      'The teacher answers alike in any order of the phrases.',
    );
    // A student that is shown no order, alone, is no finding.
    expect(saidOf(studyOf({}, models.slice(0, 1)))[topic]).toBeUndefined();
  });

  it('say on which machine speed was measured, and where a model was simulated', () => {
    const onPolicy = { mse: 0.002, ...around(0.002), covered: 0.6, visited: 9, states: 5, seenInTraining: 0 };
    const went = model('mlp', 0.001, {
      ...{ decisionsPerSecond: 9, onPolicy: { ...onPolicy, agents: 1000, ticks: 210, answers: 'teacher' } },
    });
    const said = saidOf(studyOf({ machine: 'A processor' }, [went]));
    expect(said['Decisions a second']).toBe('On A processor; they say nothing about another machine.');
    expect(said.Visits).toBe(
      '1,000 agents for 210 ticks under the model itself, states weighted by their visits; ‘visits covered’ is the share that the error speaks for: the teacher answered about states drawn by their visits. Baselines are not simulated.',
    );
  });

  it('say nothing of files of earlier versions, which lack all of this', () => {
    expect(evaluationFindings(studyOf({})).map(({ kind }) => kind)).toEqual(['best-model', 'baseline']);
  });
});

import { describe, expect, it } from 'vitest';
import type { ModelEffect } from '../workspace/effects.ts';
import type { StudyModel } from '../workspace/evaluation.ts';
import { effectsFindings } from './effects-words.ts';
import type { StudyFiles } from './study-files.ts';

const main = (model: string, phrase: string, mean: number): ModelEffect => ({
  ...{ model, phrase, states: 9, mean },
  meanAbsolute: Math.abs(mean),
});
const pair = (model: string, mean: number): ModelEffect => ({ ...main(model, 'sweet', mean), beside: 'hot' });
const none: StudyFiles = { states: [], logs: [], repeats: [], students: [] };
const said = (effects: ModelEffect[], study = none) => effectsFindings({ ...study, effects }, 'buy')[0]?.text;
/** Sweet raises, cheap lowers, cold lowers a little. */
const of = (model: string, by = 0) => [
  main(model, 'sweet', 0.2 + by),
  main(model, 'cheap', -0.3 - by),
  main(model, 'cold', -0.01),
];

describe('the words on what decides', () => {
  it('name the phrases that lower and raise P most, and that all models agree', () => {
    expect(said([...of('logistic'), ...of('mlp', 0.02), ...of('encoder')])).toBe(
      '“cheap” lowers P(buy) most, by 0.30 to 0.32 on average, in all 3 models. “sweet” raises P(buy) most, by 0.20 to 0.22 on average, in all 3 models.',
    );
    expect(said(of('mlp'))).toContain('“cheap” lowers P(buy) most, by 0.30 on average, in mlp.');
  });

  it('call students so, and hold them against the teacher where it was explained', () => {
    const names = ['logistic', 'mlp', 'encoder'];
    const models = names.map((model, i) => ({ model, kind: 'student', mse: i }) as StudyModel);
    const study = { ...none, evaluation: { models }, dataset: { teacher: 'tiny' } } as StudyFiles;
    const effects = names.flatMap((name) => of(name));
    expect(said(effects, study)).toContain('on average, in all 3 students. ');
    expect(said([...effects, ...of('tiny', 0.05)], study)).toBe(
      '“cheap” lowers P(buy) most, by 0.30 on average, in all 3 students; in the teacher by 0.35. “sweet” raises P(buy) most, by 0.20 on average, in all 3 students; in the teacher by 0.25.',
    );
    expect(said([...effects, main('tiny', 'cheap', 0.1)], study)).toContain(
      'in all 3 students; in the teacher it is the other way, by 0.10.',
    );
  });

  it('name what another model has in that place', () => {
    const other = [main('encoder', 'sweet', 0.2), main('encoder', 'cheap', -0.1), main('encoder', 'cold', -0.4)];
    expect(said([...of('mlp'), ...other])).toContain(
      '“cheap” lowers P(buy) most, by 0.30 on average, in mlp; in encoder it is “cold” (0.40).',
    );
  });

  it('begin with the model of the lowest error', () => {
    const models = [
      { model: 'mlp', kind: 'student', mse: 0.2 },
      { model: 'encoder', kind: 'student', mse: 0.1 },
    ] as StudyModel[];
    const study = { ...none, evaluation: { models } as StudyFiles['evaluation'] } as StudyFiles;
    const other = [main('encoder', 'cold', -0.4)];
    expect(said([...of('mlp'), ...other], study)).toMatch(
      /^“cold” lowers P\(buy\) most, by 0\.40 on average, in encoder;/,
    );
  });

  it('say where models disagree about the sign, but not about next to nothing', () => {
    const turned = of('encoder').map((row) => (row.phrase === 'cold' ? { ...row, mean: 0.01 } : row));
    expect(said([...of('mlp'), ...turned])).toContain('Models disagree whether “cold” raises or lowers P(buy).');
    const nearly = turned.map((row) => (row.phrase === 'cold' ? { ...row, mean: 0.001 } : row));
    expect(said([...of('mlp'), ...nearly])).not.toContain('disagree');
  });

  it('name the pair that is furthest from the sum of its parts, of another model than the logistic', () => {
    const pairs = [pair('logistic', 0.3), pair('mlp', -0.08), { ...pair('mlp', 0.02), beside: 'cold' }];
    expect(said([...of('logistic'), ...of('mlp'), ...pairs])).toContain(
      'Of pairs, “sweet” with “hot” is furthest from the sum of its parts in mlp: together they add 0.080 less than one by one.',
    );
  });

  it('are none for models that move nothing, and where nothing was explained', () => {
    expect(said([main('constant:0.5', 'sweet', 0), pair('constant:0.5', 0)])).toBeUndefined();
    expect(effectsFindings(none, 'buy')).toEqual([]);
  });
});

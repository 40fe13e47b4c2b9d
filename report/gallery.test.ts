import { describe, expect, it } from 'vitest';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import type { ModelEffect } from '../workspace/effects.ts';
import type { StudyModel } from '../workspace/evaluation.ts';
import { light } from './figures/theme.ts';
import { ofPhrases } from './gallery.ts';
import type { StudyFiles } from './study-files.ts';

const [sweet, , health] = iceCream.traits as readonly [string, string, string];
const row = (model: string, phrase: string, more: Partial<ModelEffect> = {}): ModelEffect => ({
  ...{ model, phrase, states: 9, mean: 0.1, meanAbsolute: 0.1 },
  ...more,
});
const pair = (model: string) => row(model, sweet, { beside: health });
const studyOf = (effects: ModelEffect[], more: object = {}): StudyFiles =>
  ({ ...{ states: [], logs: [], repeats: [], students: [] }, effects, ...more }) as StudyFiles;
const figuresOf = (study: StudyFiles) =>
  Object.fromEntries(ofPhrases(study, iceCream).map((figure) => [figure.name, figure]));
const evaluated = (...mses: [string, number][]) => ({
  evaluation: { models: mses.map(([model, mse]) => ({ model, kind: 'student', mse }) as StudyModel) },
});

describe('the figures of what phrases do', () => {
  it('show the pairs of the best model that is not the logistic, and of that one where it is alone', () => {
    const effects = ['logistic', 'mlp', 'encoder'].flatMap((model) => [row(model, sweet), pair(model)]);
    const best = figuresOf(studyOf(effects, evaluated(['logistic', 0.1], ['mlp', 0.3], ['encoder', 0.2])));
    expect(best['pair-effects']!.caption).toMatch(/^Model: encoder\./);
    expect(JSON.stringify(best['pair-effects']!.draw(light))).toContain('encoder’s P(buy)');
    const alone = figuresOf(studyOf([row('logistic', sweet), pair('logistic')]));
    expect(alone['pair-effects']!.caption).toMatch(/^Model: logistic\./);
  });

  it('say which models were explained over other states', () => {
    const tiny = row('tiny', sweet, { states: 20 });
    const study = studyOf([row('mlp', sweet), row('encoder', sweet), tiny], { dataset: { teacher: 'tiny' } });
    const { caption } = figuresOf(study)['phrase-effects']!;
    expect(caption).toMatch(/ Explained over other states than mlp: tiny\.$/);
    expect(figuresOf(studyOf([row('mlp', sweet), row('encoder', sweet)]))['phrase-effects']!.caption).not.toContain(
      'other states',
    );
  });

  it('are none where nothing was explained, and one if there are no pairs', () => {
    expect(figuresOf(studyOf([]))).toEqual({});
    expect(Object.keys(figuresOf(studyOf([row('mlp', sweet)])))).toEqual(['phrase-effects']);
    // Of the teacher alone there is no student whose pairs could be shown.
    const taught = studyOf([row('tiny', sweet), pair('tiny')], { dataset: { teacher: 'tiny' } });
    expect(Object.keys(figuresOf(taught))).toEqual(['phrase-effects']);
  });
});

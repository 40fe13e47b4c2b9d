import { describe, expect, it } from 'vitest';
import type { Vocabulary } from '../env/scenario.ts';
import { defineVocabulary } from '../env/vocabulary.ts';
import type { ModelEffect } from '../workspace/effects.ts';
import type { PredictedState } from '../workspace/predictions.ts';
import { explainedActions, mainExplained } from './explained.ts';
import { figureTable, toSvg } from './figures/render.ts';
import { dark, light } from './figures/theme.ts';
import { actionFigureNames, figuresOf } from './gallery.ts';
import type { StudyFiles } from './study-files.ts';

/** A vocabulary of k actions with two phrases. */
const scenarioOf = (k: number): Vocabulary =>
  defineVocabulary({
    id: 'paths',
    actions: ['stay', 'path 1', ...Array.from({ length: k - 2 }, (_, i) => `path ${i + 2}`)],
    traits: { phrases: ['young'] },
    contexts: { phrases: ['dark'] },
  });

/** Four states; path 2 is the teacher's likeliest, and mlp is .1 too high wherever it is dark. */
function studyOf({ actions }: Vocabulary): StudyFiles {
  const states: PredictedState[] = [[], ['dark'], ['dark'], []].flatMap((context) =>
    actions.slice(1).map((action, i) => {
      const target = i === 1 ? 0.4 : 0.02 * (i + 1);
      const mlp = target + (context.length > 0 ? 0.1 : 0);
      return { traits: ['young'], context, action, target, predicted: { mlp, mean: 0.1 } };
    }),
  );
  const model = (name: string, kind: string) => ({
    ...{
      model: name,
      kind,
      mse: 0.01,
      mae: 0.1,
      pearson: 0.5,
      spearman: 0.5,
      intervals: { mse: { lower: 0, upper: 1 } },
    },
  });
  return {
    ...{ states, logs: [], repeats: [], students: [] },
    evaluation: { test: { path: 'test.jsonl', rows: 4 }, models: [model('mlp', 'student'), model('mean', 'baseline')] },
  } as unknown as StudyFiles;
}

describe('figures of several actions', () => {
  for (const k of [3, 12])
    it(`name each of ${k - 1} actions beside the default one, and can be drawn in both appearances`, async () => {
      const scenario = scenarioOf(k);
      const figures = Object.fromEntries(figuresOf(studyOf(scenario), scenario).map((one) => [one.name, one]));
      expect(Object.keys(figures)).toEqual(expect.arrayContaining([...actionFigureNames]));
      for (const name of actionFigureNames)
        for (const theme of [light, dark]) expect(await toSvg(figures[name]!.draw(theme), theme)).toContain('path 2');
      const errors = figureTable(figures['error-by-action']!.draw(light));
      // .1 too high in half of the states.
      expect(errors.split('\n')[1]).toMatch(/^1,mlp,path 1,0\.05\d*/);
      expect(errors).toMatch(/\n2,,path 2,,0\.4,mean P 0\.400\n/);
      const cells = figureTable(figures['actions-by-phrase']!.draw(light)).split('\n');
      expect(cells).toContain('2,dark,path 2,2,0.4,0.5,0.09999999999999998,+.10');
      expect(figures['probability-by-phrase']!.caption).toContain('beside stay, path 2 is the likeliest');
      expect(figures.calibration!.caption).toContain(`once for each of the ${k - 1} actions path 1`);
    });

  it('are left out of a study of two', () => {
    const scenario = scenarioOf(2);
    const figures = figuresOf(studyOf(scenario), scenario);
    for (const name of actionFigureNames) expect(figures.map((figure) => figure.name)).not.toContain(name);
    expect(figures.find(({ name }) => name === 'calibration')!.caption).not.toContain('actions');
  });
});

describe('actions whose phrases are explained', () => {
  const row = (model: string, action?: string): ModelEffect => ({
    ...{ model, phrase: 'dark', states: 2, mean: 0.1, meanAbsolute: 0.1 },
    ...(action && { action }),
  });
  const scenario = scenarioOf(4);
  const study = (effects: ModelEffect[]): StudyFiles => ({ ...studyOf(scenario), effects });

  it('begin with the one that most models were explained for', () => {
    const known = study([row('mlp', 'path 1'), row('mlp', 'path 3'), row('logistic', 'path 3')]);
    expect(explainedActions(known, scenario.actions).map(({ action }) => action)).toEqual(['path 3', 'path 1']);
    expect(mainExplained(known, scenario.actions).study.effects).toHaveLength(2);
    const names = figuresOf(known, scenario).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('phrase-effects'))).toEqual(['phrase-effects', 'phrase-effects-1']);
  });

  it('are the first beside the default where an earlier version wrote the effects', () => {
    expect(explainedActions(study([row('mlp')]), scenario.actions).map(({ action }) => action)).toEqual(['path 1']);
    expect(mainExplained(study([]), scenario.actions).action).toBe('path 1');
  });
});

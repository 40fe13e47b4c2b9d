import { describe, expect, it } from 'vitest';
import { type LearningRow, learningCurve, onPolicy } from './error-against-labels.ts';
import { toSvg } from './render.ts';
import { dark, light } from './theme.ts';

const row = (strategy: string, seed: number, labels: number, mse: number): LearningRow => ({
  strategy,
  seed,
  labels,
  mse,
  lower: mse / 1.2,
  upper: mse * 1.2,
  mseAverage: mse / 2,
  lowerAverage: mse / 2.4,
  upperAverage: mse / 1.7,
  members: 4,
});
const one = [250, 500].flatMap((labels) => [
  row('random', 0, labels, 2 / labels),
  row('disagreement', 0, labels, 1 / labels),
]);
const round = { strategy: 'on-policy', labels: 0, seed: 0, mseOnPolicy: 0.02, mseUniform: 0.03 };

describe('errors against labels', () => {
  it.each([light, dark])('show both strategies, the committee and every number of labels ($name)', async (theme) => {
    const svg = await toSvg(learningCurve(one, theme), theme);
    for (const text of ['random', 'disagreement', 'one MLP', 'average of 4', '250', '500', '95 % intervals'])
      expect(svg).toContain(text);
    expect(svg).not.toMatch(/NaN|undefined|Infinity|\bnull\b/);
  });

  it('tell several runs from their mean, and name a level to compare with', async () => {
    const rows = [...one, ...one.map((first) => ({ ...first, seed: 1, mse: first.mse * 1.1 }))];
    const svg = await toSvg(learningCurve(rows, light, { name: 'all 7,220 labels', mse: 0.003187 }), light);
    expect(svg).toContain('thin lines are 2 runs');
    expect(svg).toContain('all 7,220 labels');
    expect(await toSvg(learningCurve(rows, light), light)).not.toContain('all 7,220 labels');
  });

  it('leave out what a logarithm cannot show: no error, and one that was not measured', async () => {
    const rounds = [round, { ...round, labels: 9, mseOnPolicy: 0 }, { ...round, labels: 18, mseUniform: Number.NaN }];
    for (const rows of [rounds, [round], [{ ...round, mseOnPolicy: 0, mseUniform: 0 }]]) {
      const svg = await toSvg(onPolicy(rows, light), light);
      expect(svg).toContain('where its agents go');
      expect(svg).not.toMatch(/NaN|undefined|Infinity|\bnull\b/);
    }
  });
});

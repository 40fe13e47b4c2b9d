import { errorAgainstLabels, type Reference } from './error-against-labels.ts';
import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** A row of results/metrics/learning-curve.csv. */
export interface LearningRow {
  readonly strategy: string;
  readonly labels: number;
  readonly seed: number;
  readonly mse: number;
  readonly lower: number;
  readonly upper: number;
  readonly mseAverage: number;
  readonly lowerAverage: number;
  readonly upperAverage: number;
  readonly members: number;
}

/** What labels are worth by how they were chosen: of one MLP, and of the average of the committee. */
export function learningCurve(rows: readonly LearningRow[], theme: Theme, reference?: Reference): Figure {
  const runs = new Set(rows.map(({ seed }) => seed)).size;
  return errorAgainstLabels(
    {
      text: 'What a label is worth',
      subtitle:
        runs > 1
          ? `Error on test states against labels; thin lines are ${runs} runs, bold ones their mean`
          : 'Error on test states against labels, with 95 % intervals',
    },
    [
      { title: 'one MLP', errors: rows.map(({ strategy, ...row }) => ({ series: strategy, ...row })) },
      {
        title: `average of ${rows[0]?.members ?? 0}`,
        errors: rows.map(({ strategy, labels, seed, mseAverage, lowerAverage, upperAverage }) => ({
          series: strategy,
          labels,
          seed,
          mse: mseAverage,
          lower: lowerAverage,
          upper: upperAverage,
        })),
      },
    ],
    theme,
    { x: 'labels', ...(reference && { reference }) },
  );
}

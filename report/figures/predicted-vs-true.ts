import type { Predicted } from './error-distribution.ts';
import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

const BINS = 40;

/** Joint distribution of the teacher's and a model's probabilities: how many states fall into each small square. */
export function predictedVsTrue(models: readonly Predicted[], theme: Theme): Figure {
  const names = models.map(({ model }) => model);
  const values = models.flatMap(({ model, target, predicted }) => {
    const counts = new Map<number, number>();
    const cell = (value: number) => Math.min(BINS - 1, Math.max(0, Math.floor(value * BINS)));
    for (let i = 0; i < target.length; i++) {
      const key = cell(target[i]!) * BINS + cell(predicted[i]!);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].map(([key, count]) => {
      const x = Math.floor(key / BINS) / BINS;
      const y = (key % BINS) / BINS;
      return { model, x, x2: x + 1 / BINS, y, y2: y + 1 / BINS, count };
    });
  });
  const most = Math.max(2, ...values.map(({ count }) => count));
  const axis = { tickCount: 5, format: '.1~f' };
  const scale = { domain: [0, 1] };
  return {
    title: { text: 'Predicted against the teacher', subtitle: 'Number of test states in each square of .025' },
    data: { values },
    facet: { field: 'model', title: null, sort: names },
    columns: models.length > 1 ? 2 : 1,
    spacing: { row: 24, column: 36 },
    spec: {
      width: 250,
      height: 250,
      layer: [
        {
          mark: { type: 'rect' },
          encoding: {
            x: { field: 'x', type: 'quantitative', title: 'teacher', scale, axis },
            x2: { field: 'x2' },
            y: { field: 'y', type: 'quantitative', title: 'predicted', scale, axis },
            y2: { field: 'y2' },
            color: {
              field: 'count',
              type: 'quantitative',
              title: 'states',
              // The first steps of the ramp are near the background; a square with one state must be seen.
              scale: { type: 'log', domain: [1, most], range: theme.sequential.slice(2) },
              legend: { gradientLength: 160, values: [1, 3, 10, 30, 100, 300, 1000, 3000].filter((n) => n <= most) },
            },
          },
        },
        {
          data: { values: [{ from: 0, to: 1 }] },
          mark: { type: 'rule', color: theme.ink, strokeDash: [4, 4], opacity: 0.6 },
          encoding: {
            x: { field: 'from', type: 'quantitative' },
            y: { field: 'from', type: 'quantitative' },
            x2: { field: 'to' },
            y2: { field: 'to' },
          },
        },
      ],
    },
  } as Figure;
}

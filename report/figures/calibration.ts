import { expectedCalibrationError, reliability } from '../../stats/calibration.ts';
import type { LabelWords } from '../label-words.ts';
import type { Predicted } from './error-distribution.ts';
import type { Figure } from './render.ts';
import { colourOf, type Theme } from './theme.ts';

/** Reliability diagram: the mean label where a model predicts about so much. */
export function calibration(
  models: readonly Predicted[],
  { short, mean, rows }: Pick<LabelWords, 'short' | 'mean' | 'rows'>,
  theme: Theme,
): Figure {
  const names = models.map(({ model }) => model);
  const values = models.flatMap(({ model, target, predicted }) => {
    const ece = expectedCalibrationError(target, predicted);
    const note = { model, note: `calibration error ${ece.toFixed(3)}` };
    return [...reliability(target, predicted).map((bin) => ({ ...bin, model })), note];
  });
  const most = Math.max(1, ...values.map((row) => ('n' in row ? row.n : 0)));
  return {
    title: {
      text: 'Calibration',
      subtitle: `On the diagonal ${mean} is what the model predicts; area by number of ${rows}`,
    },
    data: { values },
    facet: { field: 'model', title: null, sort: names },
    columns: models.length > 1 ? 2 : 1,
    spacing: { row: 24, column: 36 },
    spec: {
      width: 250,
      height: 250,
      layer: [
        {
          data: { values: [{ from: 0, to: 1 }] },
          mark: { type: 'rule', color: theme.neutral, strokeDash: [4, 4] },
          encoding: {
            x: { field: 'from', type: 'quantitative' },
            y: { field: 'from', type: 'quantitative' },
            x2: { field: 'to' },
            y2: { field: 'to' },
          },
        },
        {
          transform: [{ filter: 'isValid(datum.n)' }],
          mark: { type: 'line', strokeWidth: 1.5, opacity: 0.6 },
          encoding: xy(names, short, theme),
        },
        {
          transform: [{ filter: 'isValid(datum.n)' }],
          mark: { type: 'point', opacity: 0.85 },
          encoding: {
            ...xy(names, short, theme),
            size: {
              field: 'n',
              type: 'quantitative',
              title: rows,
              scale: { domain: [0, most], range: [12, 320] },
              legend: { symbolFillColor: theme.muted, symbolStrokeWidth: 0, values: sizes(most) },
            },
          },
        },
        {
          transform: [{ filter: 'isValid(datum.note)' }],
          mark: { type: 'text', align: 'right', baseline: 'bottom', color: theme.muted },
          encoding: { x: { value: 246 }, y: { value: 246 }, text: { field: 'note' } },
        },
      ],
    },
  } as Figure;
}

function xy(names: readonly string[], short: string, theme: Theme) {
  return {
    x: {
      field: 'meanPredicted',
      type: 'quantitative',
      title: 'predicted (mean of the bin)',
      scale: { domain: [0, 1] },
      axis: { tickCount: 5, format: '.1~f' },
    },
    y: {
      field: 'meanTarget',
      type: 'quantitative',
      title: `${short} (mean of the bin)`,
      scale: { domain: [0, 1] },
      axis: { tickCount: 5, format: '.1~f' },
    },
    color: {
      field: 'model',
      type: 'nominal',
      legend: null,
      scale: { domain: [...names], range: names.map((model) => colourOf(theme, model, names)) },
    },
  } as const;
}

/** Round numbers of states for the legend: about a tenth and about all of the largest bin. */
function sizes(most: number): number[] {
  const step = 10 ** Math.floor(Math.log10(most));
  const large = Math.floor(most / step) * step;
  return large < 10 ? [large] : [Math.round(large / 10), large];
}

const BINS = 40;

/** Joint distribution of labels and a model's probabilities: how many rows fall into each small square. */
export function predictedVsTrue(
  models: readonly Predicted[],
  { source, short, rows }: Pick<LabelWords, 'source' | 'short' | 'rows'>,
  theme: Theme,
): Figure {
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
    title: { text: `Predicted against ${source}`, subtitle: `Number of test ${rows} in each square of .025` },
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
            x: { field: 'x', type: 'quantitative', title: short, scale, axis },
            x2: { field: 'x2' },
            y: { field: 'y', type: 'quantitative', title: 'predicted', scale, axis },
            y2: { field: 'y2' },
            color: {
              field: 'count',
              type: 'quantitative',
              title: rows,
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

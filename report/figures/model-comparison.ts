import type { LabelWords } from '../label-words.ts';
import type { Figure } from './render.ts';
import { colourOf, type Theme } from './theme.ts';

/** A row of results/metrics/evaluation.csv. */
export interface ComparedModel {
  readonly model: string;
  readonly baseline: boolean;
  readonly mse: number;
  readonly low: number;
  readonly high: number;
  /** NaN for a constant prediction. */
  readonly pearson: number;
  readonly spearman: number;
}

/** Error with its interval, and correlations, the best model first. */
export function modelComparison(
  models: readonly ComparedModel[],
  { source, all }: Pick<LabelWords, 'source' | 'all'>,
  theme: Theme,
): Figure {
  const order = [...models].sort((a, b) => a.mse - b.mse).map(({ model }) => model);
  const students = order.filter((name) => models.some(({ model, baseline }) => model === name && !baseline));
  const colours = order.map((model) => colourOf(theme, model, students));
  const colour = {
    field: 'model',
    type: 'nominal',
    legend: null,
    scale: { domain: order, range: colours },
  } as const;
  const y = (labels: boolean) =>
    ({
      field: 'model',
      type: 'nominal',
      title: null,
      sort: order,
      axis: { labels, grid: true, labelColor: theme.ink, labelFontSize: 12, labelPadding: 12 },
    }) as const;
  const height = { step: 34 };
  const positive = models.flatMap(({ low, mse, high }) => [low, mse, high]).filter((value) => value > 0);
  const floor = positive.length > 0 ? Math.min(...positive) : 1e-6;
  // A perfect prediction has no place on a logarithmic scale: it is drawn at its left end.
  const drawn = models.map((row) => ({
    ...row,
    at: Math.max(row.mse, floor),
    from: Math.max(row.low, floor),
    to: Math.max(row.high, floor),
    shown: `${decimal(row.mse)} [${decimal(row.low)}, ${decimal(row.high)}]`,
  }));
  const correlations = models.flatMap(({ model, pearson, spearman }) =>
    Number.isFinite(pearson)
      ? [
          { model, kind: 'Pearson', value: pearson },
          { model, kind: 'Spearman', value: spearman },
        ]
      : [],
  );
  const lowest = Math.min(0.9, ...correlations.map(({ value }) => value));
  return {
    title: {
      text: `How far each model is from ${source}`,
      subtitle: `Mean squared error with its 95 % bootstrap interval, and correlation with ${all}`,
    },
    spacing: 36,
    hconcat: [
      {
        width: 330,
        height,
        data: { values: drawn },
        encoding: { y: y(true), color: colour },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 3, opacity: 0.45 },
            encoding: {
              x: {
                field: 'from',
                type: 'quantitative',
                title: 'mean squared error (logarithmic; smaller is better)',
                scale: { type: 'log', nice: true },
                axis: { values: ticks(floor, Math.max(floor, ...drawn.map(({ to }) => to))), format: '~g' },
              },
              x2: { field: 'to' },
            },
          },
          {
            mark: { type: 'point', size: 90, opacity: 1 },
            encoding: { x: { field: 'at', type: 'quantitative' } },
          },
          {
            mark: { type: 'text', align: 'left', fontSize: 11 },
            encoding: { x: { value: 342 }, text: { field: 'shown' }, color: { value: theme.ink } },
          },
        ],
      },
      {
        width: 230,
        height,
        data: { values: correlations },
        mark: { type: 'point', size: 80, opacity: 1 },
        encoding: {
          y: { ...y(false), scale: { domain: order } },
          color: colour,
          x: {
            field: 'value',
            type: 'quantitative',
            title: 'correlation (larger is better)',
            scale: { domain: [Math.floor(lowest * 10) / 10, 1], nice: false },
            axis: { tickCount: 5 },
          },
          shape: {
            field: 'kind',
            type: 'nominal',
            title: null,
            scale: { domain: ['Pearson', 'Spearman'], range: ['circle', 'diamond'] },
            legend: { symbolFillColor: theme.muted, symbolStrokeWidth: 0 },
          },
        },
      },
    ],
    resolve: { legend: { shape: 'independent' } },
  };
}

/** Powers of ten, with steps between if they are few. */
function ticks(low: number, high: number): number[] {
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const steps = to - from < 2 ? [1, 2, 5] : to - from < 4 ? [1, 3] : [1];
  return Array.from({ length: to - from + 1 }, (_, i) => steps.map((step) => Number(`${step}e${from + i}`))).flat();
}

/** Two significant digits without an exponent: 0.0012. */
export function decimal(value: number): string {
  if (!(value > 0)) return String(value);
  return value.toFixed(Math.max(2, 1 - Math.floor(Math.log10(value))));
}

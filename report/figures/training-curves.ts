import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** results/logs/NAME.csv. */
export interface TrainingLog {
  readonly model: string;
  readonly epochs: readonly { readonly epoch: number; readonly train: number; readonly validation: number }[];
  /** The epoch that was kept; default: that of the lowest validation loss. */
  readonly kept?: number;
  /** What is counted; default epochs. */
  readonly step?: string;
}

/** Loss by epoch, a panel for each student: their losses differ in kind, so each has a scale of its own. */
export function trainingCurves(logs: readonly TrainingLog[], theme: Theme): Figure {
  const values = logs.flatMap(({ model, epochs }) =>
    epochs.flatMap(({ epoch, train, validation }) => [
      { model, epoch, series: 'train', loss: train },
      { model, epoch, series: 'validation', loss: validation },
    ]),
  );
  const best = logs.map(({ model, epochs, kept, step = 'epoch' }) => {
    const least = epochs.reduce((low, now) => (now.validation < low.validation ? now : low), epochs[0]!);
    const { epoch, validation } = epochs.find((one) => one.epoch === kept) ?? least;
    return { model, epoch, loss: validation, best: `${validation.toPrecision(3)} at ${step} ${epoch}` };
  });
  const width = logs.length === 1 ? 520 : 290;
  return {
    title: { text: 'Training', subtitle: 'Loss by epoch; the point is the epoch that was kept' },
    data: { values: [...values, ...best] },
    facet: { field: 'model', title: null, sort: logs.map(({ model }) => model) },
    columns: Math.min(2, logs.length),
    spacing: { row: 28, column: 36 },
    spec: {
      width,
      height: 170,
      encoding: {
        x: {
          field: 'epoch',
          type: 'quantitative',
          title: 'epoch',
          scale: { zero: false, nice: false },
          axis: { tickMinStep: 1, tickCount: 6, grid: false },
        },
        y: {
          field: 'loss',
          type: 'quantitative',
          title: 'loss',
          scale: { zero: false, nice: true },
          axis: { tickCount: 5, format: '~g' },
        },
      },
      layer: [
        {
          transform: [{ filter: 'isValid(datum.series)' }],
          mark: { type: 'line', point: logs.some(({ epochs }) => epochs.length === 1) },
          encoding: {
            color: {
              field: 'series',
              type: 'nominal',
              title: null,
              sort: ['train', 'validation'],
              scale: { domain: ['train', 'validation'], range: [theme.neutral, theme.categories[0]!] },
            },
          },
        },
        {
          transform: [{ filter: 'isValid(datum.best)' }],
          mark: { type: 'point', color: theme.categories[0]!, size: 50, opacity: 1 },
        },
        {
          transform: [{ filter: 'isValid(datum.best)' }],
          mark: { type: 'text', align: 'right', baseline: 'bottom', dy: -6, color: theme.muted },
          encoding: { x: { value: width }, y: { value: 0 }, text: { field: 'best' } },
        },
      ],
    },
    resolve: { scale: { y: 'independent', x: 'independent' } },
  };
}

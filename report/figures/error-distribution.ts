import { quantile } from '../../stats/bootstrap.ts';
import { mae } from '../../stats/errors.ts';
import type { LabelWords } from '../label-words.ts';
import type { Figure } from './render.ts';
import { colourOf, type Theme } from './theme.ts';

/** One model's predictions on the test set. */
export interface Predicted {
  readonly model: string;
  /** Shape [n]. */
  readonly target: ArrayLike<number>;
  /** Shape [n]. */
  readonly predicted: ArrayLike<number>;
}

const BIN = 0.02;

/** Axis labels with a sign, except for 0. */
export const SIGNED = "datum.value == 0 ? '0' : datum.label";

/** Histogram of predicted − label for each model, on one scale. */
export function errorDistribution(
  models: readonly Predicted[],
  { short, one, rows }: Pick<LabelWords, 'short' | 'one' | 'rows'>,
  theme: Theme,
): Figure {
  const errors = models.map(({ target, predicted }) => Array.from(target, (t, i) => predicted[i]! - t));
  const furthest = Math.max(BIN * 5, ...errors.flat().map(Math.abs));
  const reach = Math.min(1, Math.ceil((furthest + BIN / 2) / (5 * BIN)) * 5 * BIN);
  const names = models.map(({ model }) => model);
  const values = models.flatMap(({ model, target, predicted }, m) => {
    const counts = new Map<number, number>();
    for (const error of errors[m]!) {
      const bin = Math.round(error / BIN);
      counts.set(bin, (counts.get(bin) ?? 0) + 1);
    }
    const within = quantile(
      errors[m]!.map(Math.abs).sort((a, b) => a - b),
      0.95,
    );
    const note = `mean |error| ${mae(target, predicted).toFixed(3)}, 95 % within ±${within.toFixed(2)}`;
    const bars = [...counts].map(([bin, count]) => ({
      model,
      from: (bin - 0.5) * BIN,
      to: (bin + 0.5) * BIN,
      share: count / errors[m]!.length,
    }));
    return [...bars, { model, share: 0, note }];
  });
  // Room above the bars, so that none runs into the note.
  const highest = 1.35 * Math.max(...values.map(({ share }) => share));
  return {
    title: { text: 'Errors', subtitle: `Share of test ${rows} by predicted − ${one.replace(/^the /, '')}` },
    data: { values },
    facet: { row: { field: 'model', title: null, sort: names, header: { labelOrient: 'top', labelPadding: 4 } } },
    spacing: 14,
    spec: {
      width: 560,
      height: 76,
      layer: [
        {
          transform: [{ filter: 'isValid(datum.from)' }],
          mark: { type: 'bar', binSpacing: 0.5 },
          encoding: {
            x: {
              field: 'from',
              type: 'quantitative',
              bin: { binned: true },
              title: `predicted − ${short}`,
              scale: { domain: [-reach, reach] },
              axis: { format: '+.2~f', labelExpr: SIGNED, grid: true, tickCount: 7 },
            },
            x2: { field: 'to' },
            y: {
              field: 'share',
              type: 'quantitative',
              title: null,
              scale: { domain: [0, highest] },
              axis: { format: '.0%', tickCount: 2 },
            },
            color: {
              field: 'model',
              type: 'nominal',
              legend: null,
              scale: { domain: names, range: names.map((model) => colourOf(theme, model, names)) },
            },
          },
        },
        { mark: { type: 'rule', color: theme.ink, strokeWidth: 1, opacity: 0.5 }, encoding: { x: { datum: 0 } } },
        {
          transform: [{ filter: 'isValid(datum.note)' }],
          mark: { type: 'text', align: 'right', baseline: 'top', dx: -6, dy: 6, fontSize: 11, color: theme.muted },
          encoding: {
            x: { value: 560 },
            y: { value: 0 },
            text: { field: 'note' },
          },
        },
      ],
    },
  };
}

import { mean } from '../../stats/moments.ts';
import type { Predicted } from './error-distribution.ts';
import type { Figure } from './render.ts';
import { colourOf, type Theme } from './theme.ts';

const BIN = 0.05;

/** Histograms of each model's probability of an action: upwards where it was taken, downwards where it was not. */
export function predictedByChoice(
  models: readonly Predicted[],
  { action, short }: { readonly action: string; readonly short: string },
  theme: Theme,
): Figure {
  const names = models.map(({ model }) => model);
  const taken = action;
  const not = `not ${action}`;
  const values = models.flatMap(({ model, target, predicted }) => {
    const bars = [taken, not].flatMap((choice) => {
      const own = Array.from(predicted).filter((_, i) => target[i]! >= 0.5 === (choice === taken));
      const counts = new Map<number, number>();
      for (const p of own) {
        const bin = Math.min(1 / BIN - 1, Math.max(0, Math.floor(p / BIN + 1e-9)));
        counts.set(bin, (counts.get(bin) ?? 0) + 1);
      }
      return [...counts].map(([bin, n]) => {
        const share = (choice === taken ? 1 : -1) * (n / own.length);
        return { model, choice, from: bin * BIN, to: (bin + 1) * BIN, n, share };
      });
    });
    const means = [taken, not].flatMap((choice) => {
      const own = Array.from(predicted).filter((_, i) => target[i]! >= 0.5 === (choice === taken));
      return own.length > 0 ? [`${mean(own).toFixed(2)} where ${choice}`] : [];
    });
    const note = `mean ${means.join(', ')}`;
    return [...bars, { model, share: 0, note }];
  });
  const highest = 1.7 * Math.max(0.05, ...values.map(({ share }) => Math.abs(share)));
  const encoding = {
    x: {
      field: 'from',
      type: 'quantitative',
      bin: { binned: true },
      title: `predicted P(${action})`,
      scale: { domain: [0, 1] },
      axis: { format: '.1~f', tickCount: 5, grid: true },
    },
    x2: { field: 'to' },
    y: {
      field: 'share',
      type: 'quantitative',
      title: null,
      scale: { domain: [-highest, highest], nice: false },
      axis: { labelExpr: "format(abs(datum.value), '.0%')", tickCount: 4 },
    },
    color: {
      field: 'model',
      type: 'nominal',
      legend: null,
      scale: { domain: names, range: names.map((model) => colourOf(theme, model, names)) },
    },
  };
  return {
    title: {
      text: `Predicted P(${action}) by what was ${short}`,
      subtitle: `Share of the rows; above the line those with ${taken}, below it the others`,
    },
    data: { values },
    facet: { row: { field: 'model', title: null, sort: names, header: { labelOrient: 'top', labelPadding: 4 } } },
    spacing: 14,
    spec: {
      width: 560,
      height: 96,
      layer: [
        ...[taken, not].map((choice) => ({
          transform: [{ filter: { field: 'choice', equal: choice } }],
          mark: { type: 'bar', binSpacing: 1, opacity: choice === taken ? 1 : 0.5 },
          encoding,
        })),
        { mark: { type: 'rule', color: theme.ink, strokeWidth: 1, opacity: 0.5 }, encoding: { y: { datum: 0 } } },
        {
          transform: [{ filter: 'isValid(datum.note)' }],
          mark: { type: 'text', align: 'right', baseline: 'top', dx: -6, dy: 4, fontSize: 11, color: theme.muted },
          encoding: { x: { value: 560 }, y: { value: 0 }, text: { field: 'note' } },
        },
      ],
    },
  } as unknown as Figure;
}

import type { Figure } from './render.ts';
import { inkOn, type Theme } from './theme.ts';

/** One model's mean absolute error over the test states with a given number of traits and of contexts. */
export interface SizeCell {
  readonly model: string;
  readonly traits: number;
  readonly contexts: number;
  readonly n: number;
  readonly mae: number;
}

/** How many numbers of phrases share a row, and a column: a cell then has the least of them. */
export interface SizeBins {
  readonly traits: number;
  readonly contexts: number;
}

/** Heatmap of the error by how many phrases an observation has, a panel for each model. */
export function errorBySize(
  cells: readonly SizeCell[],
  models: readonly string[],
  theme: Theme,
  bins: SizeBins = { traits: 1, contexts: 1 },
): Figure {
  const most = Math.max(1e-6, ...cells.map(({ mae }) => mae));
  const traits = range(
    cells.map((cell) => cell.traits),
    bins.traits,
  );
  const contexts = range(
    cells.map((cell) => cell.contexts),
    bins.contexts,
  );
  const columns = models.length > 1 ? 2 : 1;
  return {
    title: {
      text: 'Error by number of phrases',
      subtitle: 'Mean |error| by number of traits and contexts; an empty cell has no test states',
    },
    data: {
      values: cells.map((cell) => ({
        ...cell,
        shown: cell.mae.toFixed(3).replace(/^0/, ''),
        ink: inkOn(theme, theme.sequential, cell.mae / most),
      })),
    },
    facet: { field: 'model', title: null, sort: [...models] },
    columns,
    spacing: { row: 24, column: 28 },
    spec: {
      width: { step: 38 },
      height: { step: 28 },
      encoding: {
        x: {
          field: 'contexts',
          type: 'ordinal',
          title: 'contexts',
          scale: { domain: contexts, paddingInner: 0.04 },
          axis: { labelAngle: bins.contexts > 1 ? -40 : 0, ...binLabels(bins.contexts) },
        },
        y: {
          field: 'traits',
          type: 'ordinal',
          title: 'traits',
          scale: { domain: [...traits].reverse(), paddingInner: 0.05 },
          axis: binLabels(bins.traits),
        },
      },
      layer: [
        {
          mark: { type: 'rect', cornerRadius: 2 },
          encoding: {
            color: {
              field: 'mae',
              type: 'quantitative',
              title: 'mean |error|',
              scale: { domain: [0, most], range: [...theme.sequential] },
              legend: { gradientLength: 160, tickCount: 3, format: '.3~f' },
            },
          },
        },
        {
          mark: { type: 'text', fontSize: 9.5, color: { expr: 'datum.ink' } },
          encoding: { text: { field: 'shown' } },
        },
      ],
    },
  };
}

const binLabels = (width: number) =>
  width > 1 ? { labelExpr: `datum.value + '–' + (datum.value + ${width - 1})` } : {};

function range(values: readonly number[], step: number): number[] {
  const low = Math.min(...values);
  return Array.from({ length: Math.floor((Math.max(...values) - low) / step) + 1 }, (_, i) => low + i * step);
}

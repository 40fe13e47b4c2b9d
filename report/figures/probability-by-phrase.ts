import { SIGNED } from './error-distribution.ts';
import type { Figure } from './render.ts';
import { inkOn, type Theme } from './theme.ts';

/** Means over the states in which a trait and a context hold together. */
export interface PhraseCell {
  readonly trait: string;
  readonly context: string;
  readonly n: number;
  readonly target: number;
  readonly student: number;
}

export interface PhraseNames {
  readonly traits: readonly string[];
  readonly contexts: readonly string[];
  readonly student: string;
  /** Heading of the labels: "teacher". */
  readonly short: string;
  /** The action whose probability it is. */
  readonly action: string;
}

/** Heatmaps of the mean probability by trait × context: the labels', a student's, and their difference. */
export function probabilityByPhrase(cells: readonly PhraseCell[], names: PhraseNames, theme: Theme): Figure {
  const { student, action, traits, contexts, short } = names;
  const widest = Math.max(0.01, ...cells.map((cell) => Math.abs(cell.student - cell.target)));
  const reach = Math.ceil(widest * 100) / 100;
  const panel = (title: string, value: (cell: PhraseCell) => number, difference: boolean, labels: boolean) => ({
    title: { text: title, fontSize: 12, offset: 10 },
    width: { step: 37 },
    height: { step: 27 },
    data: {
      values: cells.map((cell) => {
        const mean = value(cell);
        const shown = Math.abs(mean).toFixed(2).replace(/^0/, '');
        return {
          ...cell,
          mean,
          ink: difference
            ? inkOn(theme, theme.diverging, (mean / reach + 1) / 2)
            : inkOn(theme, theme.sequential, mean),
          shown: difference ? (Number(shown) === 0 ? '0' : `${mean < 0 ? '−' : '+'}${shown}`) : shown,
        };
      }),
    },
    encoding: {
      x: {
        field: 'trait',
        type: 'nominal',
        title: null,
        scale: { domain: [...traits], paddingInner: 0.04 },
        axis: { labelAngle: -40, labelAlign: 'right', labelBaseline: 'middle' },
      },
      y: {
        field: 'context',
        type: 'nominal',
        title: null,
        scale: { domain: [...contexts], paddingInner: 0.05 },
        axis: { labels },
      },
    },
    layer: [
      {
        mark: { type: 'rect', cornerRadius: 2 },
        encoding: {
          color: {
            field: 'mean',
            type: 'quantitative',
            title: difference ? 'difference' : `mean P(${action})`,
            scale: difference
              ? { domain: [-reach, reach], range: [...theme.diverging], interpolate: 'lab' }
              : { domain: [0, 1], range: [...theme.sequential] },
            legend: {
              orient: 'bottom',
              direction: 'horizontal',
              gradientLength: 150,
              tickCount: difference ? 3 : 5,
              format: difference ? '+.2~f' : '.1~f',
              labelExpr: SIGNED,
              titleOrient: 'left',
            },
          },
        },
      },
      {
        mark: { type: 'text', fontSize: 9, color: { expr: 'datum.ink' } },
        encoding: {
          text: { field: 'shown' },
        },
      },
    ],
  });
  return {
    title: {
      text: `P(${action}) by trait and context`,
      subtitle: 'Means over the test rows in which both hold; empty where they never do',
    },
    spacing: 24,
    hconcat: [
      panel(short, (cell) => cell.target, false, true),
      panel(student, (cell) => cell.student, false, false),
      panel(`${student} − ${short}`, (cell) => cell.student - cell.target, true, false),
    ],
    resolve: { scale: { color: 'independent' } },
  } as Figure;
}

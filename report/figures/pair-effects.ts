import { SIGNED } from './error-distribution.ts';
import type { Figure } from './render.ts';
import { inkOn, type Theme } from './theme.ts';

/** What two phrases do together beyond what each does alone: a row of results/metrics/effects.csv. */
export interface DrawnPair {
  readonly phrase: string;
  readonly beside: string;
  /** In which both hold beside another trait. */
  readonly states: number;
  /** Mean interaction over them. */
  readonly mean: number;
}

export interface PairNames {
  /** In canonical order. */
  readonly phrases: readonly string[];
  readonly model: string;
  /** What the probability is of: "buy". */
  readonly action: string;
}

/** Heatmap of the interactions of every two phrases, on colours that mean the same above and below 0. */
export function pairEffects(pairs: readonly DrawnPair[], { phrases, model, action }: PairNames, theme: Theme): Figure {
  const widest = Math.max(0.01, ...pairs.map(({ mean }) => Math.abs(mean)));
  const reach = Math.ceil(widest * 100) / 100;
  const values = pairs.map((pair) => {
    const shown = Math.abs(pair.mean).toFixed(2).replace(/^0/, '');
    return {
      ...pair,
      ink: inkOn(theme, theme.diverging, (pair.mean / reach + 1) / 2),
      shown: Number(shown) === 0 ? '0' : `${pair.mean < 0 ? '−' : '+'}${shown}`,
    };
  });
  return {
    title: {
      text: `What two phrases do to ${model}’s P(${action}) together, beyond what each does alone`,
      subtitle: 'Mean interaction over the states in which both hold; empty where they never do',
    },
    width: { step: 40 },
    height: { step: 27 },
    data: { values },
    encoding: {
      x: {
        field: 'phrase',
        type: 'nominal',
        title: null,
        scale: { domain: phrases.slice(0, -1), paddingInner: 0.04 },
        axis: { labelAngle: -40, labelAlign: 'right', labelBaseline: 'middle', labelColor: theme.ink },
      },
      y: {
        field: 'beside',
        type: 'nominal',
        title: null,
        scale: { domain: phrases.slice(1), paddingInner: 0.05 },
        axis: { labelColor: theme.ink },
      },
    },
    layer: [
      {
        mark: { type: 'rect', cornerRadius: 2 },
        encoding: {
          color: {
            field: 'mean',
            type: 'quantitative',
            title: `change of P(${action})`,
            scale: { domain: [-reach, reach], range: [...theme.diverging], interpolate: 'lab' },
            legend: {
              orient: 'top-right',
              direction: 'horizontal',
              gradientLength: 180,
              values: [-reach, 0, reach],
              format: '+.2~f',
              labelExpr: SIGNED,
              titleOrient: 'top',
            },
          },
        },
      },
      {
        mark: { type: 'text', fontSize: 9, color: { expr: 'datum.ink' } },
        encoding: { text: { field: 'shown' } },
      },
    ],
  } as Figure;
}

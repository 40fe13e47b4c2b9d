import { SIGNED } from './error-distribution.ts';
import type { Figure } from './render.ts';
import { colourOf, inkOn, type Theme } from './theme.ts';

/** What a phrase does to a model's decisions: a row of results/metrics/effects.csv. */
export interface DrawnEffect {
  readonly model: string;
  readonly phrase: string;
  /** In which it holds beside another trait. */
  readonly states: number;
  /** Mean over them of what it adds. */
  readonly mean: number;
}

/** Height of a mark. */
const MARK = 7;

export interface EffectNames {
  /** In the order of their marks. */
  readonly students: readonly string[];
  /** Its marks come first, and are neutral. */
  readonly teacher?: string;
  /** The action whose probability it is. */
  readonly action: string;
}

/** Main effects, a row for each phrase with a mark for each model; the phrases with the largest effects first. */
export function phraseEffects(
  rows: readonly DrawnEffect[],
  { students, teacher, action }: EffectNames,
  theme: Theme,
): Figure {
  const models = teacher === undefined ? students : [teacher, ...students];
  const phrases = [...new Set(rows.map(({ phrase }) => phrase))];
  const size = (phrase: string) => {
    const of = rows.filter((row) => row.phrase === phrase);
    return of.reduce((sum, { mean }) => sum + Math.abs(mean), 0) / of.length;
  };
  const order = phrases.sort((a, b) => size(b) - size(a));
  const furthest = Math.max(0.01, ...rows.map(({ mean }) => Math.abs(mean)));
  const reach = Math.ceil(furthest * 22) / 20;
  const domain = [-reach, reach];
  const y = {
    field: 'phrase',
    type: 'nominal',
    title: null,
    sort: order,
    scale: { paddingInner: 0.2, paddingOuter: 0.1 },
    axis: { grid: true, tickBand: 'extent', labelColor: theme.ink, labelFontSize: 12, labelPadding: 12 },
  } as const;
  const x = {
    field: 'mean',
    type: 'quantitative',
    title: `change of P(${action})`,
    scale: { domain, nice: false },
    axis: {
      format: '+.2~f',
      labelExpr: SIGNED,
      tickCount: 7,
      grid: true,
      gridColor: { condition: { test: 'datum.value == 0', value: theme.neutral }, value: theme.grid },
    },
  } as const;
  const yOffset = { field: 'model', type: 'nominal', sort: [...models] } as const;
  const color = {
    field: 'model',
    type: 'nominal',
    title: null,
    scale: { domain: [...models], range: models.map((model) => colourOf(theme, model, students)) },
    legend: { symbolType: 'circle', symbolStrokeWidth: 0, symbolOpacity: 1 },
  } as const;
  return {
    title: {
      text: `What each phrase does to P(${action})`,
      subtitle: 'Mean of what it adds to the other phrases of a state, over the states in which it holds',
    },
    width: 520,
    height: { step: Math.max(24, MARK * models.length + 8), for: 'position' },
    data: { values: [...rows] },
    encoding: { y, yOffset, color },
    layer: [
      { mark: { type: 'bar', size: 2, opacity: 0.45 }, encoding: { x } },
      { mark: { type: 'point', size: 46, opacity: 1 }, encoding: { x } },
    ],
  };
}

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
  /** The action whose probability it is. */
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

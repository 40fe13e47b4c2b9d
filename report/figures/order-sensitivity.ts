import { grouped } from '../wording.ts';
import { decimal } from './model-comparison.ts';
import type { Figure } from './render.ts';
import { colourOf, type Theme } from './theme.ts';

/** How far the order of the phrases moves the answers of a model or the teacher. */
export interface DrawnOrder {
  readonly who: string;
  readonly teacher: boolean;
  /** States that were shown in several orders. */
  readonly states: number;
  /** Standard deviation over the orders of a state: mean over states. */
  readonly mean: number;
  /** The same of the state that moves most. */
  readonly most: number;
  /** It never sees an order. */
  readonly byConstruction: boolean;
}

/** Height of a bar. */
const STEP = 17;
const KINDS = ['mean over states', 'the state that moves most'];

/** Standard deviations over orders, the teacher first; what sees no order is said to be 0 by construction. */
export function orderSensitivity(rows: readonly DrawnOrder[], theme: Theme): Figure {
  const order = rows.map(({ who }) => who);
  const labels = rows.map(({ who, states }) => `${who}, n = ${grouped(states)}`);
  const students = rows.flatMap(({ who, teacher }) => (teacher ? [] : [who]));
  const values = rows.flatMap(({ who, states, mean, most, byConstruction }, row) =>
    [mean, most].map((sd, i) => ({
      who,
      label: labels[row]!,
      states,
      kind: KINDS[i]!,
      sd,
      byConstruction,
      shown: byConstruction ? (i === 0 ? '0: it is not shown an order' : '') : sd > 0 ? decimal(sd) : '0',
    })),
  );
  const largest = Math.max(...values.map(({ sd }) => sd));
  return {
    title: {
      text: 'How far the order of the phrases moves an answer',
      subtitle: 'Standard deviation of the probability over orders of the same phrases',
    },
    data: { values },
    width: 420,
    height: { step: STEP },
    encoding: {
      y: {
        field: 'label',
        type: 'nominal',
        title: null,
        sort: labels,
        scale: { paddingInner: 0.3 },
        axis: { labelColor: theme.ink, labelFontSize: 12, labelPadding: 12 },
      },
      yOffset: { field: 'kind', type: 'nominal', sort: KINDS },
      x: {
        field: 'sd',
        type: 'quantitative',
        title: 'standard deviation of the probability',
        scale: { domain: [0, largest > 0 ? largest * 1.15 : 0.1], nice: false },
        axis: { tickCount: 5, format: '~f' },
      },
    },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          color: {
            field: 'who',
            type: 'nominal',
            legend: null,
            scale: {
              domain: order,
              range: rows.map(({ who, teacher }) => (teacher ? theme.neutral : colourOf(theme, who, students))),
            },
          },
          opacity: {
            field: 'kind',
            type: 'ordinal',
            sort: KINDS,
            title: null,
            scale: { domain: KINDS, range: [1, 0.5] },
            legend: { symbolFillColor: theme.muted, symbolStrokeWidth: 0 },
          },
        },
      },
      {
        mark: {
          type: 'text',
          align: 'left',
          dx: 6,
          dy: { expr: `datum.byConstruction ? ${STEP / 2} : 0` },
          color: theme.ink,
        },
        encoding: { text: { field: 'shown' } },
      },
    ],
  };
}

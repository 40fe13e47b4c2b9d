import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** How far one parameter decides one outcome. */
export interface DrawnIndex {
  readonly outcome: string;
  readonly parameter: string;
  readonly index: 'by itself' | 'with interactions';
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** First-order and total sensitivity indices with their intervals, a panel an outcome. */
export function sensitivityBars(indices: readonly DrawnIndex[], theme: Theme): Figure {
  const parameters = [...new Set(indices.map(({ parameter }) => parameter))];
  const kinds = ['by itself', 'with interactions'];
  const y = { field: 'parameter', type: 'nominal' as const, title: null, sort: parameters };
  const yOffset = { field: 'index', type: 'nominal' as const, sort: kinds };
  const x = (field: string) => ({
    field,
    type: 'quantitative' as const,
    title: 'share of the variance',
    axis: { format: '.1~f', tickCount: 5 },
  });
  const color = {
    field: 'index',
    type: 'nominal' as const,
    title: null,
    scale: { domain: kinds, range: [theme.categories[0]!, theme.categories[1]!] },
    legend: { symbolType: 'square' as const },
  };
  return {
    title: {
      text: 'Which parameter decides',
      subtitle:
        "Sobol' indices with 95 % bootstrap intervals: the share of the variance that goes if a parameter is held",
    },
    data: { values: indices.map((row) => ({ ...row })) },
    facet: { field: 'outcome', title: null, sort: [...new Set(indices.map(({ outcome }) => outcome))] },
    columns: 2,
    spacing: 24,
    spec: {
      width: 260,
      height: { step: 16 },
      layer: [
        { mark: { type: 'bar', cornerRadius: 2 }, encoding: { y, yOffset, x: x('value'), color } },
        {
          mark: { type: 'rule', color: theme.ink, strokeWidth: 1.5 },
          encoding: { y, yOffset, x: x('lower'), x2: { field: 'upper' } },
        },
      ],
    },
  };
}

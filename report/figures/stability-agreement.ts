import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** An intraclass correlation that has a value. */
export interface DrawnIcc {
  readonly form: string;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** The six forms with their intervals. */
export function stabilityIcc(forms: readonly DrawnIcc[], theme: Theme): Figure {
  // With few prompts an interval may reach far below 0; values below −1 add nothing.
  const lowest = Math.max(-1, Math.min(...forms.map(({ lower }) => lower)));
  const start = lowest >= 0.9 ? 0.9 : lowest >= 0.5 ? 0.5 : lowest >= 0 ? 0 : -1;
  const values = forms.map((row) => ({
    ...row,
    value: Math.max(start, row.value),
    lower: Math.max(start, row.lower),
    shown: `${row.value.toFixed(3)} [${row.lower.toFixed(3)}, ${row.upper.toFixed(3)}]`,
  }));
  const x = (field: string) =>
    ({
      field,
      type: 'quantitative',
      title: 'share of the variance that lies between prompts',
      scale: { domain: [start, 1], nice: false },
      axis: { tickCount: 5 },
    }) as const;
  return {
    title: {
      text: 'Intraclass correlations',
      subtitle: ['(·,1) of one answer, (·,k) of the mean of all runs; 95 % intervals'],
    },
    data: { values },
    width: 400,
    height: { step: 30 },
    encoding: {
      y: {
        field: 'form',
        type: 'nominal',
        title: null,
        sort: forms.map(({ form }) => form),
        axis: { grid: true, labelColor: theme.ink, labelFontSize: 12 },
      },
    },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.45, color: theme.categories[0]! },
        encoding: { x: x('lower'), x2: { field: 'upper' } },
      },
      {
        mark: { type: 'point', size: 90, opacity: 1, color: theme.categories[0]! },
        encoding: { x: x('value') },
      },
      {
        mark: { type: 'text', align: 'left', color: theme.ink },
        encoding: { x: { value: 416 }, text: { field: 'shown' } },
      },
    ],
  } as Figure;
}

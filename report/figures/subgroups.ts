import { decimal } from './model-comparison.ts';
import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** A model's error on the states that have one thing in common. */
export interface DrawnGroup {
  readonly name: string;
  readonly by: 'trait' | 'context' | 'number of phrases';
  /** Rows of the test file. */
  readonly n: number;
  readonly mse: number;
  readonly low: number;
  readonly high: number;
}

/** Groups drawn at most. */
const ROWS = 14;
const KINDS: readonly DrawnGroup['by'][] = ['trait', 'context', 'number of phrases'];

/** The groups with the largest errors, the worst first, beside the error over all states. */
export function subgroups(
  groups: readonly DrawnGroup[],
  { model, overall }: { readonly model: string; readonly overall: number },
  theme: Theme,
): Figure {
  const values = [...groups]
    .sort((a, b) => b.mse - a.mse)
    .slice(0, ROWS)
    .map((group) => ({ ...group, error: decimal(group.mse), states: `n = ${group.n.toLocaleString('en-US')}` }));
  const kinds = KINDS.filter((kind) => values.some(({ by }) => by === kind));
  const x = (field: string) =>
    ({
      field,
      type: 'quantitative',
      title: 'mean squared error',
      scale: { zero: true },
      axis: { tickCount: 5, format: '~f' },
    }) as const;
  const color = {
    field: 'by',
    type: 'nominal',
    title: null,
    scale: { domain: [...kinds], range: kinds.map((kind) => theme.categories[KINDS.indexOf(kind)]!) },
    legend: { symbolType: 'circle', symbolStrokeWidth: 0, symbolOpacity: 1 },
  } as const;
  const y = {
    field: 'name',
    type: 'nominal',
    title: null,
    sort: values.map(({ name }) => name),
    axis: { grid: true, labelColor: theme.ink, labelFontSize: 12, labelPadding: 12 },
  } as const;
  return {
    title: {
      text: `The largest errors of ${model}, by group of states`,
      subtitle: `Mean squared error by what is in a state, with its 95 % interval; dashed: all states, ${decimal(overall)}`,
    },
    width: 400,
    height: { step: 26 },
    layer: [
      {
        data: { values: [{ overall }] },
        mark: { type: 'rule', strokeDash: [4, 4], color: theme.neutral },
        encoding: { x: x('overall') },
      },
      {
        data: { values },
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.45 },
        encoding: { y, x: x('low'), x2: { field: 'high' }, color },
      },
      {
        data: { values },
        mark: { type: 'point', size: 90, opacity: 1 },
        encoding: { y, x: x('mse'), color },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'left', color: theme.ink },
        encoding: { y, x: { value: 416 }, text: { field: 'error' } },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'left', color: theme.muted },
        encoding: { y, x: { value: 482 }, text: { field: 'states' } },
      },
    ],
  };
}

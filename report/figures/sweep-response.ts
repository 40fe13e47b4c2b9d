import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** The mean of one outcome at one setting, with its interval; NaN bounds if there was one run. */
export interface Response {
  readonly outcome: string;
  /** What tells the lines apart: the policy, and what else differs. */
  readonly series: string;
  readonly at: number;
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

/** Each outcome against one parameter, a panel an outcome, a line a series with its interval; or points, if no line can be drawn. */
export function sweepResponse(
  responses: readonly Response[],
  { parameter, lines }: { readonly parameter: string; readonly lines: boolean },
  theme: Theme,
): Figure {
  const outcomes = [...new Set(responses.map(({ outcome }) => outcome))];
  const series = [...new Set(responses.map((row) => row.series))];
  const x = {
    field: 'at',
    type: 'quantitative' as const,
    title: parameter,
    scale: { zero: false, nice: false, padding: 8 },
    axis: { grid: false, tickCount: 6 },
  };
  const y = (field: string, title: string | null) => ({
    field,
    type: 'quantitative' as const,
    title,
    scale: { zero: false },
    axis: { format: '~s', tickCount: 5 },
  });
  const color = {
    field: 'series',
    type: 'nominal' as const,
    title: null,
    legend: series.length > 1 ? { symbolType: 'circle' as const } : null,
    scale: { domain: series, range: series.map((_, i) => theme.categories[i % theme.categories.length]!) },
  };
  const panel = (outcome: string) => ({
    width: 300,
    height: 200,
    title: { text: outcome, fontSize: 12, fontWeight: 600 as const, offset: 8, frame: 'group' as const },
    transform: [{ filter: { field: 'outcome', equal: outcome } }],
    layer: [
      ...(lines
        ? [
            {
              transform: [{ filter: 'isValid(datum.lower)' }],
              mark: { type: 'area' as const, opacity: 0.2 },
              encoding: { x, y: y('lower', null), y2: { field: 'upper' }, color },
            },
            { mark: { type: 'line' as const }, encoding: { x, y: y('mean', null), color } },
          ]
        : []),
      {
        mark: { type: 'point' as const, size: lines ? 26 : 18, opacity: lines ? 1 : 0.55 },
        encoding: { x, y: y('mean', null), color },
      },
    ],
  });
  return {
    title: {
      text: `What ${parameter} changes`,
      subtitle: lines
        ? 'Mean over the runs of each setting, all on the same seeds, with its 95 % interval'
        : 'Mean over the runs of each setting; the other parameters differ from point to point',
    },
    data: {
      values: responses.map(({ lower, upper, ...row }) => ({
        ...row,
        lower: Number.isFinite(lower) ? lower : null,
        upper: Number.isFinite(upper) ? upper : null,
      })),
    },
    columns: outcomes.length > 1 ? 2 : 1,
    spacing: 28,
    concat: outcomes.map(panel),
  };
}

import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** A statistic of two populations. */
export interface DrawnDifference {
  readonly name: string;
  readonly difference: number;
  readonly lower: number;
  readonly upper: number;
  /** What counts as no difference. */
  readonly margin: number;
  readonly equivalent: boolean;
}

/** Differences of the statistics that lie farthest apart, with 90 % intervals and the margin within which they count as none. */
export function populationDifferences(
  differences: readonly DrawnDifference[],
  { sides, of }: { readonly sides: readonly [string, string]; readonly of: number },
  theme: Theme,
): Figure {
  const states = ['equivalent', 'not shown to be equivalent'];
  const names = differences.map(({ name }) => name);
  const y = {
    field: 'name',
    type: 'nominal' as const,
    title: null,
    sort: names,
    axis: { grid: false, labelLimit: 260 },
  };
  const x = (field: string) => ({
    field,
    type: 'quantitative' as const,
    title: `difference: ${sides[1]} less ${sides[0]}`,
    axis: { tickCount: 6, format: '~g' },
  });
  const colour = {
    field: 'state',
    type: 'nominal' as const,
    title: null,
    scale: { domain: states, range: [theme.categories[0]!, theme.categories[1]!] },
    legend: { symbolType: 'circle' as const, orient: 'top' as const },
  };
  return {
    title: {
      text: 'Where two populations differ',
      subtitle: `${differences.length === of ? `All ${of} statistics` : `The ${differences.length} of ${of} statistics that lie farthest apart`}; grey: the margin within which a difference counts as none`,
    },
    data: {
      values: differences.map(({ equivalent, margin, ...row }) => ({
        ...row,
        state: states[equivalent ? 0 : 1],
        from: -margin,
        to: margin,
      })),
    },
    width: 420,
    height: { step: 20 },
    layer: [
      {
        mark: { type: 'bar' as const, color: theme.muted, opacity: 0.18, height: 20 },
        encoding: { y, x: x('from'), x2: { field: 'to' } },
      },
      { mark: { type: 'rule' as const }, encoding: { y, x: x('lower'), x2: { field: 'upper' }, color: colour } },
      {
        mark: { type: 'point' as const, filled: true, size: 34, opacity: 1 },
        encoding: { y, x: x('difference'), color: colour },
      },
    ],
  };
}

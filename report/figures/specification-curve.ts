import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** One specification, in the order of the curve. */
export interface DrawnSpecification {
  /** From 1, by ascending estimate. */
  readonly rank: number;
  readonly estimate: number;
  /** NaN without replications. */
  readonly lower: number;
  readonly upper: number;
  readonly against: boolean;
  /** Its level in each facet that is shown. */
  readonly levels: Readonly<Record<string, string>>;
}

export interface SpecificationCurveOptions {
  /** What is estimated: "P(ride), it is raining less it is sunny". */
  readonly outcome: string;
  /** Facets that are shown below, each with its levels and its share of the variance in words. */
  readonly facets: readonly { readonly name: string; readonly title: string; readonly levels: readonly string[] }[];
  /** The mean over wordings with its interval, if there is one. */
  readonly mean?: { readonly value: number; readonly lower: number; readonly upper: number };
}

const WIDTH = 620;

/**
 * A specification curve: estimates in ascending order, and below each what it was made with (Simonsohn, Simmons & Nelson,
 * "Specification curve analysis", 2020).
 */
export function specificationCurve(
  specifications: readonly DrawnSpecification[],
  { outcome, facets, mean }: SpecificationCurveOptions,
  theme: Theme,
): Figure {
  const n = specifications.length;
  const x = {
    field: 'rank',
    type: 'quantitative' as const,
    title: null,
    scale: { domain: [0, n + 1], nice: false },
    axis: null,
  };
  const values = specifications.map(({ rank, estimate, lower, upper, against }) => ({
    ...{ rank, estimate },
    lower: Number.isFinite(lower) ? lower : null,
    upper: Number.isFinite(upper) ? upper : null,
    sign: against ? 'against the claim' : 'as claimed',
  }));
  const signs = ['as claimed', 'against the claim'];
  const colour = {
    field: 'sign',
    type: 'nominal' as const,
    title: null,
    scale: { domain: signs, range: [theme.categories[0]!, theme.categories[1]!] },
    legend: { symbolType: 'circle' as const, orient: 'top' as const },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative' as const,
    title: outcome,
    scale: { zero: true },
    axis: { tickCount: 5, format: '.3~g' },
  });
  const bounded = mean && Number.isFinite(mean.lower) && Number.isFinite(mean.upper);
  const radius = Math.max(8, Math.min(36, 2400 / n));
  return {
    title: {
      text: 'The same claim under every specification',
      subtitle: mean
        ? `Estimates in ascending order; the dashed line is the mean over wordings${bounded ? ', the band its 95 % interval' : ''}`
        : 'Estimates in ascending order',
    },
    data: { values },
    vconcat: [
      {
        width: WIDTH,
        height: 220,
        layer: [
          ...(mean
            ? [
                ...(bounded
                  ? [
                      {
                        data: { values: [{ low: mean.lower, high: mean.upper }] },
                        mark: { type: 'rect' as const, opacity: 0.14, color: theme.categories[0]! },
                        encoding: { y: { field: 'low', type: 'quantitative' as const }, y2: { field: 'high' } },
                      },
                    ]
                  : []),
                {
                  data: { values: [{ mean: mean.value }] },
                  mark: { type: 'rule' as const, strokeDash: [5, 4], color: theme.categories[0]! },
                  encoding: { y: { field: 'mean', type: 'quantitative' as const } },
                },
              ]
            : []),
          {
            data: { values: [{ none: 0 }] },
            mark: { type: 'rule' as const, color: theme.ink, strokeWidth: 1 },
            encoding: { y: { field: 'none', type: 'quantitative' as const } },
          },
          {
            transform: [{ filter: 'isValid(datum.lower)' }],
            mark: { type: 'rule' as const, strokeWidth: 1 },
            encoding: { x, y: y('lower'), y2: { field: 'upper' }, color: colour },
          },
          {
            mark: { type: 'point' as const, filled: true, size: radius, opacity: 1 },
            encoding: { x, y: y('estimate'), color: colour },
          },
        ],
      },
      ...facets.map(({ name, title, levels }) => ({
        width: WIDTH,
        height: 15 * levels.length,
        title: { text: title, fontSize: 11, fontWeight: 600 as const, anchor: 'start' as const, offset: 4, frame: 'group' as const }, // biome-ignore format: one line
        data: {
          values: specifications.flatMap(({ rank, levels: own, against }) =>
            own[name] === undefined ? [] : [{ rank, level: own[name], sign: signs[against ? 1 : 0] }],
          ),
        },
        mark: { type: 'tick' as const, thickness: Math.max(1, Math.min(4, (0.7 * WIDTH) / n)), size: 11 },
        encoding: {
          x,
          y: {
            field: 'level',
            type: 'nominal' as const,
            title: null,
            sort: [...levels],
            axis: { grid: false, labelLimit: 170 },
            scale: { domain: [...levels] },
          },
          color: { ...colour, legend: null },
        },
      })),
    ],
    spacing: 12,
  } as Figure;
}

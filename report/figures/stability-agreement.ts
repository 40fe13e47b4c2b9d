import { emphasis, family } from './font.ts';
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

/** What was varied on its own, everything else held. */
export interface DrawnFacet {
  readonly facet: string;
  readonly levels: readonly string[];
  /** Mean probability at each level. */
  readonly means: readonly number[];
  /** Standard deviation of a prompt's answers at each level; null where that was not looked at. */
  readonly sds: readonly (number | null)[];
  /** Mean over prompts and pairs of levels of |a − b|. */
  readonly meanAbsoluteDifference: number;
  readonly largestDifference: number;
}

/** This many levels or more share a row. */
const MANY = 5;
/** Between a facet and its level in the name of a row; the row of the facet itself has none. */
const SEPARATOR = '\u241f';
const WIDTH = 560;

interface Level {
  readonly row: string;
  readonly mean: number;
  readonly sd: number | null;
}

/** How much each facet moves the answers, and where its levels lie. */
export function stabilityFacets(facets: readonly DrawnFacet[], theme: Theme): Figure {
  const sorted = [...facets].sort((a, b) => b.meanAbsoluteDifference - a.meanAbsoluteDifference);
  const levels = sorted.flatMap(({ facet, levels, means, sds }) =>
    levels.map((level, i): Level => {
      const name = levels.length >= MANY ? `${levels.length} levels` : level;
      return { row: `${facet}${SEPARATOR}${name}`, mean: means[i]!, sd: sds[i] ?? null };
    }),
  );
  const spread = levels.filter(({ sd }) => sd !== null);
  const means = levels.map(({ mean }) => mean);
  const around: Domain = [Math.min(...means) - 0.005, Math.max(...means) + 0.005];
  return {
    title: {
      text: 'What moves the answers',
      subtitle: 'Each facet varied on its own; a steady teacher gives the same answer at all of its levels',
    },
    spacing: 28,
    vconcat: [
      differences(sorted, theme),
      strip(levels, 'mean', 'mean probability at a level', around, theme),
      ...(spread.length > 0
        ? [
            strip(
              spread,
              'sd',
              'standard deviation of a prompt’s answers at a level, in probability',
              [0, roundedUp(Math.max(...spread.map(({ sd }) => sd!)))],
              theme,
            ),
          ]
        : []),
    ],
  } as unknown as Figure;
}

/** The rows of some levels, each facet's own above them. */
function rowsOf(levels: readonly Level[]): string[] {
  const facets = new Set(levels.map(({ row }) => row.split(SEPARATOR)[0]!));
  return [...facets].flatMap((facet) => [
    facet,
    ...new Set(levels.map(({ row }) => row).filter((row) => row.startsWith(`${facet}${SEPARATOR}`))),
  ]);
}

type Domain = readonly [number, number];

/** The end of an axis with room for a value of at most 1: a multiple of the step between its ticks. */
function roundedUp(value: number): number {
  const step = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1].find((width) => value / width <= 7) ?? 0.2;
  return Math.max(step, Math.ceil(value / step - 1e-9) * step);
}

/** A bar for the mean of the differences, a tick for the largest. */
function differences(facets: readonly DrawnFacet[], theme: Theme) {
  const values = facets.map(({ facet, meanAbsoluteDifference: mean, largestDifference: largest }) => ({
    facet,
    mean,
    largest,
    shown: largest === 0 ? 'no difference' : `${mean.toFixed(3)} on average, ${largest.toFixed(2)} at most`,
  }));
  return {
    width: WIDTH,
    height: { step: 30 },
    data: { values },
    encoding: {
      y: {
        field: 'facet',
        type: 'nominal',
        title: null,
        sort: facets.map(({ facet }) => facet),
        axis: { grid: false, labelColor: theme.ink, labelFontSize: 12, labelPadding: 10 },
      },
    },
    layer: [
      {
        mark: { type: 'bar', color: theme.categories[0]!, height: 14, opacity: 0.55 },
        encoding: {
          x: {
            field: 'mean',
            type: 'quantitative',
            title: '|difference| of two levels’ answers to a prompt, in probability (bar: mean, tick: largest)',
            scale: { domain: [0, roundedUp(Math.max(...values.map(({ largest }) => largest)))] },
            axis: { format: '~f', tickCount: 6, labelFlush: false },
          },
        },
      },
      {
        mark: { type: 'tick', color: theme.ink, thickness: 2, size: 16, opacity: 1 },
        encoding: { x: { field: 'largest', type: 'quantitative' } },
      },
      {
        mark: { type: 'text', align: 'left', color: theme.ink },
        encoding: { x: { value: WIDTH + 12 }, text: { field: 'shown' } },
      },
    ],
  };
}

/** A point for each level, in rows under the name of their facet. */
function strip(levels: readonly Level[], field: 'mean' | 'sd', title: string, domain: Domain, theme: Theme) {
  const isFacet = `indexof(datum.value, '${SEPARATOR}') < 0`;
  return {
    width: WIDTH,
    height: { step: 20 },
    data: { values: [...levels] },
    mark: { type: 'point', size: 60, opacity: 0.9, color: theme.categories[0]! },
    encoding: {
      x: {
        field,
        type: 'quantitative',
        title,
        scale: { domain },
        axis: { format: '~f', tickCount: 6, labelFlush: false },
      },
      y: {
        field: 'row',
        type: 'nominal',
        title: null,
        scale: { domain: rowsOf(levels) },
        axis: {
          labelExpr: `${isFacet} ? datum.value : split(datum.value, '${SEPARATOR}')[1]`,
          labelColor: { condition: { test: isFacet, value: theme.ink }, value: theme.muted },
          labelFontSize: { condition: { test: isFacet, value: 12 }, value: 11 },
          labelFont: { condition: { test: isFacet, value: emphasis }, value: family },
          labelFontWeight: { condition: { test: isFacet, value: 600 }, value: 400 },
          grid: true,
          gridOpacity: { condition: { test: isFacet, value: 0 }, value: 1 },
        },
      },
    },
  };
}

import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** An error after a number of labels. */
export interface LabelledError {
  readonly series: string;
  /** Runs that differ in their seed are drawn thin, their mean is drawn bold. */
  readonly seed: number;
  readonly labels: number;
  readonly mse: number;
  /** An interval, drawn for a single run. */
  readonly lower?: number;
  readonly upper?: number;
}

export interface ErrorPanel {
  readonly title: string;
  readonly errors: readonly LabelledError[];
}

/** A level to compare with. */
export interface Reference {
  readonly name: string;
  readonly mse: number;
}

const SHAPES = ['circle', 'diamond', 'square', 'triangle-up'];

/** Panels of error against labels on one logarithmic scale, a line for each series. */
export function errorAgainstLabels(
  title: { readonly text: string; readonly subtitle: string },
  panels: readonly ErrorPanel[],
  theme: Theme,
  { x, reference }: { readonly x: string; readonly reference?: Reference },
): Figure {
  // A logarithm has no place for 0, nor for an error that could not be measured.
  const drawable = panels.map((panel) => ({ ...panel, errors: panel.errors.filter(({ mse }) => mse > 0) }));
  const errors = drawable.flatMap((panel) => panel.errors);
  const series = [...new Set(errors.map((error) => error.series))];
  const values = [
    ...errors.flatMap(({ mse, lower, upper }) => [mse, lower ?? mse, upper ?? mse]),
    ...(reference ? [reference.mse] : []),
  ].filter((value) => value > 0);
  const domain: [number, number] =
    values.length > 0 ? [Math.min(...values) / 1.15, Math.max(...values) * 1.1] : [0.001, 1];
  const ticks = levelsWithin(domain);
  const named = (range: readonly string[]) => ({
    field: 'series',
    type: 'nominal',
    title: null,
    scale: { domain: series, range: range.slice(0, series.length) },
    legend: { symbolOpacity: 1, symbolSize: 70 },
  });
  const counts = [...new Set(errors.map(({ labels }) => labels))].sort((a, b) => a - b);
  const panel = (drawn: ErrorPanel, first: boolean) => {
    const several = new Set(drawn.errors.map(({ seed }) => seed)).size > 1;
    const y = {
      type: 'quantitative',
      title: first ? 'mean squared error (logarithmic)' : null,
      scale: { type: 'log', domain, nice: false },
      axis: { values: ticks, format: '~f' },
    };
    const encoding = {
      x: {
        field: 'labels',
        type: 'quantitative',
        title: x,
        scale: { zero: false, nice: false, padding: 12 },
        axis: { grid: false, format: ',d', ...(counts.length <= 7 ? { values: counts } : { tickCount: 5 }) },
      },
      y: { ...y, field: 'mse' },
      color: named(theme.categories),
    };
    const points = { ...encoding, shape: named(SHAPES) };
    return {
      title: { text: drawn.title, fontSize: 12, offset: 10 },
      width: 300,
      height: 240,
      layer: [
        ...(reference
          ? [
              {
                data: { values: [{ ...reference }] },
                mark: { type: 'rule', strokeDash: [5, 4], color: theme.neutral },
                encoding: { y: { ...y, field: 'mse' } },
              },
              {
                data: { values: [{ ...reference }] },
                mark: { type: 'text', align: 'right', dy: -7, color: theme.muted },
                encoding: { x: { value: 300 }, y: { ...y, field: 'mse' }, text: { field: 'name' } },
              },
            ]
          : []),
        several
          ? {
              data: { values: [...drawn.errors] },
              mark: { type: 'line', strokeWidth: 1, opacity: 0.4 },
              encoding: { ...encoding, detail: { field: 'seed' } },
            }
          : {
              data: { values: drawn.errors.filter(({ lower }) => lower !== undefined && lower > 0) },
              mark: { type: 'rule', opacity: 0.5 },
              encoding: { ...encoding, y: { ...y, field: 'lower' }, y2: { field: 'upper' } },
            },
        { data: { values: means(drawn.errors) }, mark: { type: 'line' }, encoding },
        { data: { values: means(drawn.errors) }, mark: { type: 'point', opacity: 1 }, encoding: points },
      ],
    };
  };
  return {
    title,
    spacing: 36,
    hconcat: drawable.map((drawn, i) => panel(drawn, i === 0)),
  } as unknown as Figure;
}

/** The mean over seeds of each series at each number of labels. */
function means(errors: readonly LabelledError[]): { series: string; labels: number; mse: number }[] {
  const groups = new Map<string, { series: string; labels: number; all: number[] }>();
  for (const { series, labels, mse } of errors) {
    const key = `${series} ${labels}`;
    const group = groups.get(key) ?? { series, labels, all: [] };
    groups.set(key, group);
    group.all.push(mse);
  }
  return [...groups.values()].map(({ all, ...group }) => ({
    ...group,
    mse: all.reduce((sum, value) => sum + value, 0) / all.length,
  }));
}

/** Round numbers within a range, four if the range allows it. */
function levelsWithin([low, high]: readonly [number, number]): number[] {
  const levels = (digits: readonly number[]) => {
    const all: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const digit of digits) all.push(Number((digit * 10 ** power).toPrecision(2)));
    return all.filter((level) => level >= low && level <= high);
  };
  const few = levels([1, 2, 5]);
  return few.length >= 4 ? few : levels([1, 1.5, 2, 3, 4, 5, 7]);
}

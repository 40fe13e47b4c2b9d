import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** An error after a number of labels. */
interface LabelledError {
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
interface Reference {
  readonly name: string;
  readonly mse: number;
}

const SHAPES = ['circle', 'diamond', 'square', 'triangle-up'];

/** Panels of error against labels on one logarithmic scale, a line for each series. */
function errorAgainstLabels(
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

/** A row of results/metrics/learning-curve.csv. */
export interface LearningRow {
  readonly strategy: string;
  readonly labels: number;
  readonly seed: number;
  readonly mse: number;
  readonly lower: number;
  readonly upper: number;
  readonly mseAverage: number;
  readonly lowerAverage: number;
  readonly upperAverage: number;
  readonly members: number;
}

/** What labels are worth by how they were chosen: of one MLP, and of the average of the committee. */
export function learningCurve(rows: readonly LearningRow[], theme: Theme, reference?: Reference): Figure {
  const runs = new Set(rows.map(({ seed }) => seed)).size;
  return errorAgainstLabels(
    {
      text: 'What a label is worth',
      subtitle:
        runs > 1
          ? `Error on test states against labels; thin lines are ${runs} runs, bold ones their mean`
          : 'Error on test states against labels, with 95 % intervals',
    },
    [
      { title: 'one MLP', errors: rows.map(({ strategy, ...row }) => ({ series: strategy, ...row })) },
      {
        title: `average of ${rows[0]?.members ?? 0}`,
        errors: rows.map(({ strategy, labels, seed, mseAverage, lowerAverage, upperAverage }) => ({
          series: strategy,
          labels,
          seed,
          mse: mseAverage,
          lower: lowerAverage,
          upper: upperAverage,
        })),
      },
    ],
    theme,
    { x: 'labels', ...(reference && { reference }) },
  );
}

/** A row of results/metrics/on-policy.csv. */
export interface OnPolicyRow {
  readonly strategy: string;
  readonly labels: number;
  readonly seed: number;
  readonly mseOnPolicy: number;
  readonly mseUniform: number;
}

/** Labels where the student's agents go against labels at random: errors there, and over all states. */
export function onPolicy(rows: readonly OnPolicyRow[], theme: Theme): Figure {
  const errors = (mse: (row: OnPolicyRow) => number): LabelledError[] =>
    rows.map((row) => ({ series: row.strategy, labels: row.labels, seed: row.seed, mse: mse(row) }));
  return errorAgainstLabels(
    {
      text: 'Asking where the agents go',
      subtitle:
        'Error of the student under the state distribution that it brings about, and where all states count alike',
    },
    [
      { title: 'where its agents go', errors: errors(({ mseOnPolicy }) => mseOnPolicy) },
      { title: 'all states alike', errors: errors(({ mseUniform }) => mseUniform) },
    ],
    theme,
    { x: 'labels added' },
  );
}

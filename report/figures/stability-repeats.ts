import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** What the mean of a number of answers to each prompt is worth. */
export interface DrawnRepeats {
  readonly repeats: number;
  /** Null where it is undefined. */
  readonly reliability: number | null;
  /** Standard deviation of such a mean around the teacher's own. */
  readonly sd: number;
}

/** The best scores that a student can have against labels of that many answers. */
export interface DrawnCeiling {
  readonly repeats: number;
  readonly r2: number | null;
  readonly pearson: number | null;
  readonly mse: number;
}

const DASHES = [
  [1, 0],
  [6, 4],
  [2, 3],
];

interface Series {
  readonly name: string;
  readonly points: readonly { readonly repeats: number; readonly value: number }[];
}

/** What asking more often gains: reliability of the labels with the ceiling it sets for students, and the noise left. */
export function stabilityRepeats(
  repeats: readonly DrawnRepeats[],
  ceiling: readonly DrawnCeiling[],
  theme: Theme,
): Figure {
  const worth = merged([
    series('reliability', repeats, ({ reliability }) => reliability),
    series('best R² of a student', ceiling, ({ r2 }) => r2),
    series('best Pearson correlation', ceiling, ({ pearson }) => pearson),
  ]);
  const noise = merged([
    series('noise of a label', repeats, ({ sd }) => sd),
    series('least root MSE of a student', ceiling, ({ mse }) => Math.sqrt(mse)),
  ]);
  const counts = [...new Set([...repeats, ...ceiling].map((row) => row.repeats))].sort((a, b) => a - b);
  const lowest = Math.min(...worth.flatMap(({ points }) => points.map(({ value }) => value)));
  const floor = [0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.5, 0].find((least) => lowest >= least);
  const most = Math.max(0.01, ...noise.flatMap(({ points }) => points.map(({ value }) => value)));
  return {
    title: {
      text: 'What asking more often gains',
      subtitle: 'Labels that average several answers to each prompt',
    },
    spacing: 44,
    hconcat: [
      ...(worth.length > 0
        ? [panel(worth, counts, 'reliability, ceiling (1 is perfect)', [floor ?? Math.floor(lowest), 1], theme)]
        : []),
      ...(noise.length > 0 ? [panel(noise, counts, 'standard deviation, in probability', [0, most], theme)] : []),
    ],
    resolve: { scale: { color: 'independent', shape: 'independent' } },
  } as unknown as Figure;
}

function series<T extends { readonly repeats: number }>(
  name: string,
  rows: readonly T[],
  value: (row: T) => number | null,
): Series {
  const points = rows.flatMap((row) => {
    const at = value(row);
    return at === null || !Number.isFinite(at) ? [] : [{ repeats: row.repeats, value: at }];
  });
  return { name, points: points.sort((a, b) => a.repeats - b.repeats) };
}

/** Curves that lie on each other become one that bears both names; those without a point are left out. */
function merged(all: readonly Series[]): Series[] {
  const distinct: Series[] = [];
  for (const { name, points } of all) {
    if (points.length === 0) continue;
    const same = distinct.findIndex(
      (other) =>
        other.points.length === points.length &&
        other.points.every(({ repeats, value }, i) => {
          const mine = points[i]!;
          return repeats === mine.repeats && Math.abs(value - mine.value) < 1e-3 * Math.max(value, mine.value, 1e-9);
        }),
    );
    if (same < 0) distinct.push({ name, points });
    else distinct[same] = { ...distinct[same]!, name: `${distinct[same]!.name} = ${name}` };
  }
  return distinct;
}

/** One panel: lines distinguished by colour, dash and the shape of their points. */
function panel(
  lines: readonly Series[],
  counts: readonly number[],
  title: string,
  domain: readonly [number, number],
  theme: Theme,
) {
  const names = lines.map(({ name }) => name);
  const encoding = {
    x: {
      field: 'repeats',
      type: 'quantitative',
      title: 'answers to each prompt (logarithmic)',
      scale: { type: 'log', domain: [counts[0]!, Math.max(counts.at(-1)!, counts[0]! * 1.01)], nice: false },
      axis: { values: spaced(counts), format: 'd', grid: false, labelFlush: false },
    },
    y: {
      field: 'value',
      type: 'quantitative',
      title,
      scale: { domain },
      axis: { format: '~f', tickCount: 5 },
    },
  };
  const named = (range: readonly string[]) => ({
    field: 'name',
    type: 'nominal',
    title: null,
    scale: { domain: names, range: range.slice(0, names.length) },
    legend: { direction: 'vertical', rowPadding: 4, symbolSize: 70, symbolStrokeWidth: 0 },
  });
  const rows = ({ name, points }: Series) => points.map((point) => ({ name, ...point }));
  return {
    width: 300,
    height: 230,
    layer: [
      // Lines have no part in the legend, where their dashes would be drawn through the shapes.
      ...lines.map((line, i) => ({
        data: { values: rows(line) },
        mark: { type: 'line', strokeWidth: 2, color: theme.categories[i]!, strokeDash: DASHES[i]! },
        encoding,
      })),
      {
        data: { values: lines.flatMap(rows) },
        mark: { type: 'point', size: 60, opacity: 1 },
        encoding: { ...encoding, color: named(theme.categories), shape: named(['circle', 'diamond', 'square']) },
      },
    ],
  };
}

/** The counts whose labels have room beside each other on a logarithmic axis. */
function spaced(counts: readonly number[]): number[] {
  const span = Math.log((counts.at(-1) ?? 1) / (counts[0] ?? 1)) || 1;
  const kept: number[] = [];
  for (const count of counts) if (kept.length === 0 || Math.log(count / kept.at(-1)!) / span > 0.07) kept.push(count);
  return kept;
}

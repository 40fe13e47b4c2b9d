import { decimal } from './model-comparison.ts';
import type { Figure } from './render.ts';
import { colourOf, type Theme } from './theme.ts';

/** What a model costs and how near it is to the labels. */
export interface CostedModel {
  readonly model: string;
  readonly baseline: boolean;
  /** Decisions per second on the machine of the evaluation. */
  readonly rate: number;
  readonly loss: number;
  readonly low: number;
  readonly high: number;
}

const WIDTH = 520;
const HEIGHT = 340;

/**
 * Decisions per second against the error, with the models that no other beats in both. Both scales are logarithmic,
 * but for a log loss, whose differences are what counts.
 */
export function costFidelity(
  models: readonly CostedModel[],
  loss: 'mean squared error' | 'log loss',
  theme: Theme,
): Figure {
  const logarithmic = loss === 'mean squared error';
  const positive = models.flatMap(({ low, loss, high }) => [low, loss, high]).filter((value) => value > 0);
  // A perfect prediction has no place on a logarithmic scale: it is drawn at its lower end.
  const floor = positive.length > 0 ? Math.min(...positive) : 1e-6;
  const above = (value: number) => Math.max(value, floor);
  const domains = {
    rate: widened(models.map(({ rate }) => rate)),
    loss: logarithmic
      ? widened([floor, ...models.map(({ high }) => above(high))])
      : padded(models.flatMap(({ low, high }) => [low, high])),
  };
  const at = (value: number, [from, to]: readonly [number, number]) => Math.log(value / from) / Math.log(to / from);
  const along = (value: number, [from, to]: readonly [number, number]) => (value - from) / (to - from);
  const onFront = new Set(paretoFront(models, ({ rate, loss }) => [-rate, loss]));
  const values = separated(
    models.map((row) => ({
      ...row,
      loss: above(row.loss),
      low: above(row.low),
      high: above(row.high),
      front: onFront.has(row),
      label: `${row.model}  ${logarithmic ? decimal(row.loss) : row.loss.toFixed(3)}`,
      right: WIDTH * at(row.rate, domains.rate),
      down: HEIGHT * (1 - (logarithmic ? at(above(row.loss), domains.loss) : along(row.loss, domains.loss))),
    })),
  );
  const students = models.flatMap(({ model, baseline }) => (baseline ? [] : [model]));
  const names = models.map(({ model }) => model);
  const x = {
    field: 'rate',
    type: 'quantitative' as const,
    title: 'decisions per second (logarithmic; more is better)',
    scale: { type: 'log' as const, domain: domains.rate, nice: false },
    axis: { values: ticks(domains.rate), format: ',~r', grid: true },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative' as const,
    title: `${loss} (${logarithmic ? 'logarithmic; ' : ''}smaller is better)`,
    scale: logarithmic
      ? { type: 'log' as const, domain: domains.loss, nice: false }
      : { domain: domains.loss, nice: false, zero: false },
    axis: logarithmic ? { values: ticks(domains.loss), format: '~g' } : { tickCount: 6, format: '.2~f' },
  });
  const color = {
    field: 'model',
    type: 'nominal',
    legend: null,
    scale: { domain: names, range: names.map((model) => colourOf(theme, model, students)) },
  } as const;
  const label = { type: 'text' as const, align: 'left' as const, dx: 10, dy: { expr: 'datum.shift' } };
  const written = { x, y: y('loss'), text: { field: 'label' } };
  return {
    title: {
      text: 'What fidelity costs',
      subtitle: 'Error with its 95 % interval against speed; the line joins the models that no other beats in both',
    },
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    layer: [
      {
        transform: [{ filter: 'datum.front' }],
        mark: { type: 'line', interpolate: 'step-before', color: theme.neutral, strokeDash: [5, 4], strokeWidth: 1.5 },
        encoding: { x, y: y('loss') },
      },
      {
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.45 },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color },
      },
      {
        mark: { type: 'point', size: 110, opacity: 1 },
        encoding: { x, y: y('loss'), color },
      },
      // The first of the two clears the line and the grid from behind the letters.
      { mark: { ...label, stroke: theme.background, strokeWidth: 4 }, encoding: written },
      { mark: { ...label, color: theme.ink }, encoding: written },
    ],
  };
}

/** Width of a label, and the distance between two lines of them, in points. */
const ROOM = 110;
const LINE = 14;

/** Moves labels down from those that they would lie on. */
function separated<T extends { readonly right: number; readonly down: number }>(rows: readonly T[]) {
  const placed: { right: number; line: number }[] = [];
  return [...rows]
    .sort((a, b) => a.down - b.down)
    .map((row) => {
      let line = row.down;
      for (const other of placed)
        if (Math.abs(other.right - row.right) < ROOM && line < other.line + LINE) line = other.line + LINE;
      const { right, down, ...rest } = row;
      placed.push({ right, line });
      return { ...rest, shift: line - down };
    });
}

/** A domain with a margin on both sides, at least a decade wide. */
function widened(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max((high / low) ** 0.08, Math.sqrt(10 / Math.min(10, high / low)));
  return [low / margin, high * margin];
}

/** A domain with a margin on both sides. */
function padded(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.01, 0.08 * (high - low));
  return [Math.max(0, low - margin), high + margin];
}

/** Powers of ten within the domain, and 3 times them. */
function ticks([from, to]: readonly [number, number]): number[] {
  const decades = Array.from({ length: 30 }, (_, i) => i - 15);
  const steps = to / from < 1e4 ? [1, 3] : [1];
  return decades
    .flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`)))
    .filter((tick) => tick >= from && tick <= to);
}

/**
 * The items that no other beats: none is as small in both costs and smaller in one. In order of the first cost.
 * @param costs of an item, smaller is better
 */
export function paretoFront<T>(items: readonly T[], costs: (item: T) => readonly [number, number]): T[] {
  const beats = (a: T, b: T) => {
    const [[a0, a1], [b0, b1]] = [costs(a), costs(b)];
    return a0 <= b0 && a1 <= b1 && (a0 < b0 || a1 < b1);
  };
  return items.filter((item) => !items.some((other) => beats(other, item))).sort((a, b) => costs(a)[0] - costs(b)[0]);
}

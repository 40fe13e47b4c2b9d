import type { Point } from '../protocol/runs.ts';

export interface Line {
  readonly label: string;
  /** null leaves a gap in the line. */
  readonly value: (point: Point) => number | null;
  readonly colour: () => string;
}

/** A line as it is drawn. */
export interface Stroke extends Omit<Line, 'label' | 'value'> {
  readonly value: (point: Point, i: number, all: readonly Point[]) => number | null;
  readonly dashed?: boolean;
  /** Bounds a band: the first one its upper end, the second its lower one. */
  readonly bound?: boolean;
}

export interface Chart {
  /** Another key is another picture. */
  readonly key: string;
  readonly lines: readonly Line[];
  /** How they are drawn; default: each in one stroke. */
  readonly strokes?: readonly Stroke[];
  readonly format: (value: number) => string;
  /** Largest value that the axis shows at least. */
  readonly least: number;
}

export const strokesOf = ({ lines, strokes }: Chart): readonly Stroke[] =>
  strokes ?? lines.map(({ value, colour }) => ({ value: (point) => value(point), colour }));

/** How much larger than usual text is here. */
export const enlarged = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 14;

import type { StateSpace } from '../../../env/state-space.ts';
import type { Columns } from './columns.ts';
import { levelIn } from './columns.ts';
import type { Draws } from './laws.ts';
import { actionAxis, type Classes } from './slice.ts';

/** Rows that a byte can number. */
export const BYTE_ROWS = 256;

/** What a row's number is the sum of: tables over halves of bytes, whole bytes, the action and factors that have moved. */
export interface IndexShape {
  /** Halves of bytes: 2 · plane, or 2 · plane + 1 for the upper one. */
  readonly halves: readonly number[];
  /** Factors that have a byte of their own. */
  readonly wide: readonly number[];
  readonly action: boolean;
  /** Factors whose next level it reads. */
  readonly next: readonly number[];
  readonly rows: number;
}

export interface DrawsShape {
  readonly rows: number;
  readonly steps: number;
}

/** Length of a table for vectors: whole vectors, and one that repeats the only entry. */
export const tableBytes = (entries: number): number => 16 * Math.ceil(entries / 16);

/** Where each table of an index begins, in bytes, and where they end. */
export function indexLayout(space: StateSpace, shape: IndexShape) {
  let end = 0;
  const place = (entries: number) => {
    const at = end;
    end += tableBytes(entries);
    return at;
  };
  const halves = shape.halves.map(() => place(16));
  const wide = shape.wide.map((f) => place(space.agent[f]!.factor.levels.length));
  const action = shape.action ? place(space.scenario.actions.length) : 0;
  const next = shape.next.map((f) => place(space.agent[f]!.factor.levels.length));
  return { halves, wide, action, next, end };
}

/** Where each table of some draws begins, in bytes, and where they end. */
export function drawsLayout({ rows, steps }: DrawsShape) {
  const size = tableBytes(rows);
  return {
    top: 0,
    high: (step: number) => size * (1 + step),
    low: (step: number) => size * (1 + steps + step),
    end: size * (1 + 2 * steps),
  };
}

/** The index of some classes, which may read less than another that it shares a program with. */
export function indexShape(space: StateSpace, { packing }: Columns, alike: readonly Classes[]): IndexShape {
  const action = actionAxis(space);
  const axes = new Set(alike.flatMap((classes) => classes.axes));
  const now = [...axes].filter((axis) => axis < action);
  const isWide = (f: number) => packing.fields[f]!.bits > 4;
  const halfOf = (f: number) => 2 * packing.fields[f]!.plane + (packing.fields[f]!.shift >> 2);
  return {
    halves: [...new Set(now.filter((f) => !isWide(f)).map(halfOf))].sort((a, b) => a - b),
    wide: now.filter(isWide),
    action: axes.has(action),
    next: [...axes].filter((axis) => axis > action).map((axis) => axis - action - 1),
    rows: Math.max(...alike.map(({ rows }) => rows)),
  };
}

export function drawsShape(alike: readonly Draws[]): DrawsShape {
  return { rows: Math.max(...alike.map(({ rows }) => rows)), steps: Math.max(...alike.map(({ steps }) => steps)) };
}

/** Writes the tables of an index. */
export function writeIndex(
  space: StateSpace,
  { packing }: Columns,
  shape: IndexShape,
  classes: Classes,
  into: Uint8Array,
): void {
  const action = actionAxis(space);
  const layout = indexLayout(space, shape);
  const partOf = (axis: number) => classes.parts[classes.axes.indexOf(axis)];
  into.fill(0, 0, layout.end);
  for (const axis of classes.axes) {
    if (axis >= action || shape.wide.includes(axis)) continue;
    const { plane, shift } = packing.fields[axis]!;
    const at = layout.halves[shape.halves.indexOf(2 * plane + (shift >> 2))]!;
    const part = partOf(axis)!;
    for (let value = 0; value < 16; value++)
      into[at + value]! += part[levelIn(packing, axis, shift >= 4 ? value << 4 : value)] ?? 0;
  }
  shape.wide.forEach((f, i) => into.set(partOf(f) ?? [], layout.wide[i]));
  if (shape.action) into.set(partOf(action) ?? [], layout.action);
  shape.next.forEach((f, i) => into.set(partOf(action + 1 + f) ?? [], layout.next[i]));
}

/** Writes draws as tables of bytes; steps that these draws do not have are taken by every uniform. */
export function writeDraws(shape: DrawsShape, draws: Draws, into: Uint8Array): void {
  const layout = drawsLayout(shape);
  const more = shape.steps - draws.steps;
  const write = (at: number, entry: (row: number) => number) => {
    if (shape.rows === 1) into.fill(entry(0), at, at + 16);
    else for (let row = 0; row < draws.rows; row++) into[at + row] = entry(row);
  };
  write(layout.top, (row) => draws.top[row]! + more);
  for (let step = 0; step < shape.steps; step++) {
    const threshold = (row: number) => (step < draws.steps ? draws.thresholds[row * draws.steps + step]! : 0xffff);
    write(layout.high(step), (row) => threshold(row) >> 8);
    write(layout.low(step), (row) => threshold(row) & 0xff);
  }
}

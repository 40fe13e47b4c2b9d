import type { StateSpace } from '../../../env/state-space.ts';
import type { Columns } from './columns.ts';
import { levelIn } from './columns.ts';
import type { Draws } from './laws.ts';
import { actionAxis, type Classes } from './slice.ts';

/** Rows that a byte can number; more are numbered by two. */
export const BYTE_ROWS = 256;

/** Rows up to which a column of bytes is looked up by vectors, four of 16 entries; beyond, rows are loaded agent by agent. */
const VECTOR_ROWS = 64;

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

/** Columns of bytes by row, from an address on. */
export interface ByteTable {
  readonly at: number;
  readonly rows: number;
  readonly columns: number;
  /** Bytes of a row, whose columns stand together; 0 if each column stands by itself, for look-ups by vectors. */
  readonly record: number;
}

/** Length of a table for vectors: whole vectors, and one that repeats the only entry. */
export const tableBytes = (entries: number): number => 16 * Math.ceil(entries / 16);

/** Whether rows are too many for look-ups by vectors. */
export const areLoaded = (rows: number): boolean => rows > VECTOR_ROWS;

/** How many bytes number a row. */
export const rowBytes = (rows: number): 1 | 2 => (rows <= BYTE_ROWS ? 1 : 2);

function byteTable(at: number, rows: number, columns: number): ByteTable & { readonly end: number } {
  const record = areLoaded(rows) ? (columns === 1 ? 1 : 4 * Math.ceil(columns / 4)) : 0;
  const bytes = record > 0 ? tableBytes(rows * record) : columns * tableBytes(rows);
  return { at, rows, columns, record, end: at + bytes };
}

/** Address of an entry of a table. */
export const entryAt = ({ at, rows, record }: ByteTable, row: number, column: number): number =>
  at + (record > 0 ? row * record + column : column * tableBytes(rows) + row);

/**
 * Where each table of an index begins, in bytes, and where they end. If two bytes number a row, the table of the upper ones
 * follows that of the lower ones.
 */
export function indexLayout(space: StateSpace, shape: IndexShape) {
  let end = 0;
  const place = (entries: number) => {
    const at = end;
    end += rowBytes(shape.rows) * tableBytes(entries);
    return { at, entries };
  };
  const halves = shape.halves.map(() => place(16));
  const wide = shape.wide.map((f) => place(space.agent[f]!.factor.levels.length));
  const action = shape.action ? [place(space.scenario.actions.length)] : [];
  const next = shape.next.map((f) => place(space.agent[f]!.factor.levels.length));
  return { halves, wide, action, next, end };
}

/** Where the tables of some draws are: tops and upper bytes of thresholds, which every draw reads, and the lower ones. */
export function drawsLayout({ rows, steps }: DrawsShape) {
  const high = byteTable(0, rows, 1 + steps);
  const low = byteTable(high.end, rows, steps);
  return { high, low, end: low.end };
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
  const partOf = (axis: number) => classes.parts[classes.axes.indexOf(axis)] ?? [];
  const write = ({ at, entries }: { at: number; entries: number }, part: ArrayLike<number>) => {
    for (let value = 0; value < part.length; value++) {
      into[at + value] = part[value]! & 0xff;
      if (shape.rows > BYTE_ROWS) into[at + tableBytes(entries) + value] = part[value]! >> 8;
    }
  };
  into.fill(0, 0, layout.end);
  shape.halves.forEach((half, i) => {
    const sums = new Uint16Array(16);
    for (const axis of classes.axes) {
      if (axis >= action || shape.wide.includes(axis)) continue;
      const { plane, shift } = packing.fields[axis]!;
      if (2 * plane + (shift >> 2) !== half) continue;
      const part = partOf(axis);
      for (let value = 0; value < 16; value++)
        sums[value]! += part[levelIn(packing, axis, shift >= 4 ? value << 4 : value)] ?? 0;
    }
    write(layout.halves[i]!, sums);
  });
  shape.wide.forEach((f, i) => write(layout.wide[i]!, partOf(f)));
  for (const table of layout.action) write(table, partOf(action));
  shape.next.forEach((f, i) => write(layout.next[i]!, partOf(action + 1 + f)));
}

/** Writes draws as tables of bytes; steps that these draws do not have are taken by every uniform. */
export function writeDraws(shape: DrawsShape, draws: Draws, into: Uint8Array): void {
  const { high, low } = drawsLayout(shape);
  const write = (table: ByteTable, column: number, row: number, byte: number) => {
    const at = entryAt(table, row, column);
    if (shape.rows === 1) into.fill(byte, at, at + 16);
    else into[at] = byte;
  };
  for (let row = 0; row < draws.rows; row++) {
    write(high, 0, row, draws.top[row]! + shape.steps - draws.steps);
    for (let step = 0; step < shape.steps; step++) {
      const threshold = step < draws.steps ? draws.thresholds[row * draws.steps + step]! : 0xffff;
      write(high, 1 + step, row, threshold >> 8);
      write(low, step, row, threshold & 0xff);
    }
  }
}

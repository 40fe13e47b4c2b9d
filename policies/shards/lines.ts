import { closeSync, openSync, readSync } from 'node:fs';
import { canonicalJson } from '../../workspace/hash.ts';
import { type LabelRecord, parseLabel } from '../../workspace/label.ts';
import { LINES, type LineKind } from '../../workspace/shards.ts';

/** A header is shorter than this. */
const LONGEST = 1 << 20;

/** What the first line of a shard's file says; undefined if it is not a line of a label store. */
export function firstRecord(path: string): LabelRecord | undefined {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(LONGEST);
    const read = bytes.subarray(0, readSync(file, bytes, 0, LONGEST, 0));
    return recordIn(read.toString('utf8', 0, Math.max(0, read.indexOf(10))));
  } finally {
    closeSync(file);
  }
}

/** The record of a line; undefined if it is not sound. */
export function recordIn(line: string): LabelRecord | undefined {
  const label = parseLabel(line);
  return typeof label === 'string' ? undefined : label.record;
}

const AFTER_KEY = '{"key":"","'.length + 64;

/** What a line of a shard's file is, by how its record begins: ours, an `answer`, or what is remembered of a `model`. */
export function kindOfLine(line: string): LineKind | 'answer' | 'model' {
  // An answer has a teacher, a model its name: neither begins with one of these names and an object.
  for (const kind of LINES) if (line.startsWith(`${kind}":`, AFTER_KEY)) return kind;
  // Within a string, quotes are escaped.
  return line.includes('"outcome":"') ? 'answer' : 'model';
}

/** Whether two records of one key say the same, apart from what the machine adds. */
export const saysTheSame = (a: LabelRecord, b: LabelRecord): boolean =>
  canonicalJson(essence(a)) === canonicalJson(essence(b));

/** A record without what it does not answer for: tokens and devices, and how long a run took. */
function essence(record: LabelRecord): object {
  if ('run' in record) return { run: record.run };
  const { usage: _, device: __, ...rest } = record;
  return rest;
}

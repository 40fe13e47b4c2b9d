import { isUtf8 } from 'node:buffer';
import { fstatSync, readSync } from 'node:fs';
import { fileKind } from '../../workspace/file-kind.ts';
import { isCutShort } from '../../workspace/json-text.ts';
import { labelKeyOf, UNSEALED } from '../../workspace/label.ts';

/** What follows the last complete line: nothing, a line without its end, part of one, or one that a power cut zeroed. */
type Tail = 'none' | 'whole' | 'cut' | 'zeros';

/** How far a label store was read. */
export interface Scanned {
  /** Where the last complete line ends, in bytes. */
  readonly end: number;
  /** Complete lines. */
  readonly lines: number;
  /** As the last complete line ends. */
  readonly lineEnd: '\n' | '\r\n';
  /** Whether a line with a checksum was read. */
  readonly sealed: boolean;
  readonly tail: Tail;
  readonly tailBytes: Buffer;
  /** Why the file is not a label store, to follow its path. */
  readonly problem?: string;
}

const CHUNK = 1 << 20;
/** A label of more than this is not one. */
const LONGEST = 64 << 20;
const MARK = Buffer.from('\uFEFF');
const START = '{"key":"';

/**
 * Reads the lines of a label store that follow those read before.
 * @param found called with each label's key and where its line begins
 */
export function scan(file: number, before: Scanned | undefined, found: (key: string, offset: number) => void): Scanned {
  let { end, lines, lineEnd, sealed } = before ?? { end: 0, lines: 0, lineEnd: '\n' as const, sealed: false };
  const reached = (tail: Tail, tailBytes = NOTHING): Scanned => ({ end, lines, lineEnd, sealed, tail, tailBytes });
  const stopped = (problem: string): Scanned => ({ ...reached('none'), problem });
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, fstatSync(file).size - end)));
  let rest = NOTHING;
  for (let position = end; ; ) {
    const n = readSync(file, chunk, 0, chunk.length, position);
    if (n === 0) break;
    if (position === 0) {
      const foreign = foreignKind(chunk.subarray(0, n));
      if (foreign) return stopped(foreign);
    }
    position += n;
    const bytes = Buffer.concat([rest, chunk.subarray(0, n)]);
    let from = 0;
    for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
      const ended = bytes[to - 1] === 13 && to > from;
      const line = bytes.subarray(from, ended ? to - 1 : to);
      if (line.length > 0) {
        const read = readLine(line, sealed);
        if ('problem' in read) return stopped(atLine(lines + 1, read.problem));
        found(read.key, end + read.offset);
        sealed = read.sealed;
      }
      lineEnd = ended ? '\r\n' : '\n';
      lines++;
      end += to - from + 1;
      from = to + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > LONGEST) return stopped(atLine(lines + 1, `is longer than ${LONGEST >> 20} MiB, not a label`));
  }
  if (rest.length === 0) return reached('none');
  const read = readTail(rest, sealed);
  if ('problem' in read) return stopped(atLine(lines + 1, read.problem));
  if (read.key !== undefined) found(read.key, end + read.offset);
  return reached(read.tail, rest);
}

const NOTHING: Buffer = Buffer.alloc(0);

const atLine = (line: number, problem: string) =>
  `, line ${line}: ${problem}; restore the file from a copy, remove the line, or move the file away to begin a new one`;

function foreignKind(head: Buffer): string | undefined {
  // Zeros alone may be what a power cut left of the first line.
  if (head.every((byte) => byte === 0)) return undefined;
  const kind = fileKind(head);
  const remedy = 'move it away, or save it as UTF-8 if it is a label store';
  if (kind.kind === 'other') return ` is ${kind.what}, not a label store; ${remedy}`;
  if (kind.kind !== 'text') return ` is a ${kind.kind} file, not a label store; ${remedy}`;
  return kind.encoding === 'utf-8' ? undefined : ` is ${kind.encoding.toUpperCase()} text; ${remedy}`;
}

interface Line {
  readonly key: string;
  readonly sealed: boolean;
  /** Bytes of a byte order mark before it. */
  readonly offset: number;
}

/** @param after whether a line with a checksum stands before */
function readLine(line: Buffer, after: boolean): Line | { readonly problem: string } {
  const offset = line.subarray(0, MARK.length).equals(MARK) ? MARK.length : 0;
  if (!isUtf8(line)) return { problem: 'is not valid UTF-8' };
  const read = labelKeyOf(line.toString('utf8', offset));
  if (typeof read === 'string') return { problem: read };
  if (after && !read.sealed) return { problem: UNSEALED };
  return { ...read, offset };
}

/** What a last line without its end is. */
function readTail(bytes: Buffer, after: boolean): { tail: Tail; key?: string; offset: number } | { problem: string } {
  const whole = readLine(bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes, after);
  if (!('problem' in whole)) return { tail: 'whole', key: whole.key, offset: whole.offset };
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  if (length > 0 && !isBeginning(bytes.subarray(0, length)))
    return { problem: `has no line end and is not the beginning of a label either (it ${whole.problem})` };
  return { tail: length < bytes.length ? 'zeros' : 'cut', offset: 0 };
}

/** Whether these bytes are what the store would have written, cut off somewhere. */
function isBeginning(bytes: Buffer): boolean {
  let text: string;
  try {
    // `stream` passes over a last character that lacks some of its bytes.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return false;
  }
  if (text.length <= START.length) return START.startsWith(text);
  const key = text.slice(START.length, START.length + 64);
  return text.startsWith(START) && /^[0-9a-f]*$/.test(key) && (key.length < 64 || isCutShort(text));
}

import { isUtf8 } from 'node:buffer';

/** A line longer than this does not belong to a table, and would not fit into a string at eight times its length. */
const LONGEST_BYTES = 64 << 20;
const MARK = '\uFEFF';

/** A line that cannot be read: its number, from 1, and why in a sentence without a subject. */
export class LineProblem extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/**
 * Cuts bytes into lines, whichever way they end: line feed, carriage return, or both. A byte order mark at a line's start
 * is not part of it, as in files that were put together from several.
 * @throws {LineProblem} for a line that is not UTF-8, or longer than 64 MiB
 */
export class Lines {
  readonly #take: (text: string, line: number) => void;
  #rest: Buffer = Buffer.alloc(0);
  #line = 0;

  /** @param take called with each line without its end */
  constructor(take: (text: string, line: number) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const next = (byte: number, from: number) => {
      const at = bytes.indexOf(byte, from);
      return at < 0 ? bytes.length : at;
    };
    let from = 0;
    let feed = next(10, 0);
    let carriage = next(13, 0);
    for (;;) {
      const end = Math.min(feed, carriage);
      // A carriage return at the very end may be the first half of a line end.
      if (end === bytes.length || (carriage === end && end === bytes.length - 1)) break;
      this.#give(bytes.subarray(from, end));
      from = end + (carriage === end && feed === end + 1 ? 2 : 1);
      if (feed < from) feed = next(10, from);
      if (carriage < from) carriage = next(13, from);
    }
    this.#rest = bytes.subarray(from);
    if (this.#rest.length > LONGEST_BYTES)
      throw new LineProblem(this.#line + 1, `is longer than ${LONGEST_BYTES >> 20} MiB, too long for a row`);
  }

  end(): void {
    if (this.#rest.length === 0) return;
    const { length } = this.#rest;
    this.#give(this.#rest[length - 1] === 13 ? this.#rest.subarray(0, length - 1) : this.#rest);
  }

  #give(bytes: Buffer): void {
    this.#line++;
    if (!isUtf8(bytes)) throw new LineProblem(this.#line, `is not valid UTF-8 (${firstBad(bytes)}); save it as UTF-8`);
    const text = bytes.toString('utf8');
    this.#take(text.startsWith(MARK) ? text.slice(MARK.length) : text, this.#line);
  }
}

/** Where bytes stop being UTF-8. */
function firstBad(bytes: Buffer): string {
  let good = 0;
  // The longest beginning that more bytes could make valid, by halves; then back to where its last character ends.
  for (let size = bytes.length; size >= 1; size = Math.floor(size / 2))
    while (good + size <= bytes.length && valid(bytes.subarray(0, good + size))) good += size;
  while (!isUtf8(bytes.subarray(0, good))) good--;
  return `byte 0x${bytes[good]!.toString(16)} at ${good + 1}`;
}

const valid = (bytes: Buffer) => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
};

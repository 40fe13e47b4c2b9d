import { UnderstudyError } from '../env/error.ts';

/** A file in an archive. */
export interface Entry {
  /** With / between folders; no folder is named . or .. */
  readonly name: string;
  readonly content: Uint8Array;
}

const BLOCK = 512;
const MOST_NAME = 255;

/**
 * An uncompressed tar archive (POSIX ustar) of plain files, in the order of their names: the same bytes for the same files.
 * @throws {UnderstudyError} DISTILL_FILE for a name that ustar cannot hold
 */
export function archiveOf(entries: readonly Entry[]): Uint8Array {
  const parts = [...entries]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, content }) => [header(name, content.length), content, padding(content.length)]);
  return Buffer.concat([...parts, new Uint8Array(2 * BLOCK)]);
}

const padding = (length: number) => new Uint8Array((BLOCK - (length % BLOCK)) % BLOCK);

function header(name: string, size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const [prefix, rest] = splitName(name);
  block.write(rest, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write(`${'0'.repeat(11)}\0`, 136);
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write(prefix, 345);
  block.write(`${sumOf(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A long name is written in two parts, at a slash. */
function splitName(name: string): readonly [string, string] {
  if (Buffer.byteLength(name) <= 100) return ['', name];
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
    const [prefix, rest] = [name.slice(0, at), name.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(rest) <= 100 && rest !== '') return [prefix, rest];
  }
  throw new UnderstudyError('DISTILL_FILE', `${name} is too long a name for an archive; shorten it`);
}

/** The sum of a header's bytes, with spaces in the place of the sum itself. */
function sumOf(block: Uint8Array): number {
  let sum = 0;
  block.forEach((byte, i) => {
    sum += i >= 148 && i < 156 ? 32 : byte;
  });
  return sum;
}

/**
 * The files of an archive that `archiveOf` made. Nothing else is read: no links, no devices, no names that lead out of the
 * folder that the archive is unpacked in, no name twice.
 * @param what names the archive in errors
 * @throws {UnderstudyError} DISTILL_FILE saying what is wrong with it
 */
export function readArchive(bytes: Uint8Array, what: string): Entry[] {
  const wrong = (why: string) => new UnderstudyError('DISTILL_FILE', `${what} ${why}`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Entry[] = [];
  const names = new Set<string>();
  let at = 0;
  for (;;) {
    if (at + BLOCK > buffer.length) throw wrong(at === 0 ? 'is not an archive' : 'is cut off: it has no end');
    const block = buffer.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) break;
    if (block.toString('latin1', 257, 262) !== 'ustar' || octal(block, 148, 8) !== sumOf(block))
      throw wrong(at === 0 ? 'is not an archive' : `is damaged at byte ${at}`);
    const [prefix, rest] = [text(block, 345, 155), text(block, 0, 100)];
    const name = prefix === '' ? rest : `${prefix}/${rest}`;
    if (block[156] !== 48 && block[156] !== 0) throw wrong(`holds ${JSON.stringify(name)}, which is not a plain file`);
    if (!isInside(name)) throw wrong(`holds the name ${JSON.stringify(name)}, which leads out of its folder`);
    if (names.has(name)) throw wrong(`holds ${name} twice`);
    names.add(name);
    const size = octal(block, 124, 12);
    const from = at + BLOCK;
    if (size === undefined || from + size > buffer.length) throw wrong(`is cut off in ${name}`);
    entries.push({ name, content: buffer.subarray(from, from + size) });
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

const text = (block: Buffer, from: number, length: number) => {
  const end = block.indexOf(0, from);
  return block.toString('utf8', from, end < 0 || end > from + length ? from + length : end);
};

function octal(block: Buffer, from: number, length: number): number | undefined {
  const digits = text(block, from, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** Whether a name stays in its folder, on every system. */
function isInside(name: string): boolean {
  if (name === '' || name.length > MOST_NAME || /[\\:\p{Cc}]/u.test(name)) return false;
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** What a file is by its first bytes: text in an encoding, something that holds rows, or something else. */
export type FileKind =
  | { readonly kind: 'text'; readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' }
  | { readonly kind: 'gzip' | 'parquet' }
  /** `what` it is, as in "is a ZIP archive", and what can be done about it. */
  | { readonly kind: 'other'; readonly what: string; readonly remedy: string };

/** Bytes that are enough to tell. */
export const HEAD_BYTES = 4096;

const UNPACK = 'unpack it first';
const EXPORT = 'export its rows as CSV, JSON Lines or Parquet';
/** First bytes, written as Latin-1, of files that people mistake for a table. */
const signatures: readonly (readonly [start: string, what: string, remedy: string])[] = [
  ['\xff\xfe\0\0', 'UTF-32 text', 'save it as UTF-8'],
  ['\0\0\xfe\xff', 'UTF-32 text', 'save it as UTF-8'],
  ['PK\x03\x04', 'a ZIP archive or an Excel workbook', `unpack it, or ${EXPORT}`],
  ['\xd0\xcf\x11\xe0', 'an Excel workbook', EXPORT],
  ['\x28\xb5\x2f\xfd', 'compressed with Zstandard', UNPACK],
  ['BZh', 'compressed with bzip2', UNPACK],
  ['\xfd7zXZ\0', 'compressed with xz', UNPACK],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive', UNPACK],
  ['\x04"M\x18', 'compressed with LZ4', UNPACK],
  ['SQLite format 3\0', 'a SQLite database', EXPORT],
  ['ARROW1', 'an Arrow or Feather file', EXPORT],
  ['FEA1', 'a Feather file', EXPORT],
  ['ORC', 'an ORC file', EXPORT],
  ['Obj\x01', 'an Avro file', EXPORT],
  ['\x89HDF', 'an HDF5 file', EXPORT],
  ['\x93NUMPY', 'a NumPy array', EXPORT],
  ['\x80\x03', 'a Python pickle', EXPORT],
  ['\x80\x04', 'a Python pickle', EXPORT],
  ['\x80\x05', 'a Python pickle', EXPORT],
  ['GGUF', 'a language model (GGUF)', 'name a file of decisions'],
  ['%PDF', 'a PDF document', 'name a file of decisions'],
  ['\x89PNG', 'a picture (PNG)', 'name a file of decisions'],
  ['version https://git-lfs', 'a Git LFS pointer, not the file itself', 'run `git lfs pull`'],
  ['<!doctype', 'a web page', 'download the file itself'],
  ['<!DOCTYPE', 'a web page', 'download the file itself'],
  ['<html', 'a web page', 'download the file itself'],
  ['<?xml', 'XML', EXPORT],
];

/** @param head the file's first HEAD_BYTES, or all of a shorter one */
export function fileKind(head: Uint8Array): FileKind {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, HEAD_BYTES));
  const starts = (start: string) => bytes.toString('latin1', 0, start.length) === start;
  if (starts('\x1f\x8b')) return { kind: 'gzip' };
  if (starts('PAR1')) return { kind: 'parquet' };
  if (starts('PARE')) return other('Parquet that is encrypted', 'write it without encryption');
  const known = signatures.find(([start]) => starts(start));
  if (known) return other(known[1], known[2]);
  if (starts('\xff\xfe')) return { kind: 'text', encoding: 'utf-16le' };
  if (starts('\xfe\xff')) return { kind: 'text', encoding: 'utf-16be' };
  return withoutMark(bytes);
}

/** UTF-16 without a byte order mark has a zero in most second bytes of Western text; UTF-8 has none at all. */
function withoutMark(bytes: Buffer): FileKind {
  const zeros = [0, 0];
  bytes.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2]!++;
  });
  const [even, odd] = zeros as [number, number];
  if (even + odd === 0) return { kind: 'text', encoding: 'utf-8' };
  if (even + odd === bytes.length) return other('nothing but zero bytes, as after a power cut', 'make it again');
  if (odd > 0.3 * (bytes.length / 2) && even < 0.05 * odd) return { kind: 'text', encoding: 'utf-16le' };
  if (even > 0.3 * (bytes.length / 2) && odd < 0.05 * even) return { kind: 'text', encoding: 'utf-16be' };
  // Text with a few zeros in it is read, so that the line that holds them can be named.
  if (even + odd < 0.05 * bytes.length) return { kind: 'text', encoding: 'utf-8' };
  return other('not text', 'name a file of decisions');
}

const other = (what: string, remedy: string): FileKind => ({ kind: 'other', what, remedy });

/**
 * Makes data/fonts from the npm package @fontsource/inter: TrueType files for drawing PNGs on machines without fonts,
 * the WOFF2 files as they are for the report, and the width of every character for laying figures out.
 *
 *     npm install --no-save --prefix /tmp/inter @fontsource/inter@5.3.0
 *     npx tsx tools/fonts/unpack.ts /tmp/inter/node_modules/@fontsource/inter
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';

const source = process.argv[2];
if (!source) throw new Error('name the folder of @fontsource/inter');
const target = new URL('../../data/fonts/', import.meta.url);
mkdirSync(target, { recursive: true });

interface Font {
  readonly bytes: Buffer;
  readonly tables: ReadonlyMap<string, Buffer>;
}

/** WOFF 1.0 (W3C 2012) is a TrueType file with each table compressed by zlib. */
function fromWoff(woff: Buffer): Font {
  if (woff.toString('latin1', 0, 4) !== 'wOFF') throw new Error('not a WOFF 1.0 file');
  const count = woff.readUInt16BE(12);
  const entries = Array.from({ length: count }, (_, i) => {
    const at = 44 + 20 * i;
    const [offset, packed, length] = [4, 8, 12].map((field) => woff.readUInt32BE(at + field));
    const raw = woff.subarray(offset!, offset! + packed!);
    return {
      tag: woff.toString('latin1', at, at + 4),
      checksum: woff.readUInt32BE(at + 16),
      content: packed! < length! ? inflateSync(raw) : raw,
    };
  });
  const power = 2 ** Math.floor(Math.log2(count));
  const header = Buffer.alloc(12 + 16 * count);
  header.writeUInt32BE(woff.readUInt32BE(4), 0);
  [count, 16 * power, Math.log2(power), 16 * (count - power)].forEach((value, i) => {
    header.writeUInt16BE(value, 4 + 2 * i);
  });
  let offset = header.length;
  const parts: Buffer[] = [header];
  entries.forEach(({ tag, checksum, content }, i) => {
    header.write(tag, 12 + 16 * i, 'latin1');
    [checksum, offset, content.length].forEach((value, field) => {
      header.writeUInt32BE(value, 16 + 16 * i + 4 * field);
    });
    const padded = Buffer.alloc(Math.ceil(content.length / 4) * 4);
    content.copy(padded);
    parts.push(padded);
    offset += padded.length;
  });
  return { bytes: Buffer.concat(parts), tables: new Map(entries.map(({ tag, content }) => [tag, content])) };
}

/** Advance width of each character, in thousandths of the font size. */
function widthsOf({ tables }: Font): Record<string, number> {
  const [head, hhea, hmtx, cmap] = ['head', 'hhea', 'hmtx', 'cmap'].map((tag) => tables.get(tag)!);
  const unitsPerEm = head!.readUInt16BE(18);
  const metrics = hhea!.readUInt16BE(34);
  const advance = (glyph: number) => hmtx!.readUInt16BE(4 * Math.min(glyph, metrics - 1));
  const offsets = Array.from({ length: cmap!.readUInt16BE(2) }, (_, i) => cmap!.readUInt32BE(8 + 8 * i));
  const at = offsets.find((offset) => cmap!.readUInt16BE(offset) === 4);
  if (at === undefined) throw new Error('the font has no character map of format 4');
  const segments = cmap!.readUInt16BE(at + 6) / 2;
  const widths: Record<string, number> = {};
  for (let s = 0; s < segments; s++) {
    const ends = at + 14;
    const starts = ends + 2 * segments + 2;
    const end = cmap!.readUInt16BE(ends + 2 * s);
    const start = cmap!.readUInt16BE(starts + 2 * s);
    const delta = cmap!.readUInt16BE(starts + 2 * segments + 2 * s);
    const rangeAt = starts + 4 * segments + 2 * s;
    const range = cmap!.readUInt16BE(rangeAt);
    for (let code = start; code <= end && code < 0xffff; code++) {
      const listed = range === 0 ? code : cmap!.readUInt16BE(rangeAt + range + 2 * (code - start));
      const glyph = range === 0 || listed !== 0 ? (listed + delta) & 0xffff : 0;
      if (glyph !== 0) widths[String.fromCodePoint(code)] = Math.round((1000 * advance(glyph)) / unitsPerEm);
    }
  }
  return widths;
}

const widths: Record<string, Record<string, number>> = {};
for (const weight of ['400', '600']) {
  const name = `inter-latin-${weight}`;
  const font = fromWoff(readFileSync(join(source, 'files', `${name}-normal.woff`)));
  writeFileSync(new URL(`${name}.ttf`, target), font.bytes);
  copyFileSync(join(source, 'files', `${name}-normal.woff2`), new URL(`${name}.woff2`, target));
  widths[weight] = widthsOf(font);
}
writeFileSync(new URL('inter-latin-widths.json', target), `${JSON.stringify(widths)}\n`);
copyFileSync(join(source, 'LICENSE'), new URL('LICENSE', target));

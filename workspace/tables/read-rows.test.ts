import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { type FileRow, readRows } from './read-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(content: string | Uint8Array, name = 'rows.jsonl', chunkBytes?: number) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const rows: FileRow[] = [];
  const known = { traits: iceCream.traits, context: iceCream.contexts };
  const { sha256 } = await readRows(path, { known, chunkBytes }, (row) => rows.push(row));
  expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
  return rows;
}

const rows = [
  { traits: ['cheap', 'likes sweets'], context: ['hungry'], probability_LLM: 0.15, explanation: 'naïve, "€" 🍦' },
  { traits: ['spender'], context: [], probability_LLM: 1 },
  { traits: [], context: ['ice cream is cheap today (discount)', 'after work'], probability_LLM: 0.000001 },
];
const lines = rows.map((row) => JSON.stringify(row));
const jsonl = `${lines.join('\n')}\n`;
const csv = [
  'traits,context,probability_LLM,explanation',
  'cheap; likes sweets,hungry,0.15,"naïve, ""€"" 🍦"',
  'spender,,1,',
  ',ice cream is cheap today (discount); after work,1e-6,',
  '',
].join('\n');
const tsv = csv
  .replaceAll('"naïve, ""€"" 🍦"', '"naïve\u0000 ""€"" 🍦"')
  .replaceAll(',', '\t')
  .replaceAll('\u0000', ',');
const big = (text: string) => Buffer.from(text, 'utf16le').swap16();
const parquet = (codec: 'SNAPPY' | 'GZIP') =>
  new Uint8Array(
    parquetWriteBuffer({
      codec,
      ...(codec === 'GZIP' && { compressors: { GZIP: (bytes: Uint8Array) => gzipSync(bytes) } }),
      schema: [
        { name: 'schema', num_children: 4 },
        ...['traits', 'context'].flatMap((name) => [
          { name, repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 } as const,
          { name: 'list', repetition_type: 'REPEATED', num_children: 1 } as const,
          { name: 'element', repetition_type: 'REQUIRED', type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const,
        ]),
        { name: 'probability_LLM', repetition_type: 'REQUIRED', type: 'DOUBLE' },
        { name: 'explanation', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      ],
      columnData: (['traits', 'context', 'probability_LLM', 'explanation'] as const).map((name) => ({
        name,
        data: rows.map((row) => (row as Partial<(typeof rows)[0]>)[name]),
      })),
    }),
  );

describe('readRows gives the same rows from', () => {
  it.each<[string, string | Uint8Array, name?: string]>([
    ['JSON Lines', jsonl],
    ['JSON Lines without a last line end', lines.join('\n')],
    ['JSON Lines with Windows line ends', lines.join('\r\n')],
    ['JSON Lines with lone carriage returns', lines.map((line) => `${line}\r`).join('')],
    ['JSON Lines with every kind of line end and empty lines', `\n${lines[0]}\r\r\n${lines[1]}\n \n\r${lines[2]}\r\n`],
    ['JSON Lines with a byte order mark', `\uFEFF${jsonl}`],
    ['two files with byte order marks in one', `\uFEFF${lines[0]}\n\uFEFF${lines[1]}\n${lines[2]}`],
    ['UTF-16', Buffer.from(`\uFEFF${jsonl}`, 'utf16le')],
    ['UTF-16 without a byte order mark', Buffer.from(jsonl, 'utf16le')],
    ['big-endian UTF-16', big(`\uFEFF${jsonl}`)],
    ['big-endian UTF-16 without a byte order mark', big(jsonl)],
    ['gzip', gzipSync(jsonl)],
    ['gzip of several members', Buffer.concat([gzipSync(`${lines[0]}\n`), gzipSync(`${lines[1]}\n${lines[2]}`)])],
    ['gzip of UTF-16', gzipSync(Buffer.from(`\uFEFF${jsonl}`, 'utf16le'))],
    ['a JSON array', JSON.stringify(rows)],
    ['a JSON array over many lines', ` \n${JSON.stringify(rows, undefined, 2)}\r\n`],
    ['a JSON array with a byte order mark, in UTF-16', Buffer.from(`\uFEFF${JSON.stringify(rows)}`, 'utf16le')],
    ['CSV', csv, 'rows.csv'],
    ['CSV with another name', csv],
    ['CSV with Windows line ends and a byte order mark', `\uFEFF${csv.replaceAll('\n', '\r\n')}`],
    ['CSV with lone carriage returns', csv.replaceAll('\n', '\r')],
    ['CSV with empty lines at its end', `${csv}\n\n`],
    ['CSV with lists as JSON and Python write them', csvOfLists()],
    ['CSV with quoted names', csv.replace('traits,context', '"traits","context"')],
    [
      'CSV with semicolons',
      csv
        .replace('cheap; likes', '"cheap; likes')
        .replace('sweets,', 'sweets";')
        .replace(
          'ice cream is cheap today (discount); after work,',
          '"ice cream is cheap today (discount); after work";',
        )
        .replace(/^traits.*/, 'traits;context;probability_LLM;explanation')
        .replace('hungry,0.15,', 'hungry;0.15;')
        .replace('spender,,1,', 'spender;;1;')
        .replace('\n,"ice', '\n;"ice')
        .replace('1e-6,', '1e-6;'),
    ],
    ['TSV', tsv, 'rows.tsv'],
    ['TSV in UTF-16, as spreadsheets save text', Buffer.from(`\uFEFF${tsv}`, 'utf16le')],
    ['gzip of CSV', gzipSync(csv), 'rows.csv.gz'],
    ['Parquet', parquet('SNAPPY')],
    ['Parquet compressed with gzip', parquet('GZIP')],
  ])('%s', async (_, content, name) => {
    for (const chunkBytes of [1, 61, 1 << 20])
      expect((await read(content, name, chunkBytes)).map(({ values }) => values)).toEqual(rows);
  });

  it('nothing if there is nothing', async () => {
    for (const content of ['', '\n\r\n', '[]', ' [ ] ', '\uFEFF', gzipSync(''), 'traits,context,probability_LLM\n'])
      expect(await read(content)).toEqual([]);
  });
});

function csvOfLists(): string {
  return [
    'traits,context,probability_LLM,explanation',
    `"['cheap', 'likes sweets']","[""hungry""]",0.15,"naïve, ""€"" 🍦"`,
    "['spender'],[],1,",
    `[],"['ice cream is cheap today (discount)', 'after work']",1e-6,`,
  ].join('\n');
}

describe('readRows says what a file is that it does not read', () => {
  const refused: [string | Uint8Array, RegExp, name?: string][] = [
    [Buffer.from('PK\x03\x04rest'), /rows\.jsonl is a ZIP archive or an Excel workbook; unpack it, or export its rows/],
    [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2]), /is compressed with Zstandard; unpack it first/],
    [Buffer.from('SQLite format 3\0…'), /is a SQLite database; export/],
    [Buffer.from([0x80, 4, 0x95, 1, 0]), /is a Python pickle; export/],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:1\n', /is a Git LFS pointer, .*git lfs pull/],
    ['<!DOCTYPE html><html>', /is a web page; download the file itself/],
    [Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), /is UTF-32 text; save it as UTF-8/],
    [Buffer.alloc(50), /is nothing but zero bytes, as after a power cut/],
    [Buffer.from(Array.from({ length: 256 }, (_, i) => (i % 3 === 0 || i % 7 === 0 ? 0 : i))), /is not text/],
    [gzipSync(jsonl).subarray(0, 60), /is gzip that was cut off/],
    [
      Buffer.concat([gzipSync(jsonl).subarray(0, 20), Buffer.from('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')]),
      /is gzip that is/,
    ],
    [Buffer.from(`${lines[1]}\n{"traits": ["naïve"]}`, 'latin1'), /line 2: is not valid UTF-8 \(byte 0xef at 16\)/],
    [Buffer.from(`\uFEFF${jsonl}`, 'utf16le').subarray(0, -1), /is not valid UTF-16LE throughout/],
    [parquet('SNAPPY').subarray(0, 200), /is Parquet that cannot be read \(/],
    [`${lines[0]}\n${lines[1]!.slice(0, 30)}`, /line 2: is cut off in the middle of a row/],
    [`${lines[0]}\n{"probability_LLM": NaN}\n`, /line 2: holds NaN/],
    [`${lines[0]}\0\0\n`, /line 1: is not valid JSON/],
    [JSON.stringify(rows[0], undefined, 2), /line 1: begins a row that continues in the next line/],
    [JSON.stringify(rows).slice(0, -40), /line 1: is cut off: its JSON array does not end/],
    [`${JSON.stringify(rows, undefined, 1)}\n{}`, /line \d+: goes on after the end of its JSON array/],
    ['[{"a": 1},\n 2]', /line 2: is not a JSON object: "2"/],
    ['[{"a": 1},,{}]', /line 1: has an empty element/],
    ['a,b\n1,2\n', /line 1: has the columns a, b; a table of decisions has traits, context/, 'rows.csv'],
    ['traits,probability_LLM\n', /line 1: has the columns traits, probability_LLM; a table/],
    ['traits,context,probability_LLM\ncheap,,0.1,5\n', /line 2: has 4 cells, the header has 3/],
    ['traits,context,context\n', /line 1: has two columns named context/],
    ['traits,context,p\n"cheap,,0.1\n', /line 2: has a quote that does not belong there/],
    ['{"probability_LLM": 0.1, "probability_LLM" : 0.9}', /line 1: has "probability_LLM" more than once/],
    ['[{"a": {"b": 1}, "b": 2, "c": "\\"b\\":"},\n{"a":1,"b":["a","b"],"a":1}]', /line 2: has "a" more than once/],
    ['my notes\n', /line 1: is not valid JSON: "my notes"/],
  ];
  it.each(refused.map(([content, message, name]) => ({ content, message, name })))('$message', async (file) => {
    const { content, message, name } = file;
    const error = await read(content, name).catch((e) => e);
    expect(error.message).toMatch(message);
    expect([error.code, error.message.includes(folder)]).toEqual(['POLICY_FILE', true]);
  });

  it('a folder, and one that is not there', async () => {
    const known = { traits: [], context: [] };
    await expect(readRows(folder, { known }, () => {})).rejects.toThrow(`${folder} is a directory`);
    await expect(readRows(join(folder, 'none'), { known }, () => {})).rejects.toThrow(/none does not exist/);
  });
});

it('names the line on which each row begins', async () => {
  const places = async (content: string | Uint8Array) => (await read(content)).map(({ place }) => place);
  expect(await places(`\n${lines[0]}\r\n\r\n${lines[1]}`)).toEqual(['line 2', 'line 4']);
  expect(await places(JSON.stringify(rows, undefined, 2))).toEqual(['line 2', 'line 13', 'line 20']);
  expect(await places(`${csv.slice(0, -1)}\n"a\nb",,0,\ncheap,,0,`)).toEqual([2, 3, 4, 5, 7].map((i) => `line ${i}`));
  expect(await places(parquet('SNAPPY'))).toEqual(['row 1', 'row 2', 'row 3']);
});

it('keeps a whole number of more than 53 bits as text, so that two of them stay two', async () => {
  const unit = [2n ** 53n + 1n, 2n ** 53n, 7n];
  const file = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'unit', data: unit, type: 'INT64' }] }));
  expect((await read(file)).map(({ values }) => values.unit)).toEqual(['9007199254740993', '9007199254740992', 7]);
});

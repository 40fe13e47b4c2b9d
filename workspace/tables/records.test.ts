import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { type DecimalMark, numberIn, shapeOf } from './numbers.ts';
import { type ReadRecordsOptions, readRecords } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'records-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(content: string | Uint8Array, options: ReadRecordsOptions = {}) {
  const path = join(folder, 'table');
  writeFileSync(path, content);
  const rows: Record<string, string | undefined>[] = [];
  const places: string[] = [];
  const facts = await readRecords(path, options, ({ place, cells }, columns) => {
    rows.push(Object.fromEntries(columns.map((name, c) => [name, cells[c]])));
    places.push(place);
  });
  return { ...facts, rows, places };
}

const rows = [
  { age: '18-29', note: 'says "no",\nthen yes; or 3|4', p: '0.5' },
  { age: '30+', note: undefined, p: '1' },
];
const text = (delimiter: string) =>
  [
    ['age', 'note', 'p'],
    ['18-29', '"says ""no"",\nthen yes; or 3|4"', '0.5'],
    ['30+', '', '1'],
  ]
    .map((cells) => cells.join(delimiter))
    .join('\r\n');

describe('a table', () => {
  it.each([',', ';', '\t', '|'])('reads with its delimiter %j, however it is cut into pieces', async (delimiter) => {
    for (const chunkBytes of [1, 1 << 20]) {
      const table = await read(text(delimiter), { chunkBytes });
      expect([table.rows, table.delimiter, table.places]).toEqual([rows, delimiter, ['line 2', 'line 4']]);
    }
  });

  it('reads with the names of rows that R writes, and without a name for them', async () => {
    const blanks = '"age" "voted"\n"1" "18-29" TRUE\n"2" "30 or more" FALSE\n';
    const table = await read(blanks);
    expect([table.delimiter, table.columns]).toEqual([' ', ['row name', 'age', 'voted']]);
    expect(table.rows[1]).toEqual({ 'row name': '2', age: '30 or more', voted: 'FALSE' });
    expect((await read('age,voted\n1,30,TRUE\n2,31,FALSE\n')).columns).toEqual(['row name', 'age', 'voted']);
    // A decimal comma without quotes is not a row's name.
    await expect(read('age,voted\n7,5,1\n2,1,0\n')).rejects.toThrow(/line 2: has 3 cells, the header has 2/);
  });

  it('reads in UTF-16, with a mark, as gzip, as JSON and as Parquet alike', async () => {
    const json = rows.map((row) => ({ ...row, p: Number(row.p) }));
    const forms = [
      Buffer.from(`\uFEFF${text(';')}`, 'utf16le'),
      Buffer.from(`\uFEFF${text(';')}`, 'utf16le').swap16(),
      `\uFEFF${text(',')}`,
      gzipSync(text('\t')),
      JSON.stringify(json),
      json.map((row) => `${JSON.stringify(row)}\n`).join(''),
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'age', data: rows.map(({ age }) => age), type: 'STRING' },
            { name: 'note', data: rows.map(({ note }) => note), type: 'STRING' },
            { name: 'p', data: [0.5, 1], type: 'DOUBLE' },
          ],
        }),
      ),
    ];
    for (const form of forms) expect((await read(form)).rows).toEqual(rows);
  });

  it('has quotes inside cells, an Excel line, empty lines and delimiters too many', async () => {
    const table = await read('sep=;\nsize;label;;\n5" pipe;1;;\n\n6" pipe;0;;\n');
    expect(table.rows).toEqual([
      { size: '5" pipe', label: '1' },
      { size: '6" pipe', label: '0' },
    ]);
    expect(table.notes).toEqual(['1 empty line passed over', '2 lines have empty cells beyond the header']);
  });

  it('shows a column late if it is JSON, and lists as one cell', async () => {
    const table = await read('{"a":1,"likes":["tea","a; b"]}\n{"b":true}\n');
    expect(table.rows).toEqual([
      { a: '1', likes: 'tea; a\\; b' },
      { a: undefined, likes: undefined, b: 'true' },
    ]);
  });

  it.each([
    ['a,b\n1,2,3\n', /line 2: has 3 cells, the header has 2; .*--delimiter/],
    ['a,b\n1,"2\n3,4\n', /line 2: has a quote that is never closed/],
    ['a,b\n1,"2" x\n', /line 2: has text after a closing quote/],
    ['one\n1\n', /line 1: has one column, "one"/],
    ['', /is empty/],
    [Buffer.from('a,b\nM\xfcnchen,1\n', 'latin1'), /line 2: is not valid UTF-8/],
    [Buffer.from('PK\x03\x04xxxx'), /is a ZIP archive or an Excel workbook/],
  ])('that does not read is refused with the line: %j', async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});

describe('numbers of a cell', () => {
  it.each<[string, ReturnType<typeof shapeOf>, number | undefined, number | undefined]>([
    ['12', 'integer', 12, 12],
    ['-3', 'integer', -3, -3],
    ['\u22124'.replace('\u2212', '–'), 'integer', -4, -4],
    ['1.5', 'point', 1.5, undefined],
    ['1,5', 'comma', undefined, 1.5],
    ['0.125', 'point', 0.125, undefined],
    ['1.234', 'point or thousands', 1.234, 1234],
    ['1,234', 'comma or thousands', 1234, 1.234],
    ['1,234,567', 'point', 1234567, undefined],
    ['1.234.567,8', 'comma', undefined, 1234567.8],
    ['1,234.5', 'point', 1234.5, undefined],
    ['1 234 567', 'integer', 1234567, 1234567],
    ['$1,200.00', 'point', 1200, undefined],
    ['45 %', 'integer', 45, 45],
    ['1e-3', 'point', 0.001, undefined],
    ['007', undefined, undefined, undefined],
    ['2021-03-04', undefined, undefined, undefined],
    ['18-29', undefined, undefined, undefined],
    ['', undefined, undefined, undefined],
  ])('%s', (cell, shape, ...expected) => {
    expect(shapeOf(cell)).toBe(shape);
    const marks: DecimalMark[] = ['point', 'comma'];
    expect(marks.map((mark) => numberIn(cell, mark))).toEqual(expected);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { workspace } from './paths.ts';
import { count, decimal, flag, optional, phrases, readTable, tableText, text } from './table.ts';

const root = mkdtempSync(join(tmpdir(), 'understudy-table-'));
afterAll(() => rmSync(root, { recursive: true }));
const paths = workspace(root);
mkdirSync(paths.metrics, { recursive: true });

const columns = {
  name: ['name', text],
  states: ['states', count],
  mean: ['mean_change', decimal],
  sure: ['sure', flag],
  shown: ['shown', phrases],
  beside: ['beside', optional(text)],
  later: ['later', decimal, 'may lack'],
} as const;

const read = (content: string | Uint8Array) => {
  writeFileSync(paths.effects, content);
  return readTable(paths, paths.effects, 'evaluate', columns);
};

describe('a table of named columns', () => {
  const rows = [
    { name: 'a, b', states: 3, mean: -0.125, sure: true, shown: ['x; y', 'z'], beside: 'w', later: 1e-9 },
    { name: '', states: 0, mean: Number.NaN, sure: false, shown: [], later: -Infinity },
  ];

  it('is written in the order of its columns and read back as it was', async () => {
    const written = tableText(columns, rows);
    expect(written).toBe(
      'name,states,mean_change,sure,shown,beside,later\n"a, b",3,-0.125,true,x\\; y; z,w,1e-9\n,0,NaN,false,,,-Infinity\n',
    );
    expect(await read(written)).toEqual(rows);
    expect(await read('name,states,mean_change,sure,shown,beside,later\n')).toEqual([]);
  });

  it('is read whatever order its columns are in, with others among them, and without those that may lack', async () => {
    expect(await read('sure,more,shown,mean_change,beside,states,name\r\nTRUE,x,p; q,.5,,2,n\r\n')).toEqual([
      { name: 'n', states: 2, mean: 0.5, sure: true, shown: ['p', 'q'] },
    ]);
  });

  it('is undefined if there is no file', async () => {
    expect(await readTable(paths, join(paths.metrics, 'none.csv'), 'evaluate', columns)).toBeUndefined();
  });

  const header = 'name,states,mean_change,sure,shown,beside\n';
  const place = `${join('results', 'metrics', 'effects.csv')} is damaged: `;
  it.each([
    ['a column that is not there', 'name,states,sure,shown,beside\n', 'it has no column mean_change'],
    ['a word for a number', `${header}n,2,much,true,,\n`, 'line 2, column mean_change: expected a number, got "much"'],
    ['a decimal comma', `${header}n,2,"0,5",true,,\n`, 'line 2, column mean_change: expected a number, got "0,5"'],
    ['a number in hexadecimal', `${header}n,2,0x10,true,,\n`, 'column mean_change: expected a number, got "0x10"'],
    ['a per cent sign', `${header}n,2,50%,true,,\n`, 'column mean_change: expected a number, got "50%"'],
    ['two numbers', `${header}n,2,1 2,true,,\n`, 'column mean_change: expected a number, got "1 2"'],
    ['an empty count', `${header}n,,1,true,,\n`, 'line 2, column states: expected a number, got ""'],
    ['a negative count', `${header}n,-1,1,true,,\n`, 'column states: expected an integer of 0 or more, got "-1"'],
    ['a count with a fraction', `${header}n,1.5,1,true,,\n`, 'expected an integer of 0 or more, got "1.5"'],
    ['a truth of another kind', `${header}n,1,1,yes,,\n`, 'column sure: expected true or false, got "yes"'],
    [
      'a last line that may be cut',
      `${header}n,1,1,true,,\nm,2,1,true,,hot su`,
      'its last line has no line end, so it may be cut off',
    ],
    ['a row that is cut', `${header}n,1,1,true,,\nm,2\n`, 'line 3 has 2 cells, the header has 6'],
    [
      'semicolons',
      header.replaceAll(',', ';'),
      'it has no column name: its cells are separated by semicolons, not commas',
    ],
    ['tabs', header.replaceAll(',', '\t'), 'it has no column name: its cells are separated by tabs, not commas'],
    ['nothing', '', 'it is empty'],
    ['JSON', '{"models": []}\n', 'line 1 has a quote that does not belong there'],
    ['UTF-16', Buffer.from(`\uFEFF${header}`, 'utf16le'), 'it is not UTF-8 text'],
  ])('names the file, the place and the verb where it finds %s', async (_, content, what) => {
    const error = await read(content).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: 'DISTILL_FILE' });
    const { message } = error as Error;
    expect(message.slice(0, place.length)).toBe(place);
    expect(message).toContain(what);
    expect(message.endsWith('; run `understudy evaluate` again')).toBe(true);
  });

  it.each([
    ['1', 1],
    ['-2.5e-3', -0.0025],
    ['+.5', 0.5],
    ['7.', 7],
    [' 3 ', 3],
    ['nan', Number.NaN],
    ['', Number.NaN],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['9007199254740993', 9007199254740992],
  ])('reads the number %j as other programs mean it', (cell, value) => {
    expect(decimal.read(cell)).toBe(value);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.ts';
import { csvRows } from './csv-rows.ts';

describe('csvRows', () => {
  it('reads names and cells, quoted ones with commas, quotes and line ends', () => {
    expect(csvRows('a,b\r\n1,"x, ""y""\nz"\r\n,2\n')).toEqual([
      { a: '1', b: 'x, "y"\nz' },
      { a: '', b: '2' },
    ]);
  });

  it('reads a file without a last line end, with a byte order mark, or with nothing in it', () => {
    expect(csvRows('\uFEFFa,b\n1,')).toEqual([{ a: '1', b: '' }]);
    expect(csvRows('a,b')).toEqual([]);
    expect(csvRows('')).toEqual([]);
  });

  it('names the line that does not fit', () => {
    expect(() => csvRows('a,b\n1,2\n"x\ny",2,3\n')).toThrow('line 3 has 3 cells, the header has 2');
    expect(() => csvRows('a\n"x\n')).toThrow(/quote/);
    expect(() => csvRows('a\nx"y\n')).toThrow('line 2 has a quote that does not belong there');
  });

  it('reads back whatever csvLine writes', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), (rows) => {
        const text = [['x', 'y'], ...rows].map((row) => `${csvLine(row)}\n`).join('');
        expect(csvRows(text)).toEqual(rows.map(([x, y]) => ({ x, y })));
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

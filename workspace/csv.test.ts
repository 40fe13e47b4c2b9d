import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine, csvRows, csvText, joinPhrases, splitPhrases } from './csv.ts';

describe('csvLine', () => {
  it('quotes a cell with a comma, a quote or a line break, and leaves an absent one empty', () => {
    expect(csvLine(['a', 1.5, undefined, 'b, c', 'say "ice"', 'two\nlines'])).toBe(
      'a,1.5,,"b, c","say ""ice""","two\nlines"',
    );
  });
});

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

  it.each([
    ['lone carriage returns', 'a,b\r1,2\r3,4\r'],
    ['empty lines between rows and at the end', 'a,b\n1,2\n\n3,4\n\n\n'],
    ['an empty line before the header', '\na,b\n1,2\n3,4'],
    ['mixed line ends', 'a,b\r\n1,2\n3,4\r'],
  ])('reads %s', (_, text) => {
    expect(csvRows(text)).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ]);
  });

  it('keeps the empty cells of a table of one column', () => {
    expect(csvRows('a\n1\n\n2\n')).toEqual([{ a: '1' }, { a: '' }, { a: '2' }]);
  });

  it('names the line that does not fit', () => {
    expect(() => csvRows('a,b\n1,2\n"x\ny",2,3\n')).toThrow('line 3 has 3 cells, the header has 2');
    expect(() => csvRows('a,b\n\n1,2\n1\n')).toThrow('line 4 has 1 cells, the header has 2');
    expect(() => csvRows('a\n"x\n')).toThrow(/quote/);
    expect(() => csvRows('a\nx"y\n')).toThrow('line 2 has a quote that does not belong there');
  });

  it('refuses a header in which a name is there twice, of which one column would be lost', () => {
    expect(() => csvRows('a,b,a\n1,2,3\n')).toThrow('line 1 has two columns named a');
  });

  it('reads back whatever csvText writes', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), (rows) => {
        expect(csvRows(csvText([['x', 'y'], ...rows]))).toEqual(rows.map(([x, y]) => ({ x, y })));
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('phrases in one cell', () => {
  it('are parted by a semicolon and a space', () => {
    expect(joinPhrases(['cheap', 'likes sweets'])).toBe('cheap; likes sweets');
    expect(splitPhrases('cheap; likes sweets')).toEqual(['cheap', 'likes sweets']);
    expect(splitPhrases('')).toEqual([]);
  });

  it('may hold a semicolon or a backslash themselves', () => {
    expect(joinPhrases(['old; wise', 'a;b'])).toBe('old\\; wise; a;b');
    expect(splitPhrases('one\\two; three')).toEqual(['one\\two', 'three']);
    const phrase = fc.string({ unit: fc.constantFrom('a', ';', ' ', '\\', '\n', '😀'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(phrase, { maxLength: 4 }), (phrases) => {
        expect(splitPhrases(joinPhrases(phrases))).toEqual(phrases);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

import { expect, it } from 'vitest';
import { csvLine } from './csv.ts';

it('quotes a cell with a comma, a quote or a line break, and leaves an absent one empty', () => {
  expect(csvLine(['a', 1.5, undefined, 'b, c', 'say "ice"', 'two\nlines'])).toBe(
    'a,1.5,,"b, c","say ""ice""","two\nlines"',
  );
});

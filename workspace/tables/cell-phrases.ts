import { splitPhrases } from '../csv.ts';
import { folded } from '../folded.ts';
import { shown } from '../json-text.ts';
import type { ColumnForm } from '../table-form.ts';
import { numberIn } from './numbers.ts';
import { truthOf } from './truth.ts';

/** The places, in a column's phrases, of what a cell says. @throws {SyntaxError} saying what was expected */
export type PhraseReader = (cell: string) => readonly number[];

/**
 * Reads the cells of a column that are not missing.
 * @param fold whether values that differ only in case, spaces or invisible characters are one
 */
export function phraseReader(form: ColumnForm, fold: boolean): PhraseReader {
  const expected = (what: string, cell: string) => new SyntaxError(`expected ${what}, got ${shown(cell)}`);
  const values = 'values' in form ? form.values : [];
  const places = new Map(values.map((value, i) => [keyOf(value, fold), i]));
  const known = values.slice(0, 20).join(', ') + (values.length > 20 ? ', …' : '');
  switch (form.kind) {
    case 'levels': {
      const other = form.other === undefined ? undefined : form.phrases.indexOf(form.other);
      return (cell) => {
        const number = form.numbers && numberIn(cell, form.numbers.decimal);
        const value = number === undefined ? keyOf(cell, fold) : String(number);
        const place = places.get(value) ?? other;
        if (place === undefined) throw expected(`one of ${known}`, cell);
        return [place];
      };
    }
    case 'bins':
      return (cell) => {
        const number = numberIn(cell, form.numbers.decimal);
        if (number === undefined) throw expected('a number', cell);
        const code = form.codes.indexOf(number);
        return [code >= 0 ? form.edges.length + 1 + code : form.edges.filter((edge) => number >= edge).length];
      };
    case 'flag':
      return (cell) => {
        const holds = form.mark === undefined ? truthOf(cell) : keyOf(cell, fold) === keyOf(form.mark, fold);
        if (holds === undefined) throw expected('a word for yes or no', cell);
        return holds ? [0] : [];
      };
    case 'list':
      return (cell) => [
        ...new Set(
          itemsOf(cell, form.separator).map((item) => {
            const place = places.get(keyOf(item, fold));
            if (place === undefined) throw expected(`some of ${known}`, item);
            return place;
          }),
        ),
      ];
  }
}

export const keyOf = (value: string, fold: boolean): string => (fold ? folded(value) : value);

/** The values of a list in one cell. */
export function itemsOf(cell: string, separator: ';' | '|' | ',' | 'json'): string[] {
  if (separator === 'json') {
    try {
      const items: unknown = JSON.parse(/^\[\s*'/.test(cell) ? cell.replaceAll("'", '"') : cell);
      if (Array.isArray(items)) return items.map(String);
    } catch {
      // Said below.
    }
    throw new SyntaxError(`expected a list in brackets, got ${shown(cell)}`);
  }
  const items = separator === ';' && cell.includes('\\') ? splitPhrases(cell) : cell.split(separator);
  return items.flatMap((item) => item.trim() || []);
}

import type { Phrases } from '../../env/observation.ts';

/** What a CSV's or a TSV's cell holds, by its column; text where a column is not listed. */
const types: Readonly<Record<string, 'phrases' | 'number' | 'numbers'>> = {
  traits: 'phrases',
  context: 'phrases',
  probability_LLM: 'number',
  probabilities: 'numbers',
  weight: 'number',
  repeats: 'number',
  probability_sd: 'number',
  probability_repeats: 'numbers',
  spread: 'numbers',
  explained_probability: 'number',
  entropy: 'number',
  missing: 'number',
  temperature: 'number',
  seed: 'number',
};

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A row of text cells as it would stand in JSON Lines. An empty cell is an absent value; one that is not of its
 * column's type stays text, for the reader to refuse.
 * @param known phrases that may have a semicolon in them
 */
export function rowOfCells(cells: Readonly<Record<string, string>>, known: Phrases): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [name, cell] of Object.entries(cells)) {
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === 'phrases') row[name] = phrasesIn(cell, name === 'traits' ? known.traits : known.context);
    else if (cell.trim() === '') continue;
    else if (type === 'number') row[name] = numberIn(cell);
    else if (type === 'numbers') row[name] = numbersIn(cell);
    else row[name] = cell;
  }
  return row;
}

const numberIn = (cell: string): unknown => (NUMBER.test(cell.trim()) ? Number(cell) : cell);

/** Numbers between semicolons, a JSON list, or a JSON object of probabilities by action. */
function numbersIn(cell: string): unknown {
  if (/^\s*[[{]/.test(cell)) {
    try {
      return JSON.parse(cell);
    } catch {
      return cell;
    }
  }
  return cell.split(';').map(numberIn);
}

/** Phrases between semicolons, or a list as JSON or Python writes it. */
function phrasesIn(cell: string, known: readonly string[]): string[] {
  const text = cell.trim();
  if (text === '') return [];
  if (known.includes(text)) return [text];
  return listIn(text) ?? joined(pieces(text), known);
}

/** Strings in brackets, each in single or double quotes; undefined for anything else. */
function listIn(text: string): string[] | undefined {
  const item = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*/y;
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined;
  const inside = text.slice(1, -1);
  if (inside.trim() === '') return [];
  const items: string[] = [];
  for (let at = 0; ; at++) {
    item.lastIndex = at;
    const found = item.exec(inside);
    if (!found) return undefined;
    const [whole, double, single] = found;
    try {
      items.push(JSON.parse(`"${double ?? single!.replaceAll("\\'", "'").replaceAll('"', '\\"')}"`) as string);
    } catch {
      return undefined;
    }
    at += whole.length;
    if (at >= inside.length) return items;
    if (inside[at] !== ',') return undefined;
  }
}

/** What stands between semicolons; one with a backslash before it belongs to a phrase, as does a second backslash. */
const pieces = (text: string): string[] =>
  text
    .split(/(?<=(?<!\\)(?:\\\\)*);/)
    .flatMap((piece) => (piece.trim() === '' ? [] : [piece.replace(/\\([;\\])/g, '$1')]));

/** Pieces, put together again where a phrase has a semicolon of its own. */
function joined(parts: readonly string[], known: readonly string[]): string[] {
  const phrases: string[] = [];
  for (let from = 0; from < parts.length; ) {
    let to = parts.length;
    while (to > from + 1 && !known.includes(parts.slice(from, to).join(';').trim())) to--;
    phrases.push(parts.slice(from, to).join(';').trim());
    from = to;
  }
  return phrases;
}

import { UnderstudyError } from '../../env/error.ts';
import { quoted } from '../../workspace/json-text.ts';
import { type Choices, choiceKey } from '../../workspace/tables/alternatives.ts';
import { MissingValues } from '../../workspace/tables/missing.ts';
import { readRecords, type TableRecord } from '../../workspace/tables/records.ts';
import { cleanName } from '../../workspace/tables/table-reading.ts';
import { truthOf } from '../../workspace/tables/truth.ts';
import type { ImportOptions } from './options.ts';
import { keysIn, WHOSE } from './whose.ts';
import { listArgument } from './words.ts';

/** Choices that are looked at to learn how many rows they have, and which columns differ within them. */
const LOOKED_AT = 20_000;
/** Choices whose rows are kept, to find the column that names the alternatives. */
const KEPT = 2000;
const NAMES_OF_ALTERNATIVES =
  /(^|[^a-z])(alt|alternative|option|concept|profile|mode|candidate|card)s?([ _.-]?(id|no|nr|name|number))?$/i;
const collator = new Intl.Collator('en', { numeric: true });

const wrong = (message: string) => new UnderstudyError('DISTILL_ARGUMENT', message);

/** What the rows of a choice share, and what differs. */
export interface ChoiceSurvey {
  readonly choices: Choices;
  readonly note?: string;
}

/**
 * Reads a table with a row for each alternative, to learn how its choices are made up.
 * @param skip rows below the header that are not data
 * @throws {UnderstudyError} DISTILL_ARGUMENT if the key does not hold 2 to 12 rows together, or the label is equal in all
 */
export async function surveyChoices(
  options: ImportOptions,
  label: string,
  skip: number,
  onBytes: (bytes: number) => void,
): Promise<ChoiceSurvey> {
  const { table, alternative } = options;
  const keys = keysIn(options);
  const seen = new Map<string, { count: number; readonly rows: TableRecord['cells'][] }>();
  const differs = new Set<string>();
  let sides: Set<string> | undefined = new Set();
  let columns: readonly string[] = [];
  let places: number[] = [];
  let labelOf: (cell: string | undefined) => string | undefined = (cell) => cell;
  /** Columns that count the rows, whatever choice they are of. */
  const counters = new Set<number>();
  let previous: TableRecord['cells'] | undefined;
  const look = ({ place, cells }: TableRecord, found: readonly string[]) => {
    if (found.length !== columns.length) {
      columns = found.map(cleanName);
      places = keys.map((key) => columns.indexOf(key));
      labelOf = new MissingValues(options.missing ?? [], columns).of(label);
      if (!previous) for (const c of columns.keys()) counters.add(c);
    }
    if (alternative && sides && sides.size <= 50) sides.add(cells[columns.indexOf(alternative)] ?? '');
    for (const c of counters)
      if (!/^\d+$/.test(cells[c] ?? '') || (previous && Number(cells[c]) !== Number(previous[c]) + 1))
        counters.delete(c);
    previous = cells;
    const taken = labelOf(cells[columns.indexOf(label)]);
    if (taken !== undefined && truthOf(taken) === undefined)
      throw wrong(
        `with --key the label ${label} is to say yes or no of each row (1 for the one that was taken), got ${quoted(taken)} (${place})`,
      );
    const one = choiceKey(cells, places);
    if (one === undefined) return;
    const before = seen.get(one);
    if (!before) {
      if (seen.size < LOOKED_AT) seen.set(one, { count: 1, rows: [cells] });
      return;
    }
    before.count++;
    if (seen.size <= KEPT && before.rows.length < 13) before.rows.push(cells);
    columns.forEach((name, c) => {
      if (cells[c] !== before.rows[0]![c]) differs.add(name);
    });
  };
  const { delimiter, chunkBytes } = options;
  const reading = { ...(delimiter !== undefined && { delimiter }), ...(chunkBytes !== undefined && { chunkBytes }) };
  await readRecords(table, { ...reading, skip, onBytes }, look);

  const named = `--key ${listArgument(keys)}`;
  const counts = new Map<number, number>();
  for (const { count } of seen.values()) counts.set(count, (counts.get(count) ?? 0) + 1);
  const [[usual] = [0]] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
  if (usual < 2 || usual > 12) {
    const whose = columns.find((name) => WHOSE.test(name) && !keys.includes(name));
    const hint =
      usual > 12 && whose !== undefined
        ? `; if choices are numbered anew for each ${whose}, --key ${listArgument([whose, ...keys])}`
        : '';
    throw wrong(
      `${named}: most choices have ${usual} ${usual === 1 ? 'row' : 'rows'}, expected 2 to 12, one for each alternative${hint}`,
    );
  }
  if (!differs.has(label))
    throw wrong(`${named}: the label ${label} does not differ within a choice; it is to say which row was taken`);

  const whole = [...seen.values()].filter(({ rows }) => rows.length === usual).map(({ rows }) => rows);
  const candidates = columns.filter((name) => ![...keys, label].includes(name));
  const found = alternative === undefined ? alternativesIn(whole, columns, candidates) : undefined;
  const side = alternative ?? found?.column;
  sides = found ? new Set(found.values) : sides;
  const alternatives =
    side === undefined
      ? [...'ABCDEFGHIJKL'].slice(0, usual)
      : [...sides!].filter((one) => one !== '').sort(found ? () => 0 : collator.compare);
  if (alternatives.length !== usual)
    throw wrong(`--alternative ${side} has ${alternatives.length} values, and most choices have ${usual} rows`);
  const attributes = columns.filter(
    (name, c) => differs.has(name) && ![...keys, label, side].includes(name) && !counters.has(c),
  );
  return {
    choices: {
      key: keys.length === 1 ? keys[0]! : keys,
      ...(side !== undefined && side !== null && { alternative: side }),
      alternatives,
      attributes,
    },
    ...(found && {
      note: `${found.column} says which alternative a row is (${alternatives.join(', ')}); --alternative none if it does not`,
    }),
  };
}

/**
 * The column that names the alternatives: each choice has the same values, once each. They stand in one order, unless the
 * column's name says what it is.
 */
function alternativesIn(
  choices: readonly (readonly TableRecord['cells'][])[],
  columns: readonly string[],
  candidates: readonly string[],
): { readonly column: string; readonly values: readonly string[] } | undefined {
  const [first] = choices;
  if (!first || choices.length < 5) return undefined;
  const constant = candidates.flatMap((column) => {
    const c = columns.indexOf(column);
    const values = first.map((cells) => cells[c]);
    const distinct = new Set(values).size === values.length && !values.includes(undefined);
    // A column with a name for it may have them in another order each time.
    const same = choices.every((rows) =>
      NAMES_OF_ALTERNATIVES.test(column)
        ? new Set(rows.map((cells) => cells[c])).size === rows.length &&
          rows.every((cells) => values.includes(cells[c]))
        : rows.every((cells, i) => cells[c] === values[i]),
    );
    return distinct && same ? [{ column, values: values as string[] }] : [];
  });
  const rank = ({ column, values }: { column: string; values: readonly string[] }) =>
    (values.every((value) => /^\d+$/.test(value)) ? 1 : 0) + (NAMES_OF_ALTERNATIVES.test(column) ? 0 : 2);
  // Without a name for it, words that never change their place are names, and numbers may be anything.
  return constant.filter((one) => rank(one) < 3).sort((a, b) => rank(a) - rank(b))[0];
}

/** Rows that are looked at for choices that nobody named a key of. */
export const KEY_ROWS = 2000;

/**
 * The columns that hold the rows of one choice together, if exactly one row of each is taken: one column, or a person's and
 * another.
 * @param rows cells of the first rows, in the order of the table
 * @returns undefined if there is none
 */
export function keySeen(
  rows: readonly (readonly (string | undefined)[])[],
  names: readonly string[],
  label: string,
): { readonly key: readonly string[]; readonly size: number } | undefined {
  const at = names.indexOf(label);
  const taken = rows.map((cells) => truthOf(cells[at] ?? ''));
  if (taken.includes(undefined)) return undefined;
  const others = [...names.keys()].filter((c) => c !== at);
  const whose = others.filter((c) => WHOSE.test(names[c]!));
  const pairs = whose.flatMap((one) => others.filter((c) => c !== one).map((c) => [one, c]));
  for (const key of [...others.map((c) => [c]), ...pairs]) {
    const size = choiceSize(rows, taken as readonly boolean[], key);
    if (size !== undefined) return { key: key.map((c) => names[c]!), size };
  }
  return undefined;
}

/** Rows of each choice, if runs of rows with an equal key have equal lengths and one row taken each. */
function choiceSize(
  rows: readonly (readonly (string | undefined)[])[],
  taken: readonly boolean[],
  key: readonly number[],
): number | undefined {
  let size = 0;
  let choices = 0;
  const ids = new Set<string>();
  for (let from = 0; from < rows.length; ) {
    const id = choiceKey(rows[from]!, key);
    if (id === undefined || ids.has(id)) return undefined;
    ids.add(id);
    let to = from + 1;
    let yes = Number(taken[from]);
    for (; to < rows.length && choiceKey(rows[to]!, key) === id; to++) yes += Number(taken[to]);
    // The last one may be cut off.
    if (to < rows.length || choices === 0 || to - from === size) {
      if (size === 0) size = to - from;
      if (yes !== 1 || to - from !== size || size < 2 || size > 12) return undefined;
      choices++;
    }
    from = to;
  }
  return choices >= 10 ? size : undefined;
}

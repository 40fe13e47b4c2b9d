import { UnderstudyError } from '../../env/error.ts';
import { philox4x32 } from '../../env/random.ts';
import { suggestion } from '../../env/suggestion.ts';
import { folded } from '../../workspace/folded.ts';
import { quoted } from '../../workspace/json-text.ts';
import { ChoiceJoiner, type Choices } from '../../workspace/tables/alternatives.ts';
import { MissingValues } from '../../workspace/tables/missing.ts';
import { numberIn } from '../../workspace/tables/numbers.ts';
import { readRecords, type TableRecord } from '../../workspace/tables/records.ts';
import { cleanName } from '../../workspace/tables/table-reading.ts';
import { truthOf } from '../../workspace/tables/truth.ts';
import type { ImportOptions } from './options.ts';
import { Profile } from './profile.ts';

/** Rows are sampled for quantiles by numbers that do not depend on what they hold, nor on a seed. */
const SAMPLE_KEY = [0, 0] as const;

const wrong = (message: string) => new UnderstudyError('DISTILL_ARGUMENT', message);

/** What a table was seen to hold. */
export interface Survey {
  readonly profiles: readonly Profile[];
  readonly delimiter?: string;
  readonly sha256: string;
  readonly notes: readonly string[];
  readonly skip: number;
  readonly choices?: Choices;
}

/** Reads a table once, or twice if its choices have several rows, and profiles each column over the rows with a label. */
export async function surveyTable(options: ImportOptions, onBytes: (bytes: number) => void): Promise<Survey> {
  const { table, key, weight, unit } = options;
  const labels = typeof options.label === 'string' ? [options.label] : options.label;
  const { columns, skip } = await peekTable(options);
  for (const name of [...labels, ...named(options)]) requireColumn(columns, name, table);
  const choices = key === undefined ? undefined : await choicesOf(options, key, labels[0]!, skip);
  const needed = [...labels, ...[weight, unit ?? undefined].filter((name) => name !== undefined)];
  let given = -1;
  let profiles: Profile[] = [];
  let joiner: ChoiceJoiner | undefined;
  let clean: ((cell: string | undefined) => string | undefined)[] = [];
  let required: number[] = [];
  let weighs = -1;
  let rows = 0;
  let sampled = 0;
  const one = ({ place, cells }: TableRecord) => {
    const values = profiles.map((_, c) => clean[c]!(cells[c]));
    if (required.some((c) => values[c] === undefined)) return;
    const weighed = values[weighs];
    if (weighed !== undefined && (numberIn(weighed, 'point') ?? numberIn(weighed, 'comma')) === 0) return;
    const draw = philox4x32([sampled++, 0, 0, 0], SAMPLE_KEY)[0]! / 2 ** 32;
    profiles.forEach((profile, c) => void profile.add(values[c], place, draw));
  };
  const begin = (found: readonly string[]) => {
    given = found.length;
    requireNames(found, table);
    const names = found.map(cleanName);
    if (choices) joiner = new ChoiceJoiner(names, choices, labels[0]!, truthOf, { take: one, passOver: () => {} });
    const final = joiner?.columns ?? names;
    const missing = new MissingValues(options.missing ?? [], final);
    const before = profiles;
    profiles = final.map((name, c) => before[c] ?? lateProfile(name, before[0]?.rows ?? 0));
    clean = final.map((name) => missing.of(name));
    required = needed.map((name) => final.indexOf(name)).filter((c) => c >= 0);
    weighs = weight === undefined ? -1 : final.indexOf(weight);
  };
  const facts = await readRecords(table, { ...readOptions(options), skip, onBytes }, (record, found) => {
    rows++;
    if (found.length !== given) begin(found);
    if (joiner) joiner.push(record);
    else one(record);
  });
  if (given < 0) throw wrong(`${table} has no rows below its header`);
  if ((profiles[0]?.rows ?? 0) === 0)
    throw wrong(`${table}: none of its ${rows} rows has a value in ${needed.join(', ')}`);
  return {
    profiles,
    ...(facts.delimiter !== undefined && { delimiter: facts.delimiter }),
    sha256: facts.sha256,
    notes: facts.notes,
    skip,
    ...(choices && { choices }),
  };
}

/** A column of a JSON table that no row had so far. */
function lateProfile(name: string, rows: number): Profile {
  const profile = new Profile(name);
  profile.rows = rows;
  profile.missing = rows;
  return profile;
}

const readOptions = ({ delimiter, chunkBytes }: ImportOptions) => ({
  ...(delimiter !== undefined && { delimiter }),
  ...(chunkBytes !== undefined && { chunkBytes }),
});

/** Columns that options name, beside the label. */
const named = ({
  traits = [],
  contexts = [],
  unit,
  weight,
  compare = [],
  key,
  alternative,
  drop = [],
  kinds = {},
}: ImportOptions) =>
  // With a key, columns of alternatives come about later: "A price".
  key === undefined
    ? [
        ...traits,
        ...contexts,
        ...compare,
        ...drop,
        ...Object.keys(kinds),
        ...[unit ?? undefined, weight].filter((name) => name !== undefined),
      ]
    : [...[key, alternative, unit ?? undefined, weight].filter((name) => name !== undefined), ...drop];

function requireColumn(columns: readonly string[], name: string, table: string): void {
  if (columns.includes(name)) return;
  if (columns.length === 0) throw wrong(`${table} has no rows below its header`);
  const near = columns.find((column) => folded(column) === folded(name)) ?? suggestion(name, columns);
  const known = `${columns.slice(0, 40).join(', ')}${columns.length > 40 ? ', …' : ''}`;
  throw wrong(`${table} has no column ${quoted(name)}${near ? `, did you mean ${near}?` : ''} (it has ${known})`);
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT for two columns whose names are equal, or look so */
function requireNames(found: readonly string[], table: string): void {
  const seen = new Map<string, number>();
  found.forEach((name, c) => {
    const before = seen.get(folded(name));
    if (before !== undefined) {
      const other = found[before]!;
      throw wrong(
        other === name
          ? `${table} has two columns named ${quoted(name)} (${before + 1} and ${c + 1}); rename one`
          : `${table}: the columns ${quoted(other)} and ${quoted(name)} (${before + 1} and ${c + 1}) differ only in case, spaces or invisible characters; rename one`,
      );
    }
    seen.set(folded(name), c);
  });
}

/** Ends a reading early. */
class Enough extends Error {}

/** The columns, and how many rows below the header are not data: survey tools put the questions there. */
async function peekTable(
  options: ImportOptions,
): Promise<{ readonly columns: readonly string[]; readonly skip: number }> {
  const first: TableRecord[] = [];
  let columns: readonly string[] = [];
  const look = (record: TableRecord, found: readonly string[]) => {
    columns = found.map(cleanName);
    if (first.push(record) === 50) throw new Enough();
  };
  await readRecords(options.table, readOptions(options), look).catch((error: unknown) => {
    if (!(error instanceof Enough)) throw error;
  });
  const marked = first.slice(0, 3).findIndex(({ cells }) => cells.some((cell) => cell?.startsWith('{"ImportId"')));
  return { columns, skip: options.skip ?? marked + 1 };
}

/** Choices that are looked at to learn how many rows they have, and which columns differ within them. */
const LOOKED_AT = 20_000;

/** What the rows of a choice share, and what differs. */
async function choicesOf(options: ImportOptions, key: string, label: string, skip: number): Promise<Choices> {
  const { table, alternative } = options;
  const seen = new Map<string, { count: number; readonly cells: readonly (string | undefined)[] }>();
  const differs = new Set<string>();
  const sides = new Set<string>();
  let columns: readonly string[] = [];
  const look = ({ cells }: TableRecord, found: readonly string[]) => {
    columns = found.map(cleanName);
    const one = cells[columns.indexOf(key)];
    if (alternative !== undefined && sides.size <= 50) sides.add(cells[columns.indexOf(alternative)] ?? '');
    if (one === undefined) return;
    const before = seen.get(one);
    if (!before) {
      if (seen.size < LOOKED_AT) seen.set(one, { count: 1, cells });
      return;
    }
    before.count++;
    columns.forEach((name, c) => {
      if (cells[c] !== before.cells[c]) differs.add(name);
    });
  };
  await readRecords(table, { ...readOptions(options), skip }, look);
  const counts = new Map<number, number>();
  for (const { count } of seen.values()) counts.set(count, (counts.get(count) ?? 0) + 1);
  const [[usual] = [0]] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
  const alternatives =
    alternative === undefined
      ? [...'ABCDEFGHIJKL'].slice(0, usual)
      : [...sides].filter((side) => side !== '').sort(new Intl.Collator('en', { numeric: true }).compare);
  if (usual < 2 || usual > 12)
    throw wrong(
      `--key ${key}: most choices have ${usual} ${usual === 1 ? 'row' : 'rows'}, expected 2 to 12, one for each alternative`,
    );
  if (alternative !== undefined && alternatives.length !== usual)
    throw wrong(`--alternative ${alternative} has ${alternatives.length} values, and most choices have ${usual} rows`);
  const attributes = columns.filter((name) => differs.has(name) && ![key, label, alternative].includes(name));
  if (!differs.has(label))
    throw wrong(`--key ${key}: the label ${label} does not differ within a choice; it is to say which row was taken`);
  return { key, ...(alternative !== undefined && { alternative }), alternatives, attributes };
}

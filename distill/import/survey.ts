import { UnderstudyError } from '../../env/error.ts';
import { philox4x32 } from '../../env/random.ts';
import { suggestion } from '../../env/suggestion.ts';
import { folded } from '../../workspace/folded.ts';
import { quoted } from '../../workspace/json-text.ts';
import { ChoiceJoiner, type Choices, sideColumn } from '../../workspace/tables/alternatives.ts';
import { MissingValues } from '../../workspace/tables/missing.ts';
import { numberIn, shapeOf } from '../../workspace/tables/numbers.ts';
import { readRecords, type TableRecord } from '../../workspace/tables/records.ts';
import { cleanName } from '../../workspace/tables/table-reading.ts';
import { truthOf } from '../../workspace/tables/truth.ts';
import { KEY_ROWS, keySeen, surveyChoices } from './choices.ts';
import type { ImportOptions } from './options.ts';
import { Profile } from './profile.ts';
import { keysIn } from './whose.ts';

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
  /** What counts as missing, by the columns that profiles have. */
  readonly missing: readonly string[];
  /** Questions in words, by column, where a survey tool puts them below the header. */
  readonly titles: ReadonlyMap<string, string>;
  /** Where the first row is. */
  readonly first: string;
  /** What may hold the rows of one choice together, if nobody said so. */
  readonly keySeen?: ReturnType<typeof keySeen>;
}

/** Reads a table once, or twice if its choices have several rows, and profiles each column over the rows with a label. */
export async function surveyTable(options: ImportOptions, onBytes: (bytes: number) => void): Promise<Survey> {
  const { table, key, weight, unit } = options;
  const labels = typeof options.label === 'string' ? [options.label] : options.label;
  const { columns, skip, titles, first } = await peekTable(options);
  for (const name of [...labels, ...named(options)]) requireColumn(columns, name, table);
  const { choices, note } = key === undefined ? {} : await surveyChoices(options, labels[0]!, skip, onBytes);
  const missing = missingIn(options, columns, choices);
  const needed = [...labels, ...[weight, unit ?? undefined].filter((name) => name !== undefined)];
  let given = -1;
  let profiles: Profile[] = [];
  let joiner: ChoiceJoiner | undefined;
  let clean: ((cell: string | undefined) => string | undefined)[] = [];
  let required: number[] = [];
  let weighs = -1;
  let rows = 0;
  let sampled = 0;
  const shown: TableRecord['cells'][] = [];
  const one = ({ place, cells }: TableRecord) => {
    const values = profiles.map((_, c) => clean[c]!(cells[c]));
    if (required.some((c) => values[c] === undefined)) return;
    const weighed = values[weighs];
    if (weighed !== undefined && (numberIn(weighed, 'point') ?? numberIn(weighed, 'comma')) === 0) return;
    if (shown.length < KEY_ROWS) shown.push(values);
    const draw = philox4x32([sampled++, 0, 0, 0], SAMPLE_KEY)[0]! / 2 ** 32;
    profiles.forEach((profile, c) => void profile.add(values[c], place, draw));
  };
  const begin = (found: readonly string[]) => {
    given = found.length;
    requireNames(found, table);
    const names = found.map(cleanName);
    if (choices) joiner = new ChoiceJoiner(names, choices, labels[0]!, truthOf, { take: one, passOver: () => {} });
    const final = joiner?.columns ?? names;
    const absent = new MissingValues(missing, final);
    const before = profiles;
    profiles = final.map((name, c) => before[c] ?? lateProfile(name, before[0]?.rows ?? 0));
    clean = final.map((name) => absent.of(name));
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
    notes: [...(note === undefined ? [] : [note]), ...headerNotes(columns), ...facts.notes],
    skip,
    ...(choices && { choices }),
    missing,
    titles,
    first,
    ...(!choices &&
      labels.length === 1 && {
        keySeen: keySeen(
          shown,
          profiles.map(({ name }) => name),
          labels[0]!,
        ),
      }),
  };
}

/**
 * What counts as missing; of an attribute of alternatives, in the column of each of them.
 * @throws {UnderstudyError} DISTILL_ARGUMENT for a column that the table does not have
 */
function missingIn({ missing = [], table }: ImportOptions, columns: readonly string[], choices?: Choices): string[] {
  return missing.flatMap((one) => {
    const at = one.indexOf('=');
    if (at <= 0) return [one];
    const [name, value] = [one.slice(0, at), one.slice(at + 1)];
    if (choices?.attributes.includes(name))
      return choices.alternatives.map((side) => `${sideColumn(side, name)}=${value}`);
    const sided = choices?.alternatives.some((side) =>
      choices.attributes.some((attribute) => sideColumn(side, attribute) === name),
    );
    if (!sided) requireColumn(columns, name, table);
    return [one];
  });
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
    : [
        ...[
          ...keysIn({ ...(key !== undefined && { key }) }),
          alternative ?? undefined,
          unit ?? undefined,
          weight,
        ].filter((name) => name !== undefined),
        ...drop,
      ];

function requireColumn(columns: readonly string[], name: string, table: string): void {
  if (columns.includes(name)) return;
  if (columns.length === 0) throw wrong(`${table} has no rows below its header`);
  const near = columns.find((column) => folded(column) === folded(name)) ?? suggestion(name, columns);
  const known = `${columns.slice(0, 40).join(', ')}${columns.length > 40 ? ', …' : ''}`;
  throw wrong(
    `${table} has no column ${quoted(name)}${near ? `, did you mean ${near}?` : ''} (it has ${known})${headerNotes(columns).map((note) => `; ${note}`)}`,
  );
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
          ? `${table} has two columns named ${quoted(name)} (${before + 1} and ${c + 1}); ${headerNotes(found)[0] ?? 'rename one'}`
          : `${table}: the columns ${quoted(other)} and ${quoted(name)} (${before + 1} and ${c + 1}) differ only in case, spaces or invisible characters; rename one`,
      );
    }
    seen.set(folded(name), c);
  });
}

/** Ends a reading early. */
class Enough extends Error {}

/** What is said of a header that looks like a row of data. */
const headerNotes = (columns: readonly string[]): string[] => {
  const numbers = columns.filter((name) => shapeOf(name) !== undefined);
  return numbers.length >= 2 && numbers.length >= columns.length / 2
    ? [`its first line looks like data (${columns.slice(0, 4).join(', ')}, …): if it is, put a line of names above it`]
    : [];
};

/** The columns, and how many rows below the header are not data: survey tools put the questions there. */
async function peekTable(
  options: ImportOptions,
): Promise<Pick<Survey, 'skip' | 'titles' | 'first'> & { readonly columns: readonly string[] }> {
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
  const skip = options.skip ?? marked + 1;
  return {
    columns,
    skip,
    titles: marked < 1 ? new Map() : titlesIn(columns, first[marked - 1]!.cells),
    first: first[skip]?.place ?? '',
  };
}

/** Questions that are not too long to stand before each answer. */
const LONGEST_TITLE = 150;

/** The questions that a survey tool writes below its header, each that is its column's alone. */
function titlesIn(columns: readonly string[], cells: TableRecord['cells']): Map<string, string> {
  const titles = cells.map((cell = '') =>
    cleanName(cell)
      .replace(/ - Selected Choice$/, '')
      .replace(/ ?:? - /, ': '),
  );
  const seen = new Map<string, number>();
  for (const title of titles) seen.set(folded(title), (seen.get(folded(title)) ?? 0) + 1);
  return new Map(
    columns.flatMap((name, c) => {
      const title = titles[c] ?? '';
      const fits = title !== '' && title.length <= LONGEST_TITLE && seen.get(folded(title)) === 1;
      return fits ? [[name, title] as const] : [];
    }),
  );
}

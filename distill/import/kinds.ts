import { UnderstudyError } from '../../env/error.ts';
import { folded } from '../../workspace/folded.ts';
import { quoted } from '../../workspace/json-text.ts';
import type { ColumnForm } from '../../workspace/table-form.ts';
import { itemsOf } from '../../workspace/tables/cell-phrases.ts';
import { type DecimalMark, numberIn } from '../../workspace/tables/numbers.ts';
import { saysYesOrNo, truthOf } from '../../workspace/tables/truth.ts';
import { binWords, readableEdges } from './bins.ts';
import { codesAmong, levelCodes } from './codes.ts';
import { inNaturalOrder } from './natural-order.ts';
import { type Profile, SEPARATORS } from './profile.ts';
import { WHOSE } from './whose.ts';
import { argument, listArgument } from './words.ts';

/** What a column can be taken for. */
export const columnKinds = ['levels', 'bins', 'flag', 'list', 'drop'] as const;
export type ColumnKind = (typeof columnKinds)[number];

export interface KindOptions {
  /** Kinds that were asked for, by column. */
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  /** Number of bins of a numeric column. */
  readonly bins: number;
  /** Most levels of a column of text; the rarest others become one. */
  readonly levels: number;
  /** What stands before decimals, if it was said: for all columns under '', or by column. */
  readonly decimals: Readonly<Record<string, DecimalMark>>;
  /** Whether the file's numbers are numbers, not text. */
  readonly typed: boolean;
  readonly fold: boolean;
}

type Form<K> = Omit<Extract<ColumnForm, { kind: K }>, 'name' | 'as' | 'phrases' | 'counts' | 'missing' | 'group'>;

/** How a column reads, with the words of what it can say: '' where its name says it all. */
export type Kind = (Form<'levels'> | Form<'bins'> | Form<'flag'> | Form<'list'>) & {
  readonly words: readonly string[];
  /** What a person should know of it. */
  readonly note?: string;
};

/** A column that says nothing of use. */
export interface Dropped {
  readonly why: string;
}

/** Number of different values up to which a numeric column has levels in place of bins. */
const FEW_NUMBERS = 10;
/** Share of the rows that the levels of a column have, beside its "other". */
const LEAST_KEPT = 0.2;
const DATE =
  /^(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}[./]\d{1,2}[./]\d{1,2})([T ]\d{1,2}:\d{2}.*)?$|^\d{1,2}:\d{2}(:\d{2})?$/;
const IDENTIFIER = /(^|[^a-z])(id|uuid|guid|index|key)$|[a-z](Id|ID)$/;
const collator = new Intl.Collator('en', { numeric: true });

/**
 * What a column is, from what it holds.
 * @throws {UnderstudyError} DISTILL_ARGUMENT for decimals that may be thousands, and for values that differ in what cannot be
 *   seen
 */
export function kindOf(profile: Profile, options: KindOptions): Kind | Dropped {
  const { name, values, present, missing, many } = profile;
  const wanted = options.kinds[name];
  if (wanted === 'drop') return { why: 'as asked' };
  if (present === 0) return { why: 'empty' };
  const [only = ''] = values.keys();
  if (values.size === 1 && !many) {
    if (missing === 0) return { why: `always ${quoted(only)}` };
    if (truthOf(only) === false) return { why: `always ${quoted(only)}, or missing` };
    const says = truthOf(only) === true || only.toLowerCase() === 'x' || folded(only) === folded(name);
    return { kind: 'flag', mark: only, words: [says ? '' : only], note: 'marked or empty' };
  }
  const yesOrNo = !many && saysYesOrNo(values.keys());
  if (wanted === 'flag' && !yesOrNo) throw unsuitable(profile, 'flag', 'it does not hold a yes and a no');
  if (yesOrNo && wanted !== 'levels' && (missing === 0 || wanted === 'flag')) return { kind: 'flag', words: [''] };
  const numeric = !profile.shapes.has('text');
  if (wanted === 'list') return listIn(profile) ?? { ...listOf(profile, ';') };
  if (numeric) return numbersOf(profile, options, wanted);
  if (wanted === 'bins') {
    const { place, cell } = profile.shapes.get('text')!;
    throw unsuitable(profile, 'bins', `${place} has ${quoted(cell)}`);
  }
  const list = wanted === undefined ? listIn(profile) : undefined;
  if (list) return list;
  if (wanted === undefined) {
    if ([...values.keys()].every((value) => DATE.test(value))) return { why: 'dates or times' };
    if (many ? profile.repeats < 3 : values.size > 20 && present < 2 * values.size)
      return {
        why: `${many ? 'more than 1,000' : values.size} different values in ${present} rows, an identifier or free text`,
      };
  }
  requireVisible(profile, options.fold);
  return levelsOf(profile, options);
}

function numbersOf(profile: Profile, options: KindOptions, wanted: ColumnKind | undefined): Kind | Dropped {
  const { name, values, present, many } = profile;
  const all = !many && values.size === present;
  const distinct = many ? profile.repeats < 1.05 : all;
  if (wanted === undefined && present > 20 && distinct) {
    if (profile.counting) return { why: 'it counts the rows' };
    if (IDENTIFIER.test(name) || WHOSE.test(name)) return { why: 'an identifier: each row has its own' };
  }
  const decimal = decimalOf(profile, options);
  const numbers = new Map<number, number>();
  for (const [value, { count }] of values) {
    const number = numberIn(value, decimal)!;
    numbers.set(number, (numbers.get(number) ?? 0) + count);
  }
  const unit = profile.percents === present ? '%' : '';
  const ascending = [...numbers.keys()].sort((a, b) => a - b);
  if (wanted === 'levels' || (wanted === undefined && !many && numbers.size <= FEW_NUMBERS)) {
    if (many) throw unsuitable(profile, 'levels', 'it holds more than 1,000 different numbers');
    const texts = ascending.map(String);
    return {
      kind: 'levels',
      values: texts,
      numbers: { decimal },
      words: texts.map((text) => text + unit),
      ...codesNote(profile, levelCodes(texts)),
    };
  }
  const sample = profile.sample.map((value) => numberIn(value, decimal)!);
  const codes = codesAmong(ascending);
  const amounts = sample.filter((number) => !codes.includes(number));
  let edges = readableEdges(amounts, options.bins);
  const integers = amounts.every(Number.isInteger);
  if (edges.length === 0) {
    // Most numbers are the lowest one: it stands against the others.
    const least = amounts.reduce((a, b) => Math.min(a, b));
    edges = [amounts.filter((number) => number > least).reduce((a, b) => Math.min(a, b), Infinity)];
    if (edges[0] === Infinity) return { why: `always ${least}${codes.length > 0 ? ' or a code' : ''}` };
  }
  return {
    kind: 'bins',
    edges,
    codes,
    numbers: { decimal },
    words: [...binWords(edges, integers).map((word) => word + unit), ...codes.map(String)],
    ...(codes.length > 0 && {
      note: `${codes.join(', ')} taken for ${codes.length === 1 ? 'a code' : 'codes'}; if missing is meant, ${missingFlag(profile, codes)}`,
    }),
  };
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT for decimals that may be thousands */
export function decimalOf(profile: Profile, { decimals, typed }: Pick<KindOptions, 'decimals' | 'typed'>): DecimalMark {
  const { name, shapes } = profile;
  const given = decimals[name] ?? decimals[''];
  if (given !== undefined) return given;
  if (typed) return 'point';
  const [point, comma] = [shapes.get('point'), shapes.get('comma')];
  const flag = `--decimal ${argument(`${name}=point`)} or ${argument(`${name}=comma`)}`;
  if (point && comma)
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `${name}: ${point.place} has ${quoted(point.cell)} and ${comma.place} has ${quoted(comma.cell)}; write its numbers in one way, or say which it is: ${flag}`,
    );
  if (point) return 'point';
  if (comma) return 'comma';
  const unsure = shapes.get('point or thousands') ?? shapes.get('comma or thousands');
  if (unsure)
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `${name}: ${quoted(unsure.cell)} (${unsure.place}) may be ${Number(unsure.cell.replace(/[^\d.,]/g, '').replace(',', '.'))} or ${unsure.cell.replace(/\D/g, '')}; say what stands before its decimals: ${flag}`,
    );
  return 'point';
}

function levelsOf(profile: Profile, { levels, fold, kinds }: KindOptions): Kind | Dropped {
  const { values, many } = profile;
  let counted: { value: string; count: number }[] = [...values].map(([value, { count }]) => ({ value, count }));
  if (fold) {
    const bySight = new Map<string, { value: string; most: number; count: number }>();
    for (const { value, count } of counted) {
      const same = bySight.get(folded(value)) ?? { value, most: 0, count: 0 };
      const shown = count > same.most ? { value, most: count } : {};
      bySight.set(folded(value), { ...same, ...shown, count: same.count + count });
    }
    counted = [...bySight.values()];
  }
  const natural = (a: { value: string }, b: { value: string }) => collator.compare(a.value, b.value);
  if (!many && counted.length <= levels) {
    const texts = inNaturalOrder(counted.map(({ value }) => value));
    return { kind: 'levels', values: texts, words: texts, ...codesNote(profile, levelCodes(texts)) };
  }
  const frequent = counted.sort((a, b) => b.count - a.count || natural(a, b)).slice(0, levels - 1);
  const kept = frequent.reduce((sum, { count }) => sum + count, 0);
  if (!(profile.name in kinds) && kept < LEAST_KEPT * profile.present)
    return {
      why: `${many ? 'more than 1,000' : counted.length} different values, the ${levels - 1} most frequent of which are ${Math.round((100 * kept) / profile.present)} % of the rows`,
    };
  const texts = inNaturalOrder(frequent.map(({ value }) => value));
  const other = ['other', 'another', 'none of these'].find((word) => !texts.some((text) => folded(text) === word))!;
  return {
    kind: 'levels',
    values: texts,
    words: [...texts, other],
    other,
    note: `${many ? 'more than 1,000' : counted.length} values: the ${levels - 1} most frequent are levels, the rest (${Math.round(100 * (1 - kept / profile.present))} % of the rows) is "${other}"; --levels N keeps more`,
  };
}

/** Says that levels look like codes for a missing answer, if some do. */
const codesNote = (profile: Profile, codes: readonly string[]): { note?: string } =>
  codes.length === 0
    ? {}
    : {
        note: `${codes.join(', ')} ${codes.length === 1 ? 'looks like a code' : 'look like codes'} for a missing answer and ${codes.length === 1 ? 'is a level' : 'are levels'} like the others; if missing is meant, ${missingFlag(profile, codes)}`,
      };

const missingFlag = ({ columns }: Profile, codes: readonly (number | string)[]): string =>
  `--missing ${listArgument(columns.flatMap((name) => codes.map((code) => `${name}=${code}`)))}`;

/** The list that a column's cells are, if they are. */
function listIn(profile: Profile): Kind | undefined {
  const cells = [...profile.values.keys()];
  if (cells.every((cell) => /^\[.*\]$/s.test(cell))) {
    try {
      return listOf(profile, 'json');
    } catch {
      return undefined;
    }
  }
  for (const separator of SEPARATORS) {
    const several = cells.filter((cell) => cell.includes(separator));
    if (several.length === 0) continue;
    const list = listOf(profile, separator);
    if (list.kind !== 'list' || list.values.length > 200 || list.values.some((item) => item.length > 80)) continue;
    const items = cells.flatMap((cell) => itemsOf(cell, separator));
    // Items come back in other company. Commas stand in names and sentences, too.
    const again = items.length / list.values.length;
    const sizes = new Set(cells.map((cell) => itemsOf(cell, separator).length));
    if (separator === ',' ? again >= 3 && sizes.size > 1 && !several.some((cell) => /\d,\d/.test(cell)) : again >= 1.5)
      return list;
  }
  return undefined;
}

function listOf(profile: Profile, separator: Extract<ColumnForm, { kind: 'list' }>['separator']): Kind {
  const items = new Set([...profile.values.keys()].flatMap((cell) => itemsOf(cell, separator)));
  if (separator !== 'json' && profile.many) for (const item of profile.items.get(separator) ?? []) items.add(item);
  items.delete('');
  const texts = [...items].sort(collator.compare);
  return { kind: 'list', separator, values: texts, words: texts };
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT for two values that differ in what cannot be seen */
export function requireVisible({ name, values }: Pick<Profile, 'name' | 'values'>, fold: boolean): void {
  if (fold) return;
  const seen = new Map<string, string>();
  for (const value of values.keys()) {
    const before = seen.get(folded(value));
    if (before !== undefined)
      throw new UnderstudyError(
        'DISTILL_ARGUMENT',
        `${name}: ${quoted(before)} (${values.get(before)!.place}) and ${quoted(value)} (${values.get(value)!.place}) differ only in case, spaces or invisible characters; make them one in the table, or give --fold`,
      );
    seen.set(folded(value), value);
  }
}

const unsuitable = ({ name }: Profile, kind: ColumnKind, why: string) =>
  new UnderstudyError('DISTILL_ARGUMENT', `--kind ${name}=${kind}: ${why}`);

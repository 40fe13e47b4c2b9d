import { UnderstudyError } from '../../env/error.ts';

/** Columns that say the same of each of several alternatives: `a_price`, `b_price`. */
export interface Sides {
  /** Names of the alternatives, as phrases say them: "A", "B". */
  readonly names: readonly string[];
  /** What the columns, and a label, call them. */
  readonly tokens: readonly string[];
  /** Whether they are things of their own, such as bus and car, rather than places in a list. */
  readonly named: boolean;
  /** Which alternative and attribute a column is about. */
  readonly columns: ReadonlyMap<string, { readonly side: number; readonly attribute: string }>;
}

const WORD = 'option|alternative|alt|choice|concept|product|profile|item|candidate';
const PREFIX = new RegExp(`^(?:(${WORD})[ _.-]?)?([a-e]|left|right|[1-9])[ _.-]+(.+)$`, 'i');
const SUFFIX = new RegExp(`^(.+?)[ _.-]+(?:(${WORD})[ _.-]?)?([a-e]|left|right|[1-9])$`, 'i');
const FAMILIES = [['a', 'b', 'c', 'd', 'e'], ['left', 'right'], [...'123456789']];

/**
 * Finds columns of alternatives by their names, if there are some.
 * @param labelValues what the label holds, as a hint that 1 and 2 are alternatives
 */
export function sidesAmong(columns: readonly string[], labelValues: readonly string[]): Sides | undefined {
  /** By form, word and family: which column has which token and attribute. */
  const found = new Map<string, { family: readonly string[]; word: string; members: [string, string, string][] }>();
  for (const column of columns)
    for (const [form, match] of [
      ['prefix', PREFIX.exec(column)],
      ['suffix', SUFFIX.exec(column)],
    ] as const) {
      if (!match) continue;
      const [word = '', token, attribute] =
        form === 'prefix' ? [match[1], match[2]!, match[3]!] : [match[2], match[3]!, match[1]!];
      const family = FAMILIES.find((names) => names.includes(token.toLowerCase()))!;
      const key = `${form} ${word.toLowerCase()} ${family[0]}`;
      const group = found.get(key) ?? { family, word, members: [] };
      group.members.push([column, token.toLowerCase(), attribute]);
      found.set(key, group);
    }
  const candidates = [...found.values()].flatMap(({ family, word, members }) => {
    const tokens = family.filter((token) => members.some(([, own]) => own === token));
    const whole = tokens.length >= 2 && tokens.every((token, i) => token === family[i]);
    const shared = members.filter(
      ([, , attribute]) => members.filter(([, , other]) => other === attribute).length >= 2,
    );
    if (!whole || shared.length === 0) return [];
    const named = labelValues.length > 0 && labelValues.every((value) => sideOf(value, tokens) >= 0);
    const attributes = new Set(shared.map(([, , attribute]) => attribute)).size;
    // q1_1 and q1_2 are often two questions; vitamin_a and vitamin_b two things.
    if (!named && (attributes < 2 || (/\d/.test(tokens[0]!) && word === ''))) return [];
    return [{ tokens, word, shared }];
  });
  const [best] = candidates.sort((a, b) => b.shared.length - a.shared.length);
  if (!best) return undefined;
  const { tokens, word, shared } = best;
  return {
    names: tokens.map((token) =>
      /\d/.test(token)
        ? `${word.toLowerCase() || 'option'} ${token}`
        : token.length === 1
          ? token.toUpperCase()
          : token,
    ),
    tokens,
    named: false,
    columns: new Map(shared.map(([column, token, attribute]) => [column, { side: tokens.indexOf(token), attribute }])),
  };
}

/** Columns whose names begin or end with the names of what can be chosen: `price.bus`, `price.car`. */
export function sidesNamed(columns: readonly string[], names: readonly string[]): Sides | undefined {
  if (names.length < 2 || names.length > 12) return undefined;
  const tokens = names.map((name) => name.toLowerCase());
  const form = (attributeIn: (column: string, token: string) => string | undefined) => {
    const members = columns.flatMap((column) => {
      const found = tokens.flatMap((token, side) => {
        const attribute = attributeIn(column.toLowerCase(), token);
        return attribute ? { column, side, attribute, length: token.length } : [];
      });
      // "light rail_cost" is about the light rail, not the rail.
      return found.sort((a, b) => b.length - a.length).slice(0, 1);
    });
    const shared = members.filter(
      ({ attribute }) => members.filter((other) => other.attribute === attribute).length > 1,
    );
    return new Map(shared.map(({ column, side, attribute }) => [column, { side, attribute }]));
  };
  const [most] = [
    form((column, token) =>
      column.startsWith(token) ? /^[ _.-]+(.+)$/.exec(column.slice(token.length))?.[1] : undefined,
    ),
    form((column, token) =>
      column.endsWith(token) ? /^(.+?)[ _.-]+$/.exec(column.slice(0, -token.length))?.[1] : undefined,
    ),
  ].sort((a, b) => b.size - a.size);
  return most!.size < 2 ? undefined : { names, tokens, named: true, columns: most! };
}

/**
 * Columns of alternatives by prefixes or suffixes that were given.
 * @throws {UnderstudyError} DISTILL_ARGUMENT if a column of one is missing for each
 */
export function sidesBy(marks: readonly string[], columns: readonly string[]): Sides {
  const bare = (text: string) => text.replace(/^[ _.-]+|[ _.-]+$/g, '');
  const members = columns.flatMap((column) => {
    const side = marks.findIndex((mark) => column.startsWith(mark) || column.endsWith(mark));
    if (side < 0) return [];
    const mark = marks[side]!;
    const rest = column.startsWith(mark) ? column.slice(mark.length) : column.slice(0, -mark.length);
    return [[column, { side, attribute: bare(rest) }] as const];
  });
  const absent = marks.find((_, side) => !members.some(([, member]) => member.side === side));
  if (marks.length < 2 || absent !== undefined)
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `--pairs takes two or more beginnings or ends of column names, such as a_,b_; ${absent === undefined ? `got ${marks.join(',')}` : `no column has ${absent}`}`,
    );
  return {
    names: marks.map(bare),
    tokens: marks.map((mark) => bare(mark).toLowerCase()),
    named: marks.some((mark) => !isPlace(bare(mark))),
    columns: new Map(members),
  };
}

/** Whether an alternative's name says no more than its place. */
export const isPlace = (name: string): boolean =>
  new RegExp(`^((${WORD})[ _.-]?)?([a-l]|\\d+|left|right)$`, 'i').test(name);

/** Which alternative a label's value names; −1 for none. */
export function sideOf(value: string, tokens: readonly string[]): number {
  const name = value
    .trim()
    .toLowerCase()
    .replace(new RegExp(`^(${WORD})[ _.-]?`), '');
  return tokens.findIndex((token) => token === name || token === value.trim().toLowerCase());
}

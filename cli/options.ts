import { access } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { UnderstudyError } from '../env/error.ts';
import { suggestion } from '../env/suggestion.ts';

/** One flag of a verb: how it is written, explained and read. */
export interface Option<T> {
  /** What follows the flag, as help shows it: "N"; absent for a switch. */
  readonly placeholder?: string;
  readonly help: string;
  /** What help shows as the default. */
  readonly shown?: string;
  /** The value without the flag. */
  readonly initial: T;
  /** May be given several times; `read` then adds to what is there. */
  readonly multiple?: boolean;
  readonly short?: string;
  /** @throws {Error} saying what was expected, to be continued by ", got …" */
  read(text: string, before: T): T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;
export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

interface Common<T> {
  readonly default?: T;
  /** What help shows where no fixed default can. */
  readonly shown?: string;
  readonly placeholder?: string;
}

type Given<T, C extends Common<T>> = C extends { readonly default: T } ? T : T | undefined;

/** A builder of options of one kind: with a default, the type excludes undefined. */
const option =
  <T>(read: (text: string) => T, placeholder: string) =>
  <const C extends Common<T>>(help: string, common: C): Option<Given<T, C>> => ({
    help,
    placeholder: common.placeholder ?? placeholder,
    initial: common.default as Given<T, C>,
    shown: common.shown ?? (common.default === undefined ? undefined : String(common.default)),
    read: (text) => read(text) as Given<T, C>,
  });

/** What was expected of a value; becomes a UsageError that names the flag and the value. */
class Expected extends Error {
  /** What follows the value. */
  readonly hint: string;
  constructor(what: string, hint = '') {
    super(what);
    this.hint = hint;
  }
}
const expected = (what: string, hint?: string) => new Expected(what, hint);

interface Range {
  readonly min?: number;
  readonly max?: number;
}

const within = (value: number, { min = -Infinity, max = Infinity }: Range) => value >= min && value <= max;
const bounds = ({ min, max }: Range) =>
  min !== undefined && max !== undefined
    ? ` from ${min} to ${max}`
    : min !== undefined
      ? ` of at least ${min}`
      : max !== undefined
        ? ` of at most ${max}`
        : '';

export function readInteger(text: string, range: Range): number {
  const value = Number(text);
  const written = /^[+-]?\d+$/.test(text);
  if (written && value > Number.MAX_SAFE_INTEGER)
    throw expected(`an integer${bounds({ ...range, max: range.max ?? Number.MAX_SAFE_INTEGER })}`);
  if (!written || !Number.isSafeInteger(value) || !within(value, range)) throw expected(`an integer${bounds(range)}`);
  // "-0" is 0.
  return value + 0;
}

/** Decimal, with or without an exponent: "0.5", ".5", "1e-3"; neither "0x10" nor " 5" nor "Infinity". */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

export const integer = <const C extends Common<number> & Range>(help: string, common: C) =>
  option((text) => readInteger(text, common), 'N')(help, common);

export const number = <const C extends Common<number> & Range>(help: string, common: C) =>
  option((text) => {
    const value = DECIMAL.test(text) ? Number(text) + 0 : Number.NaN;
    if (!Number.isFinite(value) || !within(value, common)) throw expected(`a number${bounds(common)}`);
    return value;
  }, 'X')(help, common);

export const text = <const C extends Common<string>>(help: string, common: C) =>
  option((value) => {
    if (value.trim() === '') throw expected('a name or value that is not blank');
    return value;
  }, 'NAME')(help, common);

export const choice = <const K extends string, const C extends Common<K>>(
  help: string,
  known: readonly K[],
  common: C,
) =>
  option<K>((value) => {
    const found = known.find((candidate) => candidate === value);
    if (found === undefined) {
      const near = suggestion(value, known);
      throw expected(`one of ${known.join(', ')}`, near && `; did you mean ${near}?`);
    }
    return found;
  }, known.join('|'))(help, common);

/** A number of things, or all of them. */
export const integerOrAll = <const C extends Common<number | 'all'> & Range>(help: string, common: C) =>
  option<number | 'all'>((value) => {
    if (value === 'all') return value;
    try {
      return readInteger(value, common);
    } catch {
      throw expected(`all or an integer${bounds(common)}`);
    }
  }, 'N|all')(help, common);

/** An option of a form of its own. If `read` gives undefined, `wanted` says what was expected. */
export function custom<T>(help: string, placeholder: string, read: (value: string) => T | undefined, wanted: string) {
  return option<T>((value) => {
    const result = read(value);
    if (result === undefined) throw expected(wanted);
    return result;
  }, placeholder)(help, {});
}

/** The same option any number of times; without it an empty list. */
export function list<T>(one: Option<T | undefined>): Option<readonly T[]> {
  return {
    ...one,
    initial: [],
    multiple: true,
    read: (value, before) => [...before, one.read(value, undefined) as T],
  };
}

/** A switch: off unless given. */
export const flag = (help: string, { short }: { short?: string } = {}): Option<boolean> => ({
  help,
  initial: false,
  ...(short && { short }),
  read: () => true,
});

/**
 * Reads a verb's arguments by its table; `given` are the names of the flags that are among them.
 * @throws {UsageError} for an unknown flag, one that is repeated though its option is not `multiple`, a missing or
 *   unsuitable value, or too many arguments
 */
export function readArguments<O extends Options>(
  verb: string,
  table: O,
  args: readonly string[],
  positionals: readonly string[] = [],
): { values: Values<O>; given: ReadonlySet<string>; positionals: string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      Object.entries(table).map(([name, { placeholder, short }]) => [
        name,
        { type: placeholder === undefined ? 'boolean' : 'string', multiple: true, ...(short && { short }) } as const,
      ]),
    ),
  });
  const values: Record<string, unknown> = {};
  for (const [name, { initial }] of Object.entries(table)) values[name] = initial;
  const found: string[] = [];
  /** What each flag was given so far. */
  const given = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind === 'positional') {
      // "FILE…" may come any number of times.
      if (found.length >= positionals.length && !positionals.at(-1)?.endsWith('…'))
        throw new UsageError(
          positionals.length === 0
            ? `${verb} takes flags only, got "${token.value}"`
            : `${verb} takes ${positionals.join(' ')}, got one more: "${token.value}"`,
          verb,
        );
      found.push(token.value);
    }
    if (token.kind !== 'option') continue;
    const entry = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (entry === undefined) {
      const known = Object.keys(table).map((name) => `--${name}`);
      // "-seed" is read as the short flags -s, -e, -e, -d; what was written says more.
      const written = token.rawName.startsWith('--') ? token.rawName : args[token.index]!;
      throw new UsageError(unknownName('flag', written, known), verb);
    }
    const name = `--${token.name}`;
    if (given.has(token.name) && !entry.multiple)
      throw new UsageError(
        entry.placeholder === undefined
          ? `${name} is given twice; give it once`
          : `${name} is given twice, as "${given.get(token.name)}" and "${token.value ?? ''}"; give it once`,
        verb,
      );
    given.set(token.name, token.value);
    if (entry.placeholder === undefined && token.value !== undefined)
      throw new UsageError(`${name} takes no value, got "${token.value}"`, verb);
    // What follows a flag and looks like another one is not its value: "--policy --json".
    const missing = token.value === undefined || (!token.inlineValue && token.value.startsWith('--'));
    if (entry.placeholder !== undefined && missing)
      throw new UsageError(`${name} needs a value: ${name} ${entry.placeholder}`, verb);
    try {
      values[token.name] = entry.read(token.value ?? '', values[token.name]);
    } catch (error) {
      if (!(error instanceof Expected)) throw error;
      throw new UsageError(`${name} must be ${error.message}, got "${token.value}"${error.hint}`, verb);
    }
  }
  return { values: values as Values<O>, given: new Set(given.keys()), positionals: found };
}

/** Raised for a command that is used wrongly: exit code 2. */
export class UsageError extends UnderstudyError {
  /** The verb whose help tells more. */
  readonly verb?: string;
  constructor(message: string, verb?: string) {
    super('USAGE', message);
    this.name = 'UsageError';
    this.verb = verb;
  }
}

/** How a mistake about a name is put: the name, what was probably meant, and what is known. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const begun = known.filter((candidate) => name.length > 3 && candidate.startsWith(name));
  const meant = begun.length === 1 ? begun[0] : suggestion(name, known);
  return `unknown ${kind}: ${name}${meant ? `, did you mean ${meant}?` : ''} (known: ${known.join(', ')})`;
}

/** @throws {UsageError} naming the file and the command that makes it */
export async function requireFile(path: string, flag: string, madeBy: string, verb: string): Promise<void> {
  try {
    await access(path);
  } catch {
    throw new UsageError(`${flag} ${path} does not exist; make it with ${madeBy}, or name another file`, verb);
  }
}

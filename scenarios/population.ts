import { dirname, resolve } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import type { PopulationRow } from '../env/trait-law.ts';
import { withPopulation } from '../env/vocabulary.ts';
import { shown } from '../workspace/json-text.ts';
import { readRecords, type TableRecord } from '../workspace/tables/records.ts';
import { truthOf } from '../workspace/tables/truth.ts';

/**
 * A vocabulary or scenario with the law of its traits: if its population stands in a file, as read from there.
 * @param file the scenario's file: the population's path is relative to its folder
 * @throws {UnderstudyError} as withPeople does
 */
export async function withItsPopulation<V extends Vocabulary>(vocabulary: V, file: string): Promise<V> {
  const { population, traitLaw } = vocabulary;
  if (population === undefined || traitLaw.length > 0) return vocabulary;
  return withPeople(vocabulary, population, dirname(resolve(file)));
}

/**
 * The same vocabulary or scenario with the people of a table in place of its own. Each row is a kind of person. A column named
 * as a group holds one of its phrases, or what follows the group's name in it ("18-29" for "age: 18-29"); one named as a trait
 * says whether it holds (0 and 1, true and false, yes and no); `traits` lists phrases between semicolons; `weight` says how
 * many people the row stands for.
 * @param population path of a table (CSV, JSON, JSONL, Parquet), relative to a folder: by default the current one
 * @throws {UnderstudyError} SCENARIO_FILE naming the file, the row, and what it does not understand
 * @example withPeople(await openScenario('ice-cream-v1'), 'census.csv')
 */
export async function withPeople<V extends Vocabulary>(vocabulary: V, population: string, folder = '.'): Promise<V> {
  const path = resolve(folder, population);
  const rows: PopulationRow[] = [];
  let readers: readonly CellReader[] = [];
  const wrong = (place: string, what: string) => new UnderstudyError('SCENARIO_FILE', `${population}${place}: ${what}`);
  try {
    await readRecords(path, {}, (record, columns) => {
      if (readers.length < columns.length) readers = readersOf(vocabulary, columns);
      rows.push(rowOf(record, readers, (what) => wrong(`, ${record.place}`, what)));
    });
    return withPopulation(vocabulary, rows);
  } catch (cause) {
    if (!(cause instanceof UnderstudyError)) throw cause;
    const what = cause.message.startsWith(path) ? `${population}${cause.message.slice(path.length)}` : cause.message;
    throw new UnderstudyError('SCENARIO_FILE', `the population of ${vocabulary.id}: ${what}`, { cause });
  }
}

/** What a cell of a column says. @throws {Error} if it is not understood */
type CellReader = (cell: string | undefined, row: { traits: string[]; weight?: number }, wrong: Wrong) => void;
type Wrong = (what: string) => UnderstudyError;

function readersOf({ traits, groups, phrases }: Vocabulary, columns: readonly string[]): CellReader[] {
  const own = groups.filter(({ kind }) => kind === 'traits');
  const known = [...own.map(({ name }) => name), ...traits, 'traits', 'weight'];
  const useful = columns.some((column) => known.includes(column));
  return columns.map((column): CellReader => {
    const group = own.find(({ name }) => name === column);
    if (group) {
      const members = group.phrases.map((phrase) => phrases[phrase]!);
      return (cell, row, wrong) => void row.traits.push(memberOf(column, members, cell, wrong));
    }
    if (column === 'weight')
      return (cell, row, wrong) => {
        const weight = Number(cell?.trim() || Number.NaN);
        if (!(weight >= 0)) throw wrong(`weight: expected a number of 0 or more, got ${shown(cell)}`);
        row.weight = weight;
      };
    if (column === 'traits')
      return (cell, row) => void row.traits.push(...(cell ?? '').split(';').flatMap((phrase) => phrase.trim() || []));
    if (traits.includes(column))
      return (cell, row, wrong) => {
        const holds = cell === undefined ? false : truthOf(cell);
        if (holds === undefined)
          throw wrong(`${column}: expected 0 or 1, true or false, yes or no, got ${shown(cell)}`);
        if (holds) row.traits.push(column);
      };
    return (_, __, wrong) => {
      throw wrong(
        `${useful ? 'it has a column' : 'it has no column of the scenario, but'} ${shown(column)} (known: ${known.join(', ')})`,
      );
    };
  });
}

function memberOf(group: string, members: readonly string[], cell: string | undefined, wrong: Wrong): string {
  const found = members.find((phrase) => cell !== undefined && (phrase === cell || phrase === `${group}: ${cell}`));
  if (found === undefined) throw wrong(`${group}: expected one of ${members.join(', ')}, got ${shown(cell)}`);
  return found;
}

function rowOf({ cells }: TableRecord, readers: readonly CellReader[], wrong: Wrong): PopulationRow {
  const row: { traits: string[]; weight?: number } = { traits: [] };
  readers.forEach((read, c) => read(cells[c], row, wrong));
  return { ...row, traits: [...new Set(row.traits)] };
}

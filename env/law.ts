import { copyChance, type Level, quantise } from './chance.ts';
import { UnderstudyError } from './error.ts';
import { mapRows, rowName, type Table, type Variable } from './table.ts';

/** What a law gave, detached from it, or an error that names the law. */
export function copyLaw(where: string, chance: unknown, levels: readonly Level[]): unknown {
  try {
    return copyChance(chance, levels);
  } catch (error) {
    if (error instanceof UnderstudyError && error.code === 'SCENARIO_ROW')
      throw new UnderstudyError(error.code, `${where}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Integer weights for each row of a table of chances; rows of one chance have one array. */
export function mapLaw(
  where: string,
  table: Table<unknown>,
  levels: readonly Level[],
  levelsOf: (variable: Variable) => readonly Level[],
): Table<Uint32Array> {
  const places = new Map(levels.map((level, i) => [String(level), i]));
  const known = new Map<unknown, Uint32Array>();
  return mapRows(table, (chance, row) => {
    const before = known.get(chance);
    if (before) return before;
    const fail = (code: UnderstudyError['code'], message: string) =>
      new UnderstudyError(code, `${where} at ${rowName(table, row, levelsOf)}: ${message}`);
    const probabilities = new Float64Array(levels.length);
    const entries: (readonly [unknown, unknown])[] =
      typeof chance === 'object' && chance !== null ? Object.entries(chance) : [[chance, 1]];
    for (const [level, probability] of entries) {
      const i = places.get(String(level));
      if (i === undefined)
        throw fail('SCENARIO_LEVEL', `unknown level: ${String(level)} (known: ${levels.join(', ')})`);
      probabilities[i]! += typeof probability === 'number' ? probability : Number.NaN;
    }
    const sum = probabilities.reduce((total, p) => total + p, 0);
    if (probabilities.some((p) => !(p >= 0))) throw fail('SCENARIO_ROW', 'a probability is negative or not a number');
    if (Math.abs(sum - 1) > 1e-9)
      throw fail('SCENARIO_ROW', `probabilities sum to ${Number(sum.toPrecision(12))}, not 1`);
    const weights = quantise(probabilities);
    known.set(chance, weights);
    return weights;
  });
}

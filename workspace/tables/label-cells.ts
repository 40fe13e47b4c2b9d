import { shown } from '../json-text.ts';
import type { LabelForm } from '../table-form.ts';
import { keyOf } from './cell-phrases.ts';
import { isPercent, numberIn } from './numbers.ts';

/** What a row's label cells say. */
export interface Label {
  /** P of each action. */
  readonly probabilities: readonly number[];
  /** The action taken, for a choice. */
  readonly action?: string;
}

/** Each rounded to two decimals, the probabilities of k actions sum to 1 with this error at most, for each action. */
const ROUNDING = 0.005;

/**
 * Reads the label of a row.
 * @returns undefined if a cell is missing
 * @throws {SyntaxError} naming the column and the value, for what is not a label
 */
export function labelReader(
  { columns, kind, actions: named, percent = false, numbers }: LabelForm,
  actions: readonly string[],
  fold: boolean,
): (cells: readonly (string | undefined)[]) => Label | undefined {
  const decimal = numbers?.decimal ?? 'point';
  const wrong = (column: string, what: string) => new SyntaxError(`${column}: ${what}`);
  const probability = (cell: string, column: string): number => {
    const number = numberIn(cell, decimal);
    if (number === undefined) throw wrong(column, `expected a number, got ${shown(cell)}`);
    const p = percent || isPercent(cell) ? number / 100 : number;
    if (!(p >= 0 && p <= 1))
      throw wrong(
        column,
        `${cell} is not a probability from 0 to ${percent ? '100' : '1'}${!percent && p > 1 && p <= 100 ? '; if the column holds percent, give --percent' : ''}`,
      );
    return p;
  };
  if (columns.length > 1)
    return (cells) => {
      if (cells.some((cell) => cell === undefined)) return undefined;
      const given = cells.map((cell, i) => probability(cell!, columns[i]!));
      const sum = given.reduce((total, p) => total + p, 0);
      if (Math.abs(sum - 1) > columns.length * ROUNDING + 1e-9)
        throw wrong(columns.join(', '), `the probabilities sum to ${Number(sum.toFixed(4))}, not 1`);
      const taken = given.indexOf(1);
      return {
        probabilities: given.map((p) => p / sum),
        ...(kind === 'choice' && taken >= 0 && { action: actions[taken]! }),
      };
    };
  const [column] = columns as [string];
  if (kind === 'probability')
    return ([cell]) => {
      if (cell === undefined) return undefined;
      const p = probability(cell, column);
      return { probabilities: [1 - p, p] };
    };
  const taken = new Map(Object.entries(named ?? {}).map(([value, action]) => [keyOf(value, fold), action]));
  const known = Object.keys(named ?? {}).join(', ');
  return ([cell]) => {
    if (cell === undefined) return undefined;
    const number = numberIn(cell, decimal);
    const action = taken.get(keyOf(cell, fold)) ?? (number === undefined ? undefined : taken.get(String(number)));
    if (action === undefined) throw wrong(column, `expected one of ${known}, got ${shown(cell)}`);
    return { probabilities: actions.map((other) => (other === action ? 1 : 0)), action };
  };
}

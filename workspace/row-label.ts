import type { UnderstudyError } from '../env/error.ts';
import { quoted, shown } from './json-text.ts';

type Row = Readonly<Record<string, unknown>>;
/** Makes the error of a row from what is wrong with it. */
export type Wrong = (what: string) => UnderstudyError;

/**
 * The label of a row as P of each action: `probabilities` (a list, or by name), `probability_LLM` (P of the second of two
 * actions) or, if there is neither, `action` (the name of the one that was taken, which gets 1).
 * @throws what `wrong` makes
 */
export function labelOf(row: Row, actions: readonly string[], wrong: Wrong): readonly number[] {
  // Tables write an absent value as null.
  const { probabilities = null, probability_LLM: second = null, action = null } = row;
  if (probabilities === null && second === null && action !== null) return takenOf('action', action, actions, wrong);
  if (probabilities === null && actions.length === 2) {
    if (!isProbability(second)) throw wrong(`\`probability_LLM\` must be a number from 0 to 1, got ${shown(second)}`);
    return [1 - second, second];
  }
  const read = distributionOf('probabilities', probabilities, actions, wrong);
  if (second !== null && !(isProbability(second) && Math.abs(second - read[1]!) <= 2e-6))
    throw wrong(
      `\`probabilities\` gives ${actions[1]} ${read[1]} and \`probability_LLM\` gives it ${shown(second)}; keep the right one`,
    );
  return read;
}

/** Whether a row names an action beside probabilities, which are its label. */
export const namesActionToo = ({ action = null, probabilities = null, probability_LLM: second = null }: Row): boolean =>
  action !== null && (probabilities !== null || second !== null);

/** Columns whose names begin like those of other answerers and which are something else. */
const ownColumns = new Set(['probability_LLM', 'probability_sd', 'probability_repeats']);

/**
 * What others said of the same row, by their names: columns `probability_NAME` (P of the second of two actions),
 * `probabilities_NAME` (a list, or by action) and `action_NAME` (the action that was taken). Empty cells are left out.
 * @throws what `wrong` makes
 */
export function othersOf(row: Row, actions: readonly string[], wrong: Wrong): (readonly [string, readonly number[]])[] {
  const found: (readonly [string, readonly number[]])[] = [];
  for (const [column, value] of Object.entries(row)) {
    const [, form, name] = /^(probability|probabilities|action)_(.+)$/.exec(column) ?? [];
    if (name === undefined || value === null || value === undefined || ownColumns.has(column)) continue;
    if (found.some(([other]) => other === name)) throw wrong(`two columns say what ${quoted(name)} answered`);
    if (form === 'action') found.push([name, takenOf(column, value, actions, wrong)]);
    else if (form === 'probabilities') found.push([name, distributionOf(column, value, actions, wrong)]);
    else if (actions.length !== 2)
      throw wrong(`\`${column}\` is for two actions and there are ${actions.length}; use \`probabilities_${name}\``);
    else if (!isProbability(value)) throw wrong(`\`${column}\` must be a number from 0 to 1, got ${shown(value)}`);
    else found.push([name, [1 - value, value]]);
  }
  return found;
}

/**
 * How many answers a label is the mean of (`repeats`), and their sample standard deviation by action (`spread`: a list, by
 * name, or of two actions one number; `probability_sd` is read too); undefined if the row does not say.
 * @throws what `wrong` makes
 */
export function repetitionOf(
  row: Row,
  actions: readonly string[],
  wrong: Wrong,
): { readonly repeats: number; readonly spread?: readonly number[] } | undefined {
  const { repeats = null } = row;
  // What has one number for the second action says nothing of a third.
  const spread = row.spread ?? (actions.length === 2 ? row.probability_sd : null) ?? null;
  if (repeats === null) {
    if (row.spread !== undefined && row.spread !== null) throw wrong('`spread` needs `repeats`: the number of answers');
    return undefined;
  }
  if (!(typeof repeats === 'number' && Number.isInteger(repeats) && repeats >= 1))
    throw wrong(`\`repeats\` must be a whole number of 1 or more, got ${shown(repeats)}`);
  // One answer has no spread.
  if (spread === null || repeats === 1) return { repeats };
  const listed =
    typeof spread === 'number' && actions.length === 2
      ? [spread, spread]
      : isObject(spread)
        ? byAction('spread', spread, actions, wrong)
        : spread;
  if (!Array.isArray(listed) || listed.length !== actions.length || !listed.every(isSpread))
    throw wrong(
      `\`spread\` must be ${actions.length} numbers of 0 or more (${actions.join(', ')}), got ${shown(spread)}`,
    );
  return { repeats, spread: listed };
}

/**
 * How much a row counts; 1 if it does not say.
 * @throws what `wrong` makes
 */
export function weightOf({ weight = null }: Row, wrong: Wrong): number {
  if (weight === null) return 1;
  if (typeof weight !== 'number' || !(weight >= 0 && weight < Number.POSITIVE_INFINITY))
    throw wrong(`\`weight\` must be a number of 0 or more, got ${shown(weight)}`);
  return weight;
}

/**
 * Whose row it is: rows of one unit (a person who was asked several times) are not independent. Undefined if it does not
 * say.
 * @throws what `wrong` makes
 */
export function unitOf({ unit = null }: Row, wrong: Wrong): string | undefined {
  if (unit === null) return undefined;
  if (typeof unit === 'string' || (typeof unit === 'number' && Number.isFinite(unit))) return String(unit);
  throw wrong(`\`unit\` must be a name or a number, got ${shown(unit)}`);
}

function takenOf(column: string, action: unknown, actions: readonly string[], wrong: Wrong): readonly number[] {
  if (typeof action !== 'string' || !actions.includes(action))
    throw wrong(`\`${column}\` must be one of ${actions.join(', ')}, got ${shown(action)}`);
  return actions.map((one) => (one === action ? 1 : 0));
}

function distributionOf(column: string, given: unknown, actions: readonly string[], wrong: Wrong): readonly number[] {
  const k = actions.length;
  const listed = isObject(given) ? byAction(column, given, actions, wrong) : given;
  if (!Array.isArray(listed) || listed.length !== k || !listed.every(isProbability))
    throw wrong(`\`${column}\` must be ${k} numbers from 0 to 1 (${actions.join(', ')}), got ${shown(given)}`);
  const sum = listed.reduce((total, p) => total + p, 0);
  // Each may have been rounded to six decimals, which leaves their sum a little off 1.
  if (Math.abs(sum - 1) > k * 1e-6) throw wrong(`\`${column}\` sum to ${Number(sum.toFixed(6))}, not 1`);
  return Math.abs(sum - 1) > 1e-9 ? listed.map((p) => p / sum) : listed;
}

/** Numbers in the order of the actions. One that is not named is 0: of probabilities the others must sum to 1. */
function byAction(column: string, named: Row, actions: readonly string[], wrong: Wrong): unknown[] {
  const unknown = Object.keys(named).find((action) => !actions.includes(action));
  if (unknown !== undefined)
    throw wrong(`\`${column}\` names the action ${quoted(unknown)} (known: ${actions.join(', ')})`);
  return actions.map((action) => (Object.hasOwn(named, action) ? (named[action] ?? 0) : 0));
}

const isObject = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
const isProbability = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
const isSpread = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;

/** What a declaration that no compiler has checked may have in another shape than its type promises. */
import { UnderstudyError } from './error.ts';
import { suggestion } from './suggestion.ts';

/**
 * Refuses anything but an object, and members that nothing reads: a misspelt name would be left out without a word.
 * @param where names what has them, for the error; empty for the declaration itself
 * @throws {UnderstudyError} SCENARIO_MEMBER naming the member, what was probably meant and what there is
 */
export function requireMembers(where: string, value: unknown, known: readonly string[]): void {
  const name = where === '' ? 'a scenario' : where;
  const members = `(known: ${known.join(', ')})`;
  if (!isObject(value)) {
    const example = known.includes('phrases') ? `, as in ${name}: { phrases: ['…', '…'] }` : '';
    throw wrong(name, `an object${example}`, value, members);
  }
  const unknown = Object.keys(value).find((member) => !known.includes(member));
  if (unknown === undefined) return;
  const near = suggestion(unknown, known);
  throw new UnderstudyError(
    'SCENARIO_MEMBER',
    `${name} has no member ${unknown}${near ? `; did you mean ${near}?` : ''} ${members}`,
  );
}

/** @throws {UnderstudyError} SCENARIO_MEMBER for anything but an object, whatever its members */
export function requireObject(where: string, value: unknown): void {
  if (!isObject(value)) throw wrong(where, 'an object', value);
}

/** @throws {UnderstudyError} SCENARIO_MEMBER for anything but a list */
export function requireList(where: string, value: unknown): void {
  if (!Array.isArray(value)) throw wrong(where, 'a list', value);
}

/** @throws {UnderstudyError} SCENARIO_MEMBER for anything but a list of texts that are not blank */
export function requireTexts(where: string, value: unknown): void {
  if (!Array.isArray(value)) throw wrong(where, 'a list of texts', value);
  for (const [i, text] of value.entries())
    if (typeof text !== 'string' || text.trim() === '') throw wrong(`${where}[${i}]`, 'a text', text);
}

/** @throws {UnderstudyError} SCENARIO_MEMBER for anything but an object of lists of texts */
export function requireTextLists(where: string, value: unknown): void {
  requireObject(where, value);
  for (const [name, texts] of Object.entries(value as object)) requireTexts(`${where}.${name}`, texts);
}

/** @throws {UnderstudyError} SCENARIO_MEMBER for anything but a list of pairs of texts */
export function requirePairs(where: string, value: unknown): void {
  requireList(where, value);
  for (const [i, pair] of (value as readonly unknown[]).entries()) {
    if (!Array.isArray(pair) || pair.length !== 2) throw wrong(`${where}[${i}]`, 'two texts', pair);
    requireTexts(`${where}[${i}]`, pair);
  }
}

/** @throws {UnderstudyError} SCENARIO_MEMBER for anything but an object of functions; what is undefined is not there */
export function requireFunctions(where: string, value: unknown): void {
  requireObject(where, value);
  for (const [name, law] of Object.entries(value as object))
    if (law !== undefined && typeof law !== 'function') throw wrong(`${where}.${name}`, 'a function', law);
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (where: string, expected: string, value: unknown, more = '') =>
  new UnderstudyError('SCENARIO_MEMBER', `${where}: expected ${expected}, got ${kindOf(value)}${more && ` ${more}`}`);

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'string' ? `"${value.slice(0, 60)}"` : String(value);
}

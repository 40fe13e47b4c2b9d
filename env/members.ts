import { UnderstudyError } from './error.ts';
import { suggestion } from './suggestion.ts';

/**
 * Refuses members that nothing reads: a misspelt name would be left out without a word.
 * @param where names what has them, for the error; empty for the declaration itself
 * @throws {UnderstudyError} SCENARIO_MEMBER naming the member, what was probably meant and what there is
 */
export function requireMembers(where: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = suggestion(unknown, known);
  throw new UnderstudyError(
    'SCENARIO_MEMBER',
    `${where === '' ? 'a scenario' : where} has no member ${unknown}${near ? `; did you mean ${near}?` : ''} (known: ${known.join(', ')})`,
  );
}

import { suggestion } from '../env/suggestion.ts';

/** How a mistake about a name is put: the name, what was probably meant, and what is known. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const meant = suggestion(name, known);
  return `unknown ${kind}: ${name}${meant ? `, did you mean ${meant}?` : ''} (known: ${known.join(', ')})`;
}

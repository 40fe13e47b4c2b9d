/** What tells the two alternatives of a choice apart in the name of a phrase. */
const markers: readonly (readonly [string, string])[] = [
  ['a', 'b'],
  ['left', 'right'],
  ['first', 'second'],
];
/** Words after which 1 and 2 are alternatives, not quantities. */
const numbered = /^(alternative|candidate|choice|item|offer|option|product|profile|variant)$/;

const wordsOf = (phrase: string): string[] => phrase.toLowerCase().match(/[\p{L}\p{N}]+|[^\p{L}\p{N}]+/gu) ?? [];

/** The same phrase about the other alternative, in lower case; undefined for one that is about neither. */
function otherSide(phrase: string): string | undefined {
  const words = wordsOf(phrase);
  for (const [at, word] of words.entries()) {
    const pair = markers.find((names) => names.includes(word));
    const other = pair
      ? pair.find((name) => name !== word)!
      : (word === '1' || word === '2') && numbered.test(words[at - 2] ?? '')
        ? String(3 - Number(word))
        : undefined;
    if (other !== undefined) return words.with(at, other).join('');
  }
  return undefined;
}

/**
 * Which phrase says of one alternative what another says of the other: "A: price 10" and "B: price 10". A choice between
 * two alternatives is nearly the same question with the two exchanged, and the other answer.
 * @returns by phrase the index of its counterpart, its own where it has none; undefined unless two phrases or more have one
 */
export function mirrorOf(phrases: readonly string[]): Int32Array | undefined {
  const places = new Map(phrases.map((phrase, j) => [wordsOf(phrase).join(''), j]));
  const others = phrases.map((phrase) => places.get(otherSide(phrase) ?? ''));
  const mirror = Int32Array.from(phrases, (_, j) => {
    const other = others[j];
    return other !== undefined && others[other] === j ? other : j;
  });
  return mirror.filter((other, j) => other !== j).length >= 4 ? mirror : undefined;
}

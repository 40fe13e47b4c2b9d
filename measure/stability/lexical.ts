/**
 * Term-frequency vectors of texts over their common vocabulary: how often each word occurs, words compared in lower
 * case, punctuation apart. Two texts of the same words point in the same direction whatever the order of the words;
 * synonyms count as different. A measure of wording, not of meaning (Salton, Wong & Yang, "A vector space model for
 * automatic indexing", 1975).
 * @returns shape [texts][words of all texts], words in order of first occurrence
 * @example termFrequencies(['hot, hot day', 'cold day']) // => [[2, 1, 0], [0, 1, 1]]
 */
export function termFrequencies(texts: readonly string[]): number[][] {
  const words = texts.map((text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  const places = new Map<string, number>();
  for (const list of words) for (const word of list) if (!places.has(word)) places.set(word, places.size);
  return words.map((list) => {
    const vector = new Array<number>(places.size).fill(0);
    for (const word of list) vector[places.get(word)!]!++;
    return vector;
  });
}

import { basename } from 'node:path';
import type { WorkOptions } from '../../env/work.ts';
import type { Embedder } from '../../policies/embedder/embedder.ts';
import { mean } from '../../stats/moments.ts';
import { meanCosineSimilarity } from '../../stats/repetitions.ts';
import type { Cosine } from '../../workspace/stability.ts';

/** Texts as vectors whose angles say how alike they are. */
export interface TextSpace {
  readonly method: string;
  vectors(texts: readonly string[]): readonly (readonly number[])[];
}

/** Without an embedding model: words counted. */
export const lexicalSpace: TextSpace = {
  method:
    'lexical: cosine of the term frequencies of the words, not an embedding; it compares wording, not meaning (an embedding model by --embedder PATH would; the embeddings of the bundled teacher carry no meaning)',
  vectors: termFrequencies,
};

/** Texts by an embedding model, each embedded once. */
export async function embeddingSpace(
  embedder: Embedder,
  path: string | undefined,
  texts: readonly string[],
  { signal, progress }: WorkOptions,
): Promise<TextSpace> {
  const distinct = [...new Set(texts)];
  const vectors = await embedder.embed(distinct, {
    signal,
    onProgress: (done, of) => progress?.({ stage: 'embedding explanations', done, of }),
  });
  const known = new Map(distinct.map((text, i) => [text, vectors[i]!]));
  return {
    method: ['embedding:', ...(path === undefined ? [] : [basename(path)]), embedder.id].join(' '),
    vectors: (some) => some.map((text) => known.get(text)!),
  };
}

/** @param explanations shape [prompts][explanations given] */
export function similarity(explanations: readonly (readonly string[])[], space: TextSpace): Cosine {
  const cosine = (texts: readonly string[]): number[] => {
    const directed = space.vectors(texts).filter((vector) => vector.some((component) => component !== 0));
    return directed.length < 2 ? [] : [meanCosineSimilarity(directed)];
  };
  const within = explanations.flatMap(cosine);
  const [between] = cosine(explanations.flatMap((texts) => texts[0] ?? []));
  return {
    value: within.length > 0 ? mean(within) : null,
    between: between ?? null,
    method: space.method,
    prompts: within.length,
    ...(within.length === 0 && { reason: 'no prompt has two explanations' }),
  };
}

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

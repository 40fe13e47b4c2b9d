import type { WorkOptions } from '../../env/work.ts';
import type { Embedder } from '../../policies/embedder/embedder.ts';
import { WordEmbedder } from '../../policies/embedder/words.ts';
import { mean } from '../../stats/moments.ts';
import { meanCosineSimilarity } from '../../stats/repetitions.ts';
import type { Cosine } from '../../workspace/stability.ts';

/** Texts as vectors whose angles say how alike they are. */
export interface TextSpace {
  /** What is compared and what it cannot see; begins with `lexical:`, `word vectors:` or `embedding:`. */
  readonly method: string;
  /** A vector of zeros has no direction: its text is compared with nothing. */
  vectors(texts: readonly string[]): readonly (readonly number[])[];
  /** Share of the words of some texts that have a vector; undefined for texts without words. Absent if it makes no difference. */
  coverage?(texts: readonly string[]): number | undefined;
}

/** Words counted: `--embedder words`. */
export const lexicalSpace: TextSpace = {
  method: 'lexical: cosine of word counts, which compare wording, not meaning',
  vectors: termFrequencies,
};

/** Word vectors that know fewer words than this share compare what happens to look English. */
const KNOWN = 0.5;

/**
 * What explanations are compared in unless somebody says otherwise: the bundled word vectors; counted words, with the
 * reason, if the vectors know fewer than half of the words, as in another language.
 */
export function wordSpace(texts: readonly string[], embedder = new WordEmbedder()): TextSpace {
  const coverage = (some: readonly string[]) => {
    const counts = some.map((text) => embedder.embed(text));
    const words = counts.reduce((sum, count) => sum + count.words, 0);
    return words === 0 ? undefined : counts.reduce((sum, { known }) => sum + known, 0) / words;
  };
  const share = coverage(texts) ?? (texts.length === 0 ? 1 : 0);
  if (share < KNOWN)
    return {
      ...lexicalSpace,
      method: `${lexicalSpace.method}; the bundled word vectors are English and know ${Math.floor(100 * share)} % of these words (for other languages: --embedder PATH, a multilingual model)`,
      coverage,
    };
  return {
    method: `word vectors: means of ${embedder.id} weighted by smooth inverse frequency, which compare what texts are about; they see neither word order nor negation, nor which of two opposites is said`,
    vectors: (some) => some.map((text) => embedder.embed(text).vector),
    coverage,
  };
}

/** Texts by an embedding model, each embedded once. */
export async function embeddingSpace(
  embedder: Embedder,
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
    method: `embedding: ${embedder.id}${embedder.caveat ? `; ${embedder.caveat}` : ''}`,
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
  const coverage = space.coverage?.(explanations.flat());
  return {
    value: within.length > 0 ? mean(within) : null,
    between: between ?? null,
    method: space.method,
    prompts: within.length,
    ...(coverage !== undefined && { coverage }),
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

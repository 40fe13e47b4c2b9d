/** What is known of a model before a text is read. */
export interface PoolingMetadata {
  /** `general.architecture` of the file. */
  readonly architecture: string;
  /** `{architecture}.pooling_type` of the file: 0 none, 1 mean, 2 CLS, 3 last, 4 rank (llama.h, llama_pooling_type). */
  readonly type: number | undefined;
}

const DECLARED: Readonly<Record<number, string>> = {
  1: 'mean of all tokens',
  2: 'first token (CLS)',
  3: 'last token',
};

/** How the vectors of a text's tokens become one. */
export interface Pooling {
  /** For the log. */
  readonly pooling: string;
  /** Why similarities may mean little; absent for a file that names its pooling. */
  readonly caveat?: string;
}

/**
 * How the vectors of a text's tokens become one, in words for the log. The file decides; llama.cpp reads its
 * `pooling_type` and takes none where it is absent (llama_hparams, llama-context.cpp), in which case node-llama-cpp
 * takes the vector of the last token.
 * @returns undefined for a reranker, which scores pairs of texts and embeds none
 */
export function poolingOf({ architecture, type }: PoolingMetadata): Pooling | undefined {
  if (type === 4) return undefined;
  const declared = type === undefined ? undefined : DECLARED[type];
  if (declared !== undefined) return { pooling: `${declared}, as the file says` };
  const key = `${architecture}.pooling_type`;
  const reason = type === undefined ? `the file has no ${key}` : `its ${key} is ${type}`;
  const caveat = `${reason}; models made to embed texts name theirs, so similarities may mean little`;
  return { pooling: `last token, since ${caveat}`, caveat };
}

import { type Observations, orderOf } from '../../../env/observation.ts';
import { pairsOf } from '../../../policies/students/bag.ts';

/** What the terms of a regression have in common, and a penalty of their own for. */
export type TermClass = (typeof termClasses)[number];
/**
 * Phrases alone, a trait with a context, two traits or two contexts; of a choice between two alternatives each again for
 * what does not change sides when the alternatives do: a liking for the first one.
 */
export const termClasses = [
  'phrases',
  'trait × context',
  'other pairs',
  'phrases, either side',
  'trait × context, either side',
  'other pairs, either side',
] as const;

/** Columns of one class, row by row: entries start[i]…start[i + 1) are of row i. */
export interface TermBlock {
  readonly name: TermClass;
  readonly start: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/** The terms of a regression over observations. */
export interface Terms {
  /** Columns of all blocks together. */
  readonly columns: number;
  readonly blocks: readonly TermBlock[];
  /**
   * Coefficients of phrases, then of pairs in the order of `pairsOf`, of coefficients of columns.
   * @param coefficients shape [columns, outputs]
   * @returns shape [phrases + pairs, outputs]; a term that never occurred has 0
   */
  unfold(coefficients: Float64Array, outputs: number): Float32Array;
}

export interface TermOptions {
  /** Phrases that are traits, which come before the contexts. */
  readonly traits: number;
  /** Whether pairs of phrases are terms too. */
  readonly pairs: boolean;
  /** By phrase, that of the other alternative (`mirrorOf`); absent if the two actions are not alternatives. */
  readonly mirror?: Int32Array | undefined;
}

/** A pair that fewer rows hold says too little. */
const FEWEST_ROWS = 5;

/**
 * The terms of a regression on phrases and pairs of phrases. With a mirror, a term f and its counterpart g stand as their
 * difference f − g and their sum f + g: two alternatives are as likely to be judged alike as they are worded alike, and
 * the sums, which are about the order in which they are shown, get a penalty apart.
 */
export function termsOf(batch: Observations, { traits, pairs, mirror }: TermOptions): Terms {
  const { width } = batch;
  const n = batch.masks.length;
  const pairNames = pairs ? pairsOf(width) : [];
  const pairAt = (a: number, b: number) => {
    const [low, high] = a < b ? [a, b] : [b, a];
    return width + (low * (2 * width - low - 1)) / 2 + (high - low - 1);
  };
  const features = Array.from({ length: n }, (_, i) => {
    const shown = orderOf(batch, i);
    const found = [...shown];
    if (pairs)
      for (let s = 0; s < shown.length; s++)
        for (let t = s + 1; t < shown.length; t++) found.push(pairAt(shown[s]!, shown[t]!));
    return found;
  });
  const counts = new Uint32Array(width + pairNames.length);
  for (const found of features) for (const f of found) counts[f]!++;
  const counterpart = (f: number): number => {
    if (!mirror) return f;
    if (f < width) return mirror[f]!;
    const [a, b] = pairNames[f - width]!;
    return pairAt(mirror[a]!, mirror[b]!);
  };
  // A term that every row has is the intercept; a pair that is there whenever one of its phrases is, is that phrase.
  const useful = (f: number): boolean => {
    const count = counts[f]! + (counterpart(f) === f ? 0 : counts[counterpart(f)]!);
    if (f < width) return counts[f]! < n && count > 0;
    const [a, b] = pairNames[f - width]!;
    return count >= FEWEST_ROWS && counts[f]! < Math.min(counts[a]!, counts[b]!);
  };
  const kindOf = (f: number): number => {
    if (f < width) return 0;
    const [a, b] = pairNames[f - width]!;
    return a < traits && b >= traits ? 1 : 2;
  };
  /** By feature, its entries: block, column and value. */
  const entries: (readonly (readonly [number, number, number])[])[] = Array.from({ length: counts.length }, () => []);
  const sources: { readonly column: number; readonly feature: number; readonly value: number }[] = [];
  let columns = 0;
  const column = (block: number, parts: readonly (readonly [number, number])[]) => {
    for (const [f, value] of parts) {
      entries[f] = [...entries[f]!, [block, columns, value]];
      sources.push({ column: columns, feature: f, value });
    }
    columns++;
  };
  for (let f = 0; f < counts.length; f++) {
    const other = counterpart(f);
    if (other < f || !useful(f)) continue;
    if (other === f) column(kindOf(f) + (mirror ? 3 : 0), [[f, 1]]);
    else {
      column(kindOf(f), [
        [f, 1],
        [other, -1],
      ]);
      column(kindOf(f) + 3, [
        [f, 1],
        [other, 1],
      ]);
    }
  }
  const blocks = termClasses.flatMap((name, block) => {
    const start = new Int32Array(n + 1);
    const at: number[] = [];
    const values: number[] = [];
    features.forEach((found, i) => {
      for (const f of found)
        for (const [of, c, value] of entries[f]!)
          if (of === block) {
            at.push(c);
            values.push(value);
          }
      start[i + 1] = at.length;
    });
    return at.length === 0 ? [] : [{ name, start, columns: Int32Array.from(at), values: Float32Array.from(values) }];
  });
  return {
    columns,
    blocks,
    unfold(coefficients, outputs) {
      const unfolded = new Float64Array(counts.length * outputs);
      for (const { column, feature, value } of sources)
        for (let a = 0; a < outputs; a++)
          unfolded[feature * outputs + a]! += value * coefficients[column * outputs + a]!;
      return Float32Array.from(unfolded);
    },
  };
}

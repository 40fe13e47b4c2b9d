import { philoxInto, purposes, streamKey } from '../env/random.ts';

/**
 * P-values corrected for testing several hypotheses at once by Holm's step-down procedure: rejecting those of at most α
 * keeps the probability of any false rejection at most α, whatever the dependence between the tests.
 * Holm, "A simple sequentially rejective multiple test procedure", 1979; as adjusted p-values: Wright 1992.
 * @param p shape [m], from 0 to 1
 * @throws {RangeError} if a value is not a probability
 * @returns shape [m], in the order given: the i-th smallest times m − i + 1, at least every smaller one's, at most 1
 * @example holm([0.01, 0.04, 0.03]) // => [0.03, 0.06, 0.06]
 */
export function holm(p: readonly number[]): number[] {
  p.forEach((value, i) => {
    if (!(value >= 0 && value <= 1))
      throw new RangeError(`Holm's correction: value ${i} is ${value}, expected a probability from 0 to 1`);
  });
  const adjusted = new Array<number>(p.length);
  let most = 0;
  [...p.keys()]
    .sort((a, b) => p[a]! - p[b]!)
    .forEach((index, rank) => {
      most = Math.max(most, Math.min(1, (p.length - rank) * p[index]!));
      adjusted[index] = most;
    });
  return adjusted;
}

export interface SignFlipTest {
  /** Two-sided. */
  readonly p: number;
  /** Whether every assignment of signs was counted. */
  readonly exact: boolean;
}

export interface SignFlipOptions {
  readonly seed: number;
  /** Number of assignments to draw if there are more; default 10,000. */
  readonly resamples?: number;
}

/**
 * Paired permutation test of differences that should be symmetric about 0: how often their sum lies at least as far from
 * 0 when each keeps or changes its sign by chance. Fisher, "The design of experiments", 1935, section 21.
 *
 * If the differences other than 0 have at most `resamples` assignments of signs, all of them are counted and p is exact.
 * Otherwise that many are drawn, and p counts the observed one among them, (hits + 1) / (draws + 1),
 * which keeps the test valid (Phipson & Smyth, "Permutation p-values should never be zero", 2010).
 * @param differences shape [n], one for each independent pair
 * @throws {RangeError} if there are none, one is not finite or resamples is not a positive integer
 * @returns p of 1 where all differences are 0; the same for the same seed
 * @example signFlipTest([1, 2, 3, 4], { seed: 0 }) // => { p: 0.125, exact: true }
 */
export function signFlipTest(
  differences: ArrayLike<number>,
  { seed, resamples = 10_000 }: SignFlipOptions,
): SignFlipTest {
  if (differences.length === 0) throw new RangeError('the sign-flip test needs 1 difference or more, got 0');
  const given = Float64Array.from(differences);
  const wrong = given.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new RangeError(`sign-flip test: difference ${wrong} is ${given[wrong]}`);
  // A difference of 0 has no sign to change.
  const values = given.filter((value) => value !== 0);
  const n = values.length;
  const total = values.reduce((sum, value) => sum + value, 0);
  const size = values.reduce((sum, value) => sum + Math.abs(value), 0);
  // Sums that are equal in exact arithmetic may differ in their last bits.
  const least = Math.abs(total) - size * n * Number.EPSILON;
  /** The sum when those change their sign whose bit is set. */
  const flipped = (bits: ArrayLike<number>) => {
    let changed = 0;
    for (let i = 0; i < n; i++) changed += values[i]! * ((bits[i >> 5]! >>> (i & 31)) & 1);
    return total - 2 * changed;
  };
  const { exact, assignments } = randomSigns(n, { seed, resamples });
  let hits = 0;
  let all = 0;
  for (const bits of assignments()) {
    if (Math.abs(flipped(bits)) >= least) hits++;
    all++;
  }
  return { p: exact ? hits / all : (hits + 1) / (all + 1), exact };
}

/**
 * Assignments of signs to n differences, as bits of words of 32: each once if there are at most `resamples`, otherwise that
 * many drawn. The words are the same array every time.
 */
export function randomSigns(
  n: number,
  { seed, resamples }: Required<SignFlipOptions>,
): { readonly exact: boolean; assignments(): Generator<ArrayLike<number>> } {
  if (!Number.isInteger(resamples) || resamples < 1)
    throw new RangeError(`sign-flip test: expected 1 resample or more, got ${resamples}`);
  const exact = n < 31 && 2 ** n <= resamples;
  return {
    exact,
    *assignments() {
      const draw = exact ? undefined : randomBits(n, seed);
      for (let r = 0; r < (exact ? 2 ** n : resamples); r++) yield draw ? draw() : [r];
    },
  };
}

/** Draws n bits each time, in words of 32. */
function randomBits(n: number, seed: number): () => Uint32Array {
  const { stream, first, word } = purposes.signs;
  const [k0, k1] = streamKey(seed, stream);
  const words = new Uint32Array(4 * Math.ceil(n / 128));
  let block = 0;
  return () => {
    for (let at = 0; at < words.length; at += 4, block++)
      philoxInto(words.subarray(at, at + 4), block >>> 0, Math.floor(block / 2 ** 32), first, word, k0, k1);
    return words;
  };
}

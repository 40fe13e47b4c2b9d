import { fQuantile, fSurvival } from './f-distribution.ts';
import { spearmanBrown } from './noise-ceiling.ts';

/** The six forms of Shrout & Fleiss: how raters were chosen, and whether one rating or the mean of k is used. */
export const iccForms = ['ICC(1,1)', 'ICC(2,1)', 'ICC(3,1)', 'ICC(1,k)', 'ICC(2,k)', 'ICC(3,k)'] as const;
export type IccForm = (typeof iccForms)[number];

/** An intraclass correlation with its 95 % confidence interval and the F test of no variance between subjects. */
export interface Icc {
  readonly form: IccForm;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly f: number;
  readonly df1: number;
  readonly df2: number;
  readonly p: number;
}

/** What `icc` gives back if there is no variance to share: not a number, so that it is not taken for 1 (or for 0). */
export interface IccUndefined {
  readonly form: IccForm;
  readonly value: undefined;
  readonly lower: undefined;
  readonly upper: undefined;
  /** "no variance: …", for people. */
  readonly reason: string;
}

const CONFIDENCE = 0.95;

/**
 * Agreement of repeated ratings: the share of variance that lies between subjects.
 * Shrout & Fleiss, "Intraclass correlations: uses in assessing rater reliability", 1979, table 2; confidence intervals
 * as there and in McGraw & Wong, "Forming inferences about some intraclass correlation coefficients", 1996.
 *
 * | form | raters | for |
 * |---|---|---|
 * | ICC(1,·) | other ones for each subject | exchangeable reruns: run 1 of one prompt has nothing to do with run 1 of another |
 * | ICC(2,·) | the same, a random sample of raters; absolute agreement | crossed orders or paraphrases that stand for more |
 * | ICC(3,·) | the same, the only ones of interest; consistency | fixed orders or paraphrases |
 *
 * (·,1) is the reliability of one rating, (·,k) of the mean of all k.
 * @param ratings shape [subjects, raters], no missing cells
 * @throws {RangeError} if there are fewer than 2 subjects or 2 raters, rows differ in length, a cell is not finite, or
 *   the form is unknown
 * @returns at most 1, and below 0 where ratings of one subject differ more than those of different subjects; `value`
 *   undefined, with the reason, if there is no variance to share
 * @example icc([[1, 2], [3, 3], [5, 6]], 'ICC(1,1)').value // => 0.9215…
 */
export function icc(ratings: readonly ArrayLike<number>[], form: IccForm): Icc | IccUndefined {
  const { n, k, between, within, raters, residual } = meanSquares(ratings);
  const undefinedFor = (reason: string): IccUndefined => ({
    form,
    value: undefined,
    lower: undefined,
    upper: undefined,
    reason: `no variance: ${reason}`,
  });
  if (between === 0 && within === 0) return undefinedFor(`all ${n * k} ratings are equal`);

  const upperTail = 1 - (1 - CONFIDENCE) / 2;
  /** One-way and consistency forms: both a function of one F ratio. */
  const ofRatio = (error: number, df2: number, averaged: boolean): Icc | IccUndefined => {
    if (between === 0 && error === 0) return undefinedFor('all subjects have the same ratings');
    const df1 = n - 1;
    const f = between / error;
    const low = f / fQuantile(upperTail, df1, df2);
    const high = f * fQuantile(upperTail, df2, df1);
    const at = (ratio: number) => ofF(ratio, k, averaged);
    return { form, value: at(f), lower: at(low), upper: at(high), f, df1, df2, p: fSurvival(f, df1, df2) };
  };
  /** Absolute agreement of raters who are a sample: three variances, so that the degrees of freedom are estimated. */
  const ofAgreement = (averaged: boolean): Icc | IccUndefined => {
    const df1 = n - 1;
    const df2 = (n - 1) * (k - 1);
    const value = agreementOf({ n, k, between, raters, residual });
    if (value === undefined) return undefinedFor(CANCEL);
    const [lower, upper] = agreementInterval(value, upperTail, { n, k, between, raters, residual });
    const f = between / residual;
    const stepped = (one: number) => (averaged ? spearmanBrown(one, k) : one);
    return {
      form,
      value: stepped(value),
      lower: stepped(lower),
      upper: stepped(upper),
      f,
      df1,
      df2,
      p: Number.isNaN(f) ? 1 : fSurvival(f, df1, df2),
    };
  };

  switch (form) {
    case 'ICC(1,1)':
      return ofRatio(within, n * (k - 1), false);
    case 'ICC(1,k)':
      return ofRatio(within, n * (k - 1), true);
    case 'ICC(2,1)':
      return ofAgreement(false);
    case 'ICC(2,k)':
      return ofAgreement(true);
    case 'ICC(3,1)':
      return ofRatio(residual, (n - 1) * (k - 1), false);
    case 'ICC(3,k)':
      return ofRatio(residual, (n - 1) * (k - 1), true);
    default:
      throw new RangeError(`unknown form of ICC: ${String(form)} (known: ${iccForms.join(', ')})`);
  }
}

/** The estimate of a form; undefined if there is no variance to share. */
export function estimateOf(squares: MeanSquares, form: IccForm): number | undefined {
  const { k, between, within, residual } = squares;
  const averaged = form.endsWith('k)');
  if (between === 0 && within === 0) return undefined;
  if (form.startsWith('ICC(2')) {
    const one = agreementOf(squares);
    return one === undefined || !averaged ? one : spearmanBrown(one, k);
  }
  const error = form.startsWith('ICC(1') ? within : residual;
  return between === 0 && error === 0 ? undefined : ofF(between / error, k, averaged);
}

/** (f − 1) / (f + k − 1) and 1 − 1 / f, in a form that takes f = ∞ (no error at all) to 1. */
const ofF = (f: number, k: number, averaged: boolean): number => (averaged ? 1 - 1 / f : 1 - k / (f + k - 1));

const CANCEL = 'the variances of subjects, raters and residual cancel';

/** ICC(2,1); undefined where its variances cancel. */
function agreementOf({ n, k, between, raters, residual }: Omit<MeanSquares, 'within'>): number | undefined {
  const total = between + (k - 1) * residual + (k * (raters - residual)) / n;
  return total === 0 ? undefined : (between - residual) / total;
}

export interface MeanSquares {
  /** Subjects. */
  readonly n: number;
  /** Raters. */
  readonly k: number;
  /** Between subjects. */
  readonly between: number;
  /** Within subjects. */
  readonly within: number;
  /** Between raters. */
  readonly raters: number;
  /** Within subjects, what raters leave. */
  readonly residual: number;
}

/** Shrout & Fleiss 1979, table 1: the two-way analysis of variance. */
export function meanSquares(ratings: readonly ArrayLike<number>[]): MeanSquares {
  const n = ratings.length;
  const k = ratings[0]?.length ?? 0;
  if (n < 2) throw new RangeError(`an ICC compares 2 subjects or more, got ${n}`);
  if (k < 2) throw new RangeError(`an ICC compares 2 ratings of each subject or more, got ${k}`);
  const raterMeans = new Float64Array(k);
  const subjectMeans = new Float64Array(n);
  let largest = 0;
  ratings.forEach((row, i) => {
    if (row.length !== k) throw new RangeError(`ICC: subject 0 has ${k} ratings, subject ${i} has ${row.length}`);
    for (let j = 0; j < k; j++) {
      if (!Number.isFinite(row[j]!))
        throw new RangeError(`ICC: subject ${i}, rater ${j} is ${row[j]}; no cell may be missing`);
      subjectMeans[i]! += row[j]! / k;
      raterMeans[j]! += row[j]! / n;
      largest = Math.max(largest, Math.abs(row[j]!));
    }
  });
  const grand = subjectMeans.reduce((sum, value) => sum + value, 0) / n;
  let subjects = 0;
  let raters = 0;
  let within = 0;
  let residual = 0;
  for (let i = 0; i < n; i++) {
    subjects += k * (subjectMeans[i]! - grand) ** 2;
    for (let j = 0; j < k; j++) {
      within += (ratings[i]![j]! - subjectMeans[i]!) ** 2;
      residual += (ratings[i]![j]! - subjectMeans[i]! - raterMeans[j]! + grand) ** 2;
    }
  }
  for (let j = 0; j < k; j++) raters += n * (raterMeans[j]! - grand) ** 2;
  // Means of equal ratings differ in their last bits; such squares are not variance.
  const rounding = n * k * (n + k) * (largest * Number.EPSILON) ** 2;
  const over = (squares: number, df: number) => (squares <= rounding ? 0 : squares / df);
  return {
    n,
    k,
    between: over(subjects, n - 1),
    within: over(within, n * (k - 1)),
    raters: over(raters, k - 1),
    residual: over(residual, (n - 1) * (k - 1)),
  };
}

/** Shrout & Fleiss 1979, p. 424: the approximate interval of ICC(2,1). */
function agreementInterval(
  value: number,
  p: number,
  { n, k, between, raters, residual }: Omit<MeanSquares, 'within'>,
): readonly [number, number] {
  // Satterthwaite's degrees of freedom; without a residual, their limit: those of the raters alone.
  const spread = n * (1 + (k - 1) * value) - k * value;
  const ratio = raters / residual;
  const df =
    residual === 0
      ? raters === 0
        ? (n - 1) * (k - 1)
        : k - 1
      : ((k - 1) * (n - 1) * (k * value * ratio + spread) ** 2) / ((n - 1) * (k * value * ratio) ** 2 + spread ** 2);
  const error = k * raters + (k * n - k - n) * residual;
  const low = fQuantile(p, n - 1, Math.max(1, df));
  const high = fQuantile(p, Math.max(1, df), n - 1);
  return [
    // Without a residual or a difference between raters, rounding can leave the quotients just above 1.
    Math.min(1, (n * (between - low * residual)) / (low * error + n * between)),
    Math.min(1, (n * (high * between - residual)) / (error + n * high * between)),
  ];
}

/**
 * The rule of an oracle: a teacher whose truth is known.
 *
 * An observation is the ordered list of phrase indices that hold, in the order shown: traits first
 * (indices below `traitCount`), then contexts. Its logit is
 *
 *   intercept + scale · (Σ main effects · primacy weights + Σ pairs + Σ triples) + paraphrase shift
 *
 * and a reply states a probability that is that logit's, plus planted noise, heaped to a grid.
 * Nothing here is random: the distribution of a reply is given exactly.
 */

/** Phrases that add an effect of their own where all of them hold. */
export interface Interaction {
  readonly phrases: readonly number[];
  readonly effect: number;
}

/** How a reply strays from the rule: logit + N(0, sd²), then rounded to a grid. */
export interface ReplyNoise {
  /** Standard deviation in logits. */
  readonly sd: number;
  /** Share of replies that are rounded to `grid`; the rest is rounded to 0.01. */
  readonly heaping: number;
  /** Width of the coarse grid, a multiple of 0.01 that divides 1. */
  readonly grid: number;
}

export interface OracleRule {
  /** Phrases below this index are traits, the others contexts. */
  readonly traitCount: number;
  readonly intercept: number;
  readonly scale: number;
  /** Main effect of each phrase, in vocabulary order. */
  readonly main: readonly number[];
  readonly pairs: readonly Interaction[];
  readonly triples: readonly Interaction[];
  /** The first phrase of a list weighs 1 + primacy, the last 1 − primacy, linearly between; a lone phrase weighs 1. */
  readonly primacy: number;
  /** Shift of the logit by paraphrase of the prompt. */
  readonly paraphraseShifts: readonly number[];
  readonly noise: ReplyNoise;
}

/** How an oracle puts a driver into words. In a template, `{clause}` and `{likelihood}` are replaced. */
export interface OracleWording {
  /** Wordings of each phrase, in vocabulary order; no clause is part of another. */
  readonly clauses: readonly (readonly string[])[];
  /** Words for a stated probability, by rising bound; each holds below its bound. */
  readonly likelihoods: readonly { readonly below: number; readonly words: string }[];
  /** Templates where the driver speaks for the decision. */
  readonly supporting: readonly string[];
  /** Templates where no phrase speaks for the decision and the driver is the strongest against it. */
  readonly opposing: readonly string[];
  /** Templates of the empty observation. */
  readonly empty: readonly string[];
}

/** What an oracle decides, and how it says so. */
export interface KnownRule {
  readonly rule: OracleRule;
  readonly wording: OracleWording;
}

/** Replies state one of 0.00, 0.01 … 1.00. */
export const replyValues = 101;

/**
 * Primacy weight of each phrase, in the order shown: linear within each list and 1 on average, so
 * that the order of a list moves the logit but its mean over all orders does not.
 * @throws {RangeError} if a phrase is unknown, comes twice, or a trait comes after a context
 */
export function primacyWeights(rule: OracleRule, observation: readonly number[]): number[] {
  const traits = observation.filter((phrase) => phrase < rule.traitCount).length;
  const seen = new Set<number>();
  return observation.map((phrase, index) => {
    if (rule.main[phrase] === undefined)
      throw new RangeError(`unknown phrase index: ${phrase} (known: 0 to ${rule.main.length - 1})`);
    if (seen.has(phrase)) throw new RangeError(`phrase index ${phrase} occurs twice in [${observation}]`);
    seen.add(phrase);
    if (phrase < rule.traitCount !== index < traits)
      throw new RangeError(`traits come before contexts, got [${observation}]`);
    const [position, size] = index < traits ? [index, traits] : [index - traits, observation.length - traits];
    return size < 2 ? 1 : 1 + rule.primacy * (1 - (2 * position) / (size - 1));
  });
}

/**
 * The logit of the rule's probability.
 * @throws {RangeError} if the observation or the paraphrase is not valid
 */
export function utility(rule: OracleRule, observation: readonly number[], paraphrase = 0): number {
  const shift = rule.paraphraseShifts[paraphrase];
  if (shift === undefined) {
    throw new RangeError(`unknown paraphrase: ${paraphrase} (known: 0 to ${rule.paraphraseShifts.length - 1})`);
  }
  const weights = primacyWeights(rule, observation);
  const present = new Set(observation);
  let sum = 0;
  observation.forEach((phrase, index) => {
    sum += (rule.main[phrase] as number) * (weights[index] as number);
  });
  for (const { phrases, effect } of [...rule.pairs, ...rule.triples]) {
    if (phrases.every((phrase) => present.has(phrase))) sum += effect;
  }
  return rule.intercept + rule.scale * sum + shift;
}

/** The probability that the rule states before noise and rounding. */
export function probability(rule: OracleRule, observation: readonly number[], paraphrase = 0): number {
  return sigmoid(utility(rule, observation, paraphrase));
}

/** The exact probability of each reply value i / 100, i = 0 … 100, under the rule's noise. */
export function replyDistribution(rule: OracleRule, observation: readonly number[], paraphrase = 0): Float64Array {
  const mean = utility(rule, observation, paraphrase);
  const { sd, heaping, grid } = rule.noise;
  const distribution = new Float64Array(replyValues);
  addRounded(distribution, mean, sd, 1, 1 - heaping);
  addRounded(distribution, mean, sd, Math.round(grid * 100), heaping);
  return distribution;
}

/** Mean of a distribution over the reply values. */
export function expectedReply(distribution: ArrayLike<number>): number {
  let mean = 0;
  for (let i = 0; i < distribution.length; i++) mean += (i / 100) * (distribution[i] as number);
  return mean;
}

/** Population variance of a distribution over the reply values. */
export function replyVariance(distribution: ArrayLike<number>): number {
  const mean = expectedReply(distribution);
  let variance = 0;
  for (let i = 0; i < distribution.length; i++) variance += (i / 100 - mean) ** 2 * (distribution[i] as number);
  return variance;
}

/**
 * The agreement of repeated replies that the rule implies over equally weighted prompts: the share
 * of variance that lies between prompts, ICC(1,1) in the limit of many reruns.
 * @throws {RangeError} if there are fewer than 2 prompts
 * @returns undefined where replies do not vary at all
 */
export function impliedIcc(distributions: readonly ArrayLike<number>[]): number | undefined {
  if (distributions.length < 2) throw new RangeError(`expected at least 2 prompts, got ${distributions.length}`);
  const means = distributions.map(expectedReply);
  const mean = average(means);
  const between = means.reduce((sum, m) => sum + (m - mean) ** 2, 0) / (means.length - 1);
  const within = average(distributions.map(replyVariance));
  return between + within > 0 ? between / (between + within) : undefined;
}

/**
 * Shapley value of each shown phrase, in logits and in the order shown, with the primacy weights
 * held at the order shown. An interaction is shared equally by its phrases, because the rule is
 * multilinear (Shapley, "A value for n-person games", 1953).
 */
export function shapleyValues(rule: OracleRule, observation: readonly number[]): number[] {
  const weights = primacyWeights(rule, observation);
  const present = new Set(observation);
  return observation.map((phrase, index) => {
    let value = (rule.main[phrase] as number) * (weights[index] as number);
    for (const { phrases, effect } of [...rule.pairs, ...rule.triples]) {
      if (phrases.includes(phrase) && phrases.every((other) => present.has(other))) value += effect / phrases.length;
    }
    return rule.scale * value;
  });
}

/** The phrase that an explanation names, and whether it speaks for the decision or against it. */
export interface Driver {
  readonly phrase: number;
  /** The phrase's Shapley value in logits. */
  readonly value: number;
  readonly supports: boolean;
}

/**
 * The main driver of a decision: the shown phrase with the largest Shapley value in its direction
 * or, where no phrase speaks for the decision, the largest against it. Ties go to the phrase shown first.
 * @param acts the decision to explain; default: that of the rule's own probability
 * @returns undefined for the empty observation
 */
export function driver(
  rule: OracleRule,
  observation: readonly number[],
  acts: boolean = utility(rule, observation) >= 0,
): Driver | undefined {
  const sign = acts ? 1 : -1;
  const values = shapleyValues(rule, observation);
  const best = (direction: number): Driver | undefined => {
    let found: Driver | undefined;
    values.forEach((value, index) => {
      if (value * direction > 0 && (found === undefined || Math.abs(value) > Math.abs(found.value))) {
        found = { phrase: observation[index] as number, value, supports: direction === sign };
      }
    });
    return found;
  };
  const [first] = observation;
  return best(sign) ?? best(-sign) ?? (first === undefined ? undefined : { phrase: first, value: 0, supports: false });
}

/**
 * One sentence for a stated probability.
 * @param template index of the template, taken modulo their number
 * @param wording index of the driver's wording, taken modulo their number
 */
export function explain(
  words: OracleWording,
  named: Driver | undefined,
  stated: number,
  template = 0,
  wording = 0,
): string {
  const templates = named === undefined ? words.empty : named.supports ? words.supporting : words.opposing;
  const clauses = named === undefined ? [''] : (words.clauses[named.phrase] ?? []);
  const likelihood = words.likelihoods.find(({ below }) => stated < below)?.words ?? '';
  const sentence = (templates[template % templates.length] ?? '')
    .replace('{clause}', clauses[wording % clauses.length] ?? '')
    .replace('{likelihood}', likelihood);
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** The phrases that an explanation names: those of which a clause occurs in it, in vocabulary order. */
export function namedPhrases(words: OracleWording, explanation: string): number[] {
  const text = explanation.toLowerCase();
  return words.clauses.flatMap((clauses, phrase) => (clauses.some((clause) => text.includes(clause)) ? [phrase] : []));
}

/** Adds `mass` of a rounded logistic-normal: the probability of each multiple of `step` hundredths. */
function addRounded(distribution: Float64Array, mean: number, sd: number, step: number, mass: number): void {
  let below = 0;
  for (let value = 0; value < replyValues; value += step) {
    const edge = (value + step / 2) / 100;
    const upTo = edge >= 1 ? 1 : cumulative(Math.log(edge / (1 - edge)), mean, sd);
    distribution[value] = (distribution[value] as number) + mass * (upTo - below);
    below = upTo;
  }
}

/** P(X ≤ x) for X ~ N(mean, sd²); a step at the mean where sd is 0. */
function cumulative(x: number, mean: number, sd: number): number {
  if (sd === 0) return x >= mean ? 1 : 0;
  return normalCdf((x - mean) / sd);
}

/**
 * Standard normal distribution function, absolute error below 1.2e-7: Chebyshev fit of erfc,
 * Press et al., "Numerical Recipes", 2nd edition, 1992, section 6.2.
 */
function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  const polynomial = coefficients.reduceRight((sum, c) => c + t * sum, 0);
  const upper = (t * Math.exp(-x * x + polynomial)) / 2;
  return z > 0 ? 1 - upper : upper;
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

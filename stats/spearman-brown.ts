/**
 * Spearman–Brown prophecy: the reliability of the mean of k answers, from the reliability of one.
 * Spearman, "Correlation calculated from faulty data", 1910; Brown, "Some experimental results in the correlation of
 * mental abilities", 1910.
 * @param reliability of one answer, at most 1; an ICC of single ratings
 * @param k answers averaged; a fraction shortens
 * @throws {RangeError} if k is not positive or the reliability is not a number up to 1
 * @returns at most 1; −Infinity at and below the pole reliability = −1 / (k − 1), which no true reliability reaches
 * @example spearmanBrown(0.5, 4) // => 0.8
 */
export function spearmanBrown(reliability: number, k: number): number {
  if (!(k > 0)) throw new RangeError(`Spearman–Brown: expected a positive number of answers, got ${k}`);
  if (!(reliability <= 1)) throw new RangeError(`Spearman–Brown: expected a reliability up to 1, got ${reliability}`);
  const denominator = 1 + (k - 1) * reliability;
  return denominator <= 0 ? Number.NEGATIVE_INFINITY : (k * reliability) / denominator;
}

/**
 * Tail probabilities, so that a test that draws states how often it would fail by chance and does not guess.
 * Press et al., "Numerical Recipes", 3rd edition, 2007, section 6.2.
 */

/** P(χ² > x) with `freedom` degrees of freedom. @example chiSquaredTail(3.841459, 1) // => 0.05 */
export const chiSquaredTail = (x: number, freedom: number): number => upperGamma(freedom / 2, x / 2);

/** P(|Z| > z) of a standard normal Z. @example twoSidedTail(1.959964) // => 0.05 */
export const twoSidedTail = (z: number): number => upperGamma(0.5, (z * z) / 2);

/**
 * P(X² > x) of the sum X² of Pearson's statistics Σ (count − n p)² / (n p) of some independent multinomials of n: the χ²
 * that has its mean and its variance, which exceeds that of χ² if a class is small (Haldane, "The exact value of the moments
 * of the distribution of χ²", Biometrika 29, 1937).
 * @param probabilities of the classes, positive and summing to 1
 */
export function pearsonTail(x: number, probabilities: readonly number[], n: number, multinomials = 1): number {
  const mean = multinomials * (probabilities.length - 1);
  const variance = multinomials * pearsonVariance(probabilities, n);
  return chiSquaredTail((2 * mean * x) / variance, (2 * mean ** 2) / variance);
}

/** Variance of Pearson's statistic of one multinomial of n. */
export function pearsonVariance(probabilities: readonly number[], n: number): number {
  const k = probabilities.length;
  const inverses = probabilities.reduce((sum, p) => sum + 1 / p, 0);
  return 2 * (k - 1) + (inverses - k ** 2 - 2 * k + 2) / n;
}

/** The regularised upper incomplete gamma function Q(a, x), to about 12 digits. */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-16; n++) sum += term *= x / (a + n);
    return 1 - sum * scale;
  }
  // Lentz's method on the continued fraction.
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; ; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) return fraction * scale;
  }
}

/** ln Γ(x) for x > 0: Stirling's series where it is exact to 15 digits, reached by Γ(x) = Γ(x + 1) / x. */
function logGamma(x: number): number {
  if (x < 20) return logGamma(x + 1) - Math.log(x);
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series;
}

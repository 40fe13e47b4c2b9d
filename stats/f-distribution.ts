/**
 * Fisher's F distribution, which the confidence intervals of the ICCs need, through the regularised incomplete beta
 * function (continued fraction of Press, Teukolsky, Vetterling & Flannery, "Numerical recipes", 3rd ed. 2007, 6.4;
 * log gamma by Lanczos, g = 7, n = 9).
 */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x ≥ .5. */
function logGamma(x: number): number {
  const shifted = x - 1;
  let sum = LANCZOS[0]!;
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (shifted + i);
  const base = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/** I_x(a, b), the regularised incomplete beta function, for a, b ≥ .5, where x < (a + 1) / (a + b + 2). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  const front = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(front) * h) / a;
}

function requireDegrees(df1: number, df2: number): void {
  for (const df of [df1, df2])
    if (!(df >= 1 && Number.isFinite(df)))
      throw new RangeError(`F distribution: expected degrees of freedom of 1 or more, got ${df}`);
}

/**
 * P(F > f), the upper tail; precise where it is tiny.
 * @param f 0 or more; Infinity gives 0
 * @param df1 degrees of freedom of the numerator, 1 or more, not necessarily whole
 * @param df2 of the denominator
 * @throws {RangeError} if f is negative or a degree of freedom is below 1
 * @example fSurvival(11.027, 5, 15) // => 0.000134…
 */
export function fSurvival(f: number, df1: number, df2: number): number {
  requireDegrees(df1, df2);
  if (!(f >= 0)) throw new RangeError(`F distribution: expected a value of 0 or more, got ${f}`);
  if (f === 0) return 1;
  if (f === Number.POSITIVE_INFINITY) return 0;
  // P(F > f) = I_x(df2 / 2, df1 / 2) at x = df2 / (df2 + df1 f); y = 1 − x without cancellation.
  const x = df2 / (df2 + df1 * f);
  const y = (df1 * f) / (df2 + df1 * f);
  const [a, b] = [df2 / 2, df1 / 2];
  return x < (a + 1) / (a + b + 2) ? betaFraction(x, a, b) : 1 - betaFraction(y, b, a);
}

/**
 * The value that F stays below with probability p.
 * @param p from 0 to 1, both excluded
 * @param df1 degrees of freedom of the numerator, 1 or more, not necessarily whole
 * @param df2 of the denominator
 * @throws {RangeError} if p is not between 0 and 1 or a degree of freedom is below 1
 * @example fQuantile(0.975, 5, 15) // => 3.5764…
 */
export function fQuantile(p: number, df1: number, df2: number): number {
  requireDegrees(df1, df2);
  if (!(p > 0 && p < 1)) throw new RangeError(`F distribution: expected a probability between 0 and 1, got ${p}`);
  // Bisection on the logarithm of f: the tail is monotone, and the quantiles span hundreds of decades.
  let low = -700;
  let high = 700;
  for (let i = 0; i < 200 && high - low > 1e-14; i++) {
    const middle = (low + high) / 2;
    if (fSurvival(Math.exp(middle), df1, df2) > 1 - p) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

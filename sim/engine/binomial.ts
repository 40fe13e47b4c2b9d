/** Below this mean, counting up from 0 is quicker than rejection. */
const INVERSION_MEAN = 10;

/** A source of random numbers. */
export interface Uniforms {
  /** The next uniform number in [0, 1), of 53 bits. */
  uniform(): number;
}

/**
 * A binomial count: how many of n independent chances of probability p come true.
 * Inversion for small means, otherwise the transformed rejection BTRS of Hörmann, "The generation of binomial random
 * variates", Journal of Statistical Computation and Simulation 46, 1993. Its acceptance is written in deviations from the
 * mean, so that nothing cancels: a ratio of probabilities is right to 1e-7 at n = 2^53, and to 1e-10 at n = 10^12.
 * @param n an integer from 0 to 2^53 − 1
 * @param p in [0, 1]
 */
export function binomial(n: number, p: number, random: Uniforms): number {
  const draw = Float64Array.of(n, p);
  binomialInto(draw, random);
  return draw[0]!;
}

/**
 * The same, without the allocation that a number costs which is handed from one function to another.
 * @param draw n and p; n is overwritten by the count
 */
export function binomialInto(draw: Float64Array, random: Uniforms): void {
  const n = draw[0]!;
  const p = draw[1]!;
  if (n === 0 || p <= 0) draw[0] = 0;
  else if (p >= 1) return;
  else if (p > 0.5) {
    draw[1] = 1 - p;
    binomialInto(draw, random);
    draw[0] = n - draw[0]!;
  } else if (n * p < INVERSION_MEAN) invert(draw, random);
  else reject(draw, random);
}

function invert(draw: Float64Array, random: Uniforms): void {
  const n = draw[0]!;
  const p = draw[1]!;
  const odds = p / (1 - p);
  const none = Math.exp(n * Math.log1p(-p));
  const last = Math.min(n, 150);
  for (;;) {
    let uniform = random.uniform();
    let mass = none;
    // Beyond the bound the mass left is below 1e-16 of a draw: rounding brought us here, so draw again.
    for (let k = 0; k <= last; k++) {
      if (uniform < mass) {
        draw[0] = k;
        return;
      }
      uniform -= mass;
      mass *= (odds * (n - k)) / (k + 1);
    }
  }
}

function reject(draw: Float64Array, random: Uniforms): void {
  const n = draw[0]!;
  const p = draw[1]!;
  const mean = n * p;
  const spread = Math.sqrt(mean * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  // Beyond 2^52 a sum with the mean would be rounded to an integer before it is cut to one.
  const whole = Math.floor(mean);
  const fraction = mean - whole + 0.5;
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = whole + Math.floor(((2 * a) / us + b) * u + fraction);
    if (!(us >= 0.07 && v * b <= 0.92 * b - 4.2)) {
      if (k < 0 || k > n) continue;
      const mode = Math.floor((n + 1) * p);
      const alpha = (2.83 + 5.1 / b) * spread;
      if (Math.log((v * alpha) / (a / (us * us) + b)) > logMass(k, n, p) - logMass(mode, n, p)) continue;
    }
    draw[0] = k;
    return;
  }
}

/** ln P(X = k), up to what does not depend on k: Stirling's formula in deviations from (n + 2) p. */
function logMass(k: number, n: number, p: number): number {
  const mean = (n + 2) * p;
  const other = (n + 2) * (1 - p);
  const deviation = k + 1 - mean;
  return (
    -(k + 0.5) * Math.log1p(deviation / mean) - (n - k + 0.5) * Math.log1p(-deviation / other) - tail(k) - tail(n - k)
  );
}

/** What Stirling's approximation of log k! leaves over (Hörmann 1993, section 2). */
function tail(k: number): number {
  if (k < TAILS.length) return TAILS[k]!;
  const s = (k + 1) ** 2;
  return (1 / 12 - (1 / 360 - 1 / 1260 / s) / s) / (k + 1);
}

const TAILS = [
  0.08106146679532726, 0.04134069595540929, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119,
  0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.00833056343336287,
];

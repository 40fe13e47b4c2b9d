/** Below this mean, counting up from 0 is quicker than rejection. */
const INVERSION_MEAN = 10;

/**
 * A binomial count: how many of n independent chances of probability p come true.
 * Inversion for small means, otherwise the transformed rejection BTRS of Hörmann, "The generation of binomial random
 * variates", Journal of Statistical Computation and Simulation 46, 1993.
 * @param n an integer of 0 or more
 * @param p in [0, 1]
 * @param random uniform numbers in [0, 1)
 */
export function binomial(n: number, p: number, random: () => number): number {
  if (n === 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(n, 1 - p, random);
  return n * p < INVERSION_MEAN ? byInversion(n, p, random) : byRejection(n, p, random);
}

function byInversion(n: number, p: number, random: () => number): number {
  const odds = p / (1 - p);
  const none = Math.exp(n * Math.log1p(-p));
  for (;;) {
    let uniform = random();
    let mass = none;
    // Beyond the bound the mass left is below 1e-16 of a draw: rounding brought us here, so draw again.
    for (let k = 0; k <= Math.min(n, 150); k++) {
      if (uniform < mass) return k;
      uniform -= mass;
      mass *= (odds * (n - k)) / (k + 1);
    }
  }
}

function byRejection(n: number, p: number, random: () => number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = n * p + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const odds = p / (1 - p);
  const mode = Math.floor((n + 1) * p);
  const atMode = (mode + 0.5) * Math.log((mode + 1) / (odds * (n - mode + 1))) + tail(mode) + tail(n - mode);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > n) continue;
    const bound =
      atMode +
      (n + 1) * Math.log((n - mode + 1) / (n - k + 1)) +
      (k + 0.5) * Math.log((odds * (n - k + 1)) / (k + 1)) -
      tail(k) -
      tail(n - k);
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}

/** What Stirling's approximation of log k! leaves over (Hörmann 1993, section 2). */
function tail(k: number): number {
  const table = [
    0.08106146679532726, 0.04134069595540929, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119,
    0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.00833056343336287,
  ];
  if (k < table.length) return table[k]!;
  const s = (k + 1) ** 2;
  return (1 / 12 - (1 / 360 - 1 / 1260 / s) / s) / (k + 1);
}

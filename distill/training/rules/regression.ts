/** Rows to fit rules to. */
export interface RuleRows {
  /** By row, the phrases that hold. */
  readonly held: readonly (readonly number[])[];
  /** P of every action but the first, row-major [n, m]. */
  readonly targets: Float64Array;
  /** How much each row counts, shape [n]. */
  readonly weights: Float64Array;
  /** Rows that are not independent have the same number, shape [n]. */
  readonly clusters: Uint32Array;
  /** Actions but the first. */
  readonly outputs: number;
}

/** Phrases that count where all of them hold. */
export type Term = readonly number[];

/** A multinomial logistic regression on some terms, each row with the log-odds of every action against the first. */
export interface Fitted {
  readonly terms: readonly Term[];
  /** Shape [terms + 1, m], the intercept last. */
  readonly coefficients: Float64Array;
  /** P of every action but the first, row-major [n, m], of all rows. */
  readonly probabilities: Float64Array;
  /** By row, the numbers of the terms that hold, the intercept's last. */
  readonly active: readonly (readonly number[])[];
  /** The inverse of the curvature, [P, P] for P = (terms + 1) · m. */
  readonly inverse: Float64Array;
}

/** Keeps a coefficient finite where its rows all say the same: a prior of standard deviation 10. */
const RIDGE = 0.01;
const STEPS = 30;
const SETTLED = 1e-9;

/**
 * The coefficients of the lowest Σ weight · cross-entropy, by Newton's method.
 * @param rows numbers of the rows to fit; default all
 */
export function fitTerms(
  data: RuleRows,
  terms: readonly Term[],
  { rows, start }: { readonly rows?: ArrayLike<number>; readonly start?: Float64Array } = {},
): Fitted {
  const { held, targets, weights, outputs: m } = data;
  const active = held.map((phrases) => [
    ...terms.flatMap((term, t) => (term.every((phrase) => phrases.includes(phrase)) ? [t] : [])),
    terms.length,
  ]);
  const fitted = rows ?? Array.from(held, (_, i) => i);
  const size = (terms.length + 1) * m;
  let x = start?.length === size ? Float64Array.from(start) : new Float64Array(size);
  const p = new Float64Array(m);
  const lossAt = (at: Float64Array) => {
    let loss = 0;
    for (let i = 0; i < size; i++) loss += (RIDGE * at[i]! ** 2) / 2;
    for (let r = 0; r < fitted.length; r++) {
      const row = fitted[r]!;
      loss += weights[row]! * rowLoss(at, active[row]!, targets, row, m, p);
    }
    return loss;
  };
  let loss = lossAt(x);
  let inverse = new Float64Array(size * size);
  for (let step = 0; step < STEPS; step++) {
    const gradient = new Float64Array(size);
    const curvature = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      gradient[i] = -RIDGE * x[i]!;
      curvature[i * size + i] = RIDGE;
    }
    for (let r = 0; r < fitted.length; r++) {
      const row = fitted[r]!;
      const held = active[row]!;
      rowLoss(x, held, targets, row, m, p);
      const w = weights[row]!;
      for (let a = 0; a < m; a++) {
        const pull = w * (targets[row * m + a]! - p[a]!);
        for (const t of held) gradient[t * m + a]! += pull;
        for (let b = 0; b < m; b++) {
          const bend = w * (a === b ? p[a]! * (1 - p[a]!) : -p[a]! * p[b]!);
          for (const t of held) for (const u of held) curvature[(t * m + a) * size + u * m + b]! += bend;
        }
      }
    }
    inverse = inverseOf(curvature, size);
    const change = new Float64Array(size);
    let slope = 0;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) change[i]! += inverse[i * size + j]! * gradient[j]!;
      slope += change[i]! * gradient[i]!;
    }
    if (slope < SETTLED) break;
    let share = 1;
    let next = x.map((value, i) => value + change[i]!);
    let reached = lossAt(next);
    while (reached > loss && share > 1e-6) {
      share /= 2;
      next = x.map((value, i) => value + share * change[i]!);
      reached = lossAt(next);
    }
    [x, loss] = [next, reached];
  }
  const probabilities = new Float64Array(held.length * m);
  held.forEach((_, row) => {
    rowLoss(x, active[row]!, targets, row, m, p);
    probabilities.set(p, row * m);
  });
  return { terms, coefficients: x, probabilities, active, inverse };
}

/** The cross-entropy of a row in nats; writes P of every action but the first. */
function rowLoss(
  x: Float64Array,
  active: readonly number[],
  targets: Float64Array,
  row: number,
  m: number,
  p: Float64Array,
): number {
  p.fill(0);
  for (const t of active) for (let a = 0; a < m; a++) p[a]! += x[t * m + a]!;
  let most = 0;
  for (let a = 0; a < m; a++) most = Math.max(most, p[a]!);
  let sum = Math.exp(-most);
  let matched = 0;
  for (let a = 0; a < m; a++) {
    matched += targets[row * m + a]! * p[a]!;
    sum += Math.exp(p[a]! - most);
  }
  const loss = most + Math.log(sum) - matched;
  for (let a = 0; a < m; a++) p[a] = Math.exp(p[a]! - most) / sum;
  return loss;
}

/** The cross-entropy of each row under a fit, in nats, shape [n]. */
export function lossesOf({ targets, outputs: m, held }: RuleRows, { probabilities }: Fitted): Float64Array {
  return Float64Array.from(held, (_, row) => {
    let [loss, p0, t0] = [0, 1, 1];
    for (let a = 0; a < m; a++) {
      const [p, t] = [probabilities[row * m + a]!, targets[row * m + a]!];
      loss -= t > 0 ? t * Math.log(p) : 0;
      p0 -= p;
      t0 -= t;
    }
    return loss - (t0 > 1e-12 ? t0 * Math.log(Math.max(p0, 1e-300)) : 0);
  });
}

/**
 * How many standard errors each coefficient is from 0, the largest over the actions, by term. Standard errors are robust to
 * labels that scatter more or less than single choices would, and to rows of one cluster. White, "Maximum likelihood
 * estimation of misspecified models", 1982.
 */
export function strengthsOf(data: RuleRows, { terms, coefficients, probabilities, active, inverse }: Fitted): number[] {
  const { targets, weights, clusters, outputs: m } = data;
  const size = (terms.length + 1) * m;
  const scores = new Map<number, Float64Array>();
  active.forEach((held, row) => {
    const score = scores.get(clusters[row]!) ?? new Float64Array(size);
    for (let a = 0; a < m; a++) {
      const pull = weights[row]! * (targets[row * m + a]! - probabilities[row * m + a]!);
      for (const t of held) score[t * m + a]! += pull;
    }
    scores.set(clusters[row]!, score);
  });
  const variances = new Float64Array(size);
  for (const score of scores.values()) {
    const nonzero = [...score.keys()].filter((j) => score[j] !== 0);
    for (let i = 0; i < size; i++) {
      let moved = 0;
      for (const j of nonzero) moved += inverse[i * size + j]! * score[j]!;
      variances[i]! += moved * moved;
    }
  }
  return terms.map((_, t) => {
    let most = 0;
    for (let a = 0; a < m; a++) {
      const i = t * m + a;
      most = Math.max(most, Math.abs(coefficients[i]!) / Math.sqrt(variances[i]! + 1e-300));
    }
    return most;
  });
}

/** The inverse of a positive definite matrix, by Cholesky's factors. */
function inverseOf(matrix: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const l = matrix.slice();
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < j; k++) l[j * n + j]! -= l[j * n + k]! ** 2;
    const root = Math.sqrt(Math.max(l[j * n + j]!, 1e-12));
    l[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      for (let k = 0; k < j; k++) l[i * n + j]! -= l[i * n + k]! * l[j * n + k]!;
      l[i * n + j]! /= root;
    }
  }
  const inverse = new Float64Array(n * n);
  for (let c = 0; c < n; c++) {
    const y = new Float64Array(n);
    for (let i = c; i < n; i++) {
      let sum = i === c ? 1 : 0;
      for (let k = c; k < i; k++) sum -= l[i * n + k]! * y[k]!;
      y[i] = sum / l[i * n + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = y[i]!;
      for (let k = i + 1; k < n; k++) sum -= l[k * n + i]! * inverse[k * n + c]!;
      inverse[i * n + c] = sum / l[i * n + i]!;
    }
  }
  return inverse;
}

import { minimise } from './descent.ts';
import type { TermClass, Terms } from './terms.ts';

/** Rows to fit a regression to. */
export interface RegressionRows {
  readonly terms: Terms;
  /** Row-major [n, outputs]: of two actions P of the second, of more P of each. */
  readonly targets: ArrayLike<number>;
  readonly outputs: number;
  /** Shape [n]; absent if all count alike. */
  readonly weights?: ArrayLike<number> | undefined;
}

/** Penalties by class; a class that is not named is left out. */
export interface Penalties {
  /** Inverse variances of coefficients. */
  readonly strengths: Partial<Readonly<Record<TermClass, number>>>;
  /** Whether pairs bear a penalty on their absolute size instead, under which most of them are 0. */
  readonly sparse: boolean;
}

const STEPS = 200;
/** Refits by which penalties on squares become penalties on absolute sizes. */
const REWEIGHTINGS = 5;
/** The size at which a coefficient bears both penalties alike, and what counts as 0. */
const TYPICAL = 0.2;
const NEGLIGIBLE = 0.01;

/**
 * A logistic regression (of more than two actions a multinomial one) under ridge penalties, a penalty for each class of
 * terms: the coefficients of the lowest Σ weight · log loss + Σ penalty · coefficient² / 2. Intercepts bear none. Hoerl &
 * Kennard, "Ridge regression: biased estimation for nonorthogonal problems", 1970; le Cessie & van Houwelingen, "Ridge
 * estimators in logistic regression", 1992. Sparse ones are reached by refits whose penalties are divided by the sizes
 * found so far (Hunter & Li, "Variable selection using MM algorithms", 2005).
 * @param rows numbers of the rows to fit
 * @param options.tolerance how far above the lowest value a fit may end, about, in nats over all rows; default 1e-6
 * @param options.start coefficients to begin with; default 0
 * @returns shape [columns + 1, outputs], the intercepts last
 */
export function fitRegression(
  all: RegressionRows,
  rows: ArrayLike<number>,
  penalties: Penalties,
  { start, tolerance = 1e-6 }: { readonly start?: Float64Array | undefined; readonly tolerance?: number } = {},
): Float64Array {
  const { terms, outputs } = all;
  const { strengths, sparse } = penalties;
  const blocks = terms.blocks.filter(({ name }) => strengths[name] !== undefined);
  const size = (terms.columns + 1) * outputs;
  const ridge = new Float64Array(size);
  const shrinks = new Uint8Array(size);
  for (const { name, columns } of blocks)
    for (const column of columns) {
      ridge.fill(strengths[name]!, column * outputs, (column + 1) * outputs);
      if (sparse && !name.startsWith('phrases')) shrinks.fill(1, column * outputs, (column + 1) * outputs);
    }
  // What a penalty leaves out begins, and stays, at 0.
  const first = start?.map((value, i) => (ridge[i]! > 0 || i >= terms.columns * outputs ? value : 0));
  let found = descend(all, rows, blocks, ridge, { from: first ?? new Float64Array(size), tolerance });
  for (let i = 0; i < REWEIGHTINGS && shrinks.includes(1); i++) {
    const penalty = ridge.map((one, j) => (shrinks[j] ? (one * TYPICAL) / (Math.abs(found[j]!) + NEGLIGIBLE) : one));
    found = descend(all, rows, blocks, penalty, { from: found, tolerance });
  }
  return found;
}

function descend(
  all: RegressionRows,
  rows: ArrayLike<number>,
  blocks: Terms['blocks'],
  penalty: Float64Array,
  { from, tolerance }: { readonly from: Float64Array; readonly tolerance: number },
): Float64Array {
  const { terms, outputs, targets, weights } = all;
  const logits = new Float64Array(outputs);
  const curvature = curvatureOf(all, rows, blocks, penalty);
  return minimise(
    (x, gradient) => {
      let value = 0;
      for (let i = 0; i < x.length; i++) {
        const pull = penalty[i]! * x[i]!;
        value += (pull * x[i]!) / 2;
        gradient[i] = pull;
      }
      for (let r = 0; r < rows.length; r++) {
        const row = rows[r]!;
        const weight = weights ? weights[row]! : 1;
        logitsOf(all, blocks, x, row, logits);
        value += weight * lossAt(logits, targets, row * outputs, logits);
        // `logits` now holds the gradient.
        const intercepts = terms.columns * outputs;
        for (let a = 0; a < outputs; a++) gradient[intercepts + a]! += weight * logits[a]!;
        for (const { start, columns, values } of blocks)
          for (let e = start[row]!; e < start[row + 1]!; e++) {
            const at = columns[e]! * outputs;
            const share = weight * values[e]!;
            for (let a = 0; a < outputs; a++) gradient[at + a]! += share * logits[a]!;
          }
      }
      return value;
    },
    from,
    { curvature, tolerance, steps: STEPS },
  );
}

/** The penalty of each coefficient, and about what the rows add to it. */
function curvatureOf(
  { terms, outputs, weights }: RegressionRows,
  rows: ArrayLike<number>,
  blocks: Terms['blocks'],
  penalty: Float64Array,
): Float64Array {
  const curvature = penalty.map((one) => one + 1e-3);
  // P · (1 − P) is at most a quarter, and a little less for most rows.
  const typical = 0.2;
  const add = (column: number, amount: number) => {
    for (let a = 0; a < outputs; a++) curvature[column * outputs + a]! += amount;
  };
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    const weight = typical * (weights ? weights[row]! : 1);
    add(terms.columns, weight);
    for (const { start, columns, values } of blocks)
      for (let e = start[row]!; e < start[row + 1]!; e++) add(columns[e]!, weight * values[e]! ** 2);
  }
  return curvature;
}

/** The summed, weighted log loss of some rows in nats, and their squared errors. */
export function lossOf(
  all: RegressionRows,
  rows: ArrayLike<number>,
  coefficients: Float64Array,
): { readonly loss: number; readonly squares: number; readonly weight: number } {
  const { terms, outputs, targets, weights } = all;
  const logits = new Float64Array(outputs);
  const errors = new Float64Array(outputs);
  let [loss, squares, total] = [0, 0, 0];
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    const weight = weights ? weights[row]! : 1;
    logitsOf(all, terms.blocks, coefficients, row, logits);
    loss += weight * lossAt(logits, targets, row * outputs, errors);
    // Of more than two actions all but the default one are compared.
    for (let a = outputs === 1 ? 0 : 1; a < outputs; a++)
      squares += (weight * errors[a]! ** 2) / Math.max(1, outputs - 1);
    total += weight;
  }
  return { loss, squares, weight: total };
}

function logitsOf(
  { terms, outputs }: RegressionRows,
  blocks: Terms['blocks'],
  x: Float64Array,
  row: number,
  out: Float64Array,
): void {
  for (let a = 0; a < outputs; a++) out[a] = x[terms.columns * outputs + a]!;
  for (const { start, columns, values } of blocks)
    for (let e = start[row]!; e < start[row + 1]!; e++) {
      const at = columns[e]! * outputs;
      for (let a = 0; a < outputs; a++) out[a]! += values[e]! * x[at + a]!;
    }
}

/** The cross-entropy of one row; writes its gradient by the logits, P − target. */
function lossAt(logits: Float64Array, targets: ArrayLike<number>, at: number, gradient: Float64Array): number {
  if (logits.length === 1) {
    const [z, t] = [logits[0]!, targets[at]!];
    gradient[0] = 1 / (1 + Math.exp(-z)) - t;
    return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - t * z;
  }
  const most = logits.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  let matched = 0;
  for (let a = 0; a < logits.length; a++) {
    const z = logits[a]! - most;
    matched += targets[at + a]! * z;
    sum += Math.exp(z);
  }
  for (let a = 0; a < logits.length; a++) gradient[a] = Math.exp(logits[a]! - most) / sum - targets[at + a]!;
  return Math.log(sum) - matched;
}

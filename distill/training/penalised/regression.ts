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

/** Inverse variances of the coefficients of each class; a class that is not named is left out. */
export type Penalties = Partial<Readonly<Record<TermClass, number>>>;

const TOLERANCE = 1e-2;
const STEPS = 200;

/**
 * A logistic regression (of more than two actions a multinomial one) under ridge penalties, a penalty for each class of
 * terms: the coefficients of the lowest Σ weight · log loss + Σ penalty · coefficient² / 2. Intercepts bear none. Hoerl &
 * Kennard, "Ridge regression: biased estimation for nonorthogonal problems", 1970; le Cessie & van Houwelingen, "Ridge
 * estimators in logistic regression", 1992.
 * @param rows numbers of the rows to fit
 * @param start coefficients to begin with; default 0
 * @returns shape [columns + 1, outputs], the intercepts last
 */
export function fitRegression(
  all: RegressionRows,
  rows: ArrayLike<number>,
  penalties: Penalties,
  start?: Float64Array,
): Float64Array {
  const { terms, outputs, targets, weights } = all;
  const blocks = terms.blocks.filter(({ name }) => penalties[name] !== undefined);
  const penalty = new Float64Array((terms.columns + 1) * outputs);
  for (const { name, columns } of blocks)
    for (const column of columns) penalty.fill(penalties[name]!, column * outputs, (column + 1) * outputs);
  // What a penalty leaves out begins, and stays, at 0.
  const first = start?.map((value, i) => (penalty[i]! > 0 || i >= terms.columns * outputs ? value : 0));
  const logits = new Float64Array(outputs);
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
    first ?? new Float64Array((terms.columns + 1) * outputs),
    { tolerance: TOLERANCE, steps: STEPS },
  );
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

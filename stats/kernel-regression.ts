/** Points whose distances are known, with one or more values each. */
export interface KernelData {
  readonly n: number;
  /** Distance of two points, a whole number of at least 0: in how many phrases they differ. */
  readonly distance: (i: number, j: number) => number;
  /** Shape [values][n]. */
  readonly values: readonly ArrayLike<number>[];
  /** How much a point counts when the smoothness is chosen; shape [n]. */
  readonly weights: ArrayLike<number>;
}

/** What a value is expected to be where it was not seen. */
export interface KernelFit {
  /** Correlation of the values of two points that differ in one phrase. */
  readonly correlation: number;
  /** Variance that no neighbour explains, as a share of what they do. */
  readonly noise: number;
  /** Root mean square of what was left unexplained when each point was left out in turn, over all values. */
  readonly error: number;
  /**
   * @param distances to each of the n points
   * @returns the mean of each value there, shape [values]
   */
  means(distances: ArrayLike<number>): Float64Array;
  /** The share of the variance that is left there, 0 to 1 + noise. */
  unexplained(distances: ArrayLike<number>): number;
}

const CORRELATIONS = [0.3, 0.5, 0.7, 0.8, 0.9, 0.96];
const NOISES = [1e-4, 1e-2, 0.1, 0.5, 2];

/** Points by which the smoothness is chosen, at most: each choice costs their cube. */
const CHOSEN_BY = 250;

/**
 * Gaussian-process regression over sets of phrases, in which each phrase that differs multiplies the correlation by the
 * same factor: the diffusion kernel of the hypercube (Kondor & Lafferty 2002). The factor and the noise are those that
 * predict best each point from all others (leave-one-out in closed form: Rasmussen & Williams 2006, section 5.4.2).
 * @throws {RangeError} without points
 */
export function kernelRegression({ n, distance, values, weights }: KernelData): KernelFit {
  if (n === 0) throw new RangeError('a regression needs 1 point or more, got 0');
  const few = Math.min(n, CHOSEN_BY);
  let best = { correlation: CORRELATIONS[0]!, noise: NOISES.at(-1)!, error: Number.POSITIVE_INFINITY };
  for (const correlation of CORRELATIONS)
    for (const noise of NOISES) {
      const { factor, solved } = solve(few, distance, values, correlation, noise);
      const diagonal = inverseDiagonal(factor, few);
      let [sum, weight] = [0, 0];
      for (let i = 0; i < few; i++) {
        for (const own of solved) sum += weights[i]! * (own[i]! / diagonal[i]!) ** 2;
        weight += weights[i]!;
      }
      const error = Math.sqrt(sum / weight);
      if (error < best.error) best = { correlation, noise, error };
    }
  const { correlation, noise, error } = best;
  const { factor, solved } = solve(n, distance, values, correlation, noise);
  const near = (distances: ArrayLike<number>) =>
    Float64Array.from({ length: n }, (_, i) => correlation ** distances[i]!);
  return {
    ...{ correlation, noise, error },
    means(distances) {
      const kernel = near(distances);
      return Float64Array.from(solved, (own) => dot(kernel, own));
    },
    unexplained(distances) {
      const half = forward(factor, n, near(distances));
      return Math.max(0, 1 + noise - dot(half, half));
    },
  };
}

/** The Cholesky factor of the kernel with its noise, and the kernel's inverse times each value. */
function solve(
  n: number,
  distance: KernelData['distance'],
  values: KernelData['values'],
  correlation: number,
  noise: number,
): { readonly factor: Float64Array; readonly solved: readonly Float64Array[] } {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 1 + noise : correlation ** distance(i, j);
      for (let x = 0; x < j; x++) sum -= factor[i * n + x]! * factor[j * n + x]!;
      factor[i * n + j] = i === j ? Math.sqrt(sum) : sum / factor[j * n + j]!;
    }
  return { factor, solved: values.map((own) => backward(factor, n, forward(factor, n, own))) };
}

/** x with L x = b. @param from the first of b that is not 0 */
function forward(factor: Float64Array, n: number, b: ArrayLike<number>, from = 0): Float64Array {
  const x = new Float64Array(n);
  for (let i = from; i < n; i++) {
    let sum = b[i]!;
    for (let j = from; j < i; j++) sum -= factor[i * n + j]! * x[j]!;
    x[i] = sum / factor[i * n + i]!;
  }
  return x;
}

/** x with Lᵀ x = b. */
function backward(factor: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = n - 1; i >= 0; i--) {
    x[i]! /= factor[i * n + i]!;
    for (let j = 0; j < i; j++) x[j]! -= factor[i * n + j]! * x[i]!;
  }
  return x;
}

/** Diagonal of (L Lᵀ)⁻¹. */
function inverseDiagonal(factor: Float64Array, n: number): Float64Array {
  const diagonal = new Float64Array(n);
  const unit = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    unit[i] = 1;
    const column = forward(factor, n, unit, i);
    unit[i] = 0;
    diagonal[i] = dot(column, column);
  }
  return diagonal;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** A smooth function to minimise: returns its value at `x`, and writes its gradient. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface DescentOptions {
  /** Estimates of the curvature along each axis, above 0. */
  readonly curvature: Float64Array;
  /** The descent ends where these promise no further decrease than this. */
  readonly tolerance: number;
  /** Maximum number of steps. */
  readonly steps: number;
}

/** Pairs of changes that the curvature is estimated from. */
const MEMORY = 8;
/** Share of the decrease that the slope promises which a step has to bring (Armijo). */
const SUFFICIENT = 1e-4;

/**
 * A minimum of a smooth convex function, by limited-memory BFGS with backtracking. Nocedal, "Updating quasi-Newton
 * matrices with limited storage", 1980.
 * @param start where it begins; unchanged
 * @returns where it ends
 */
export function minimise(
  unscaled: Objective,
  start: Float64Array,
  { curvature, tolerance, steps }: DescentOptions,
): Float64Array {
  // Along axes scaled by the roots of their curvatures, one step length suits all.
  const scale = curvature.map((c) => 1 / Math.sqrt(c));
  const point = new Float64Array(start.length);
  const at = (scaled: Float64Array) => {
    for (let i = 0; i < point.length; i++) point[i] = scaled[i]! * scale[i]!;
    return point;
  };
  const objective: Objective = (scaled, gradient) => {
    const value = unscaled(at(scaled), gradient);
    for (let i = 0; i < gradient.length; i++) gradient[i]! *= scale[i]!;
    return value;
  };
  let x = start.map((value, i) => value / scale[i]!);
  let gradient = new Float64Array(x.length);
  let value = objective(x, gradient);
  const memory: { readonly moved: Float64Array; readonly turned: Float64Array; readonly rho: number }[] = [];
  for (let step = 0; step < steps && dot(gradient, gradient) > 2 * tolerance; step++) {
    const direction = quasiNewton(gradient, memory);
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      memory.length = 0;
      direction.forEach((_, i) => (direction[i] = -gradient[i]!));
      slope = dot(direction, gradient);
    }
    let length = memory.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    let next = moved(x, direction, length);
    let nextGradient = new Float64Array(x.length);
    let nextValue = objective(next, nextGradient);
    while (!(nextValue <= value + SUFFICIENT * length * slope)) {
      length /= 2;
      // Rounding leaves nothing to gain.
      if (length < 1e-10) return at(x);
      next = moved(x, direction, length);
      nextGradient = new Float64Array(x.length);
      nextValue = objective(next, nextGradient);
    }
    const change = { moved: difference(next, x), turned: difference(nextGradient, gradient) };
    const bend = dot(change.moved, change.turned);
    if (bend > 0) memory.push({ ...change, rho: 1 / bend });
    if (memory.length > MEMORY) memory.shift();
    [x, gradient, value] = [next, nextGradient, nextValue];
  }
  return at(x);
}

/** The two-loop recursion: minus the inverse curvature times the gradient. */
function quasiNewton(
  gradient: Float64Array,
  memory: readonly { readonly moved: Float64Array; readonly turned: Float64Array; readonly rho: number }[],
): Float64Array {
  const direction = gradient.map((g) => -g);
  const shares = memory.map(() => 0);
  for (let i = memory.length - 1; i >= 0; i--) {
    const { moved, turned, rho } = memory[i]!;
    shares[i] = rho * dot(moved, direction);
    addTo(direction, turned, -shares[i]!);
  }
  const last = memory.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.turned, last.turned));
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  memory.forEach(({ moved, turned, rho }, i) => {
    addTo(direction, moved, shares[i]! - rho * dot(turned, direction));
  });
  return direction;
}

const moved = (x: Float64Array, direction: Float64Array, length: number) =>
  x.map((value, i) => value + length * direction[i]!);
const difference = (a: Float64Array, b: Float64Array) => a.map((value, i) => value - b[i]!);

function addTo(x: Float64Array, y: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i]! += factor * y[i]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

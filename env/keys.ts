import { UnderstudyError } from './error.ts';

/** Keys up to this many are looked up; beyond, their digits are taken apart each time. */
export const TABLE_LIMIT = 4096;

/** Which variables a key holds, the last of them fastest. */
export interface Layout {
  readonly variables: readonly number[];
  readonly sizes: readonly number[];
  readonly strides: ReadonlyMap<number, number>;
  readonly size: number;
}

export function layoutOf(variables: readonly number[], sizes: readonly number[]): Layout {
  const strides = new Map<number, number>();
  let size = 1;
  for (const variable of variables.toReversed()) {
    strides.set(variable, size);
    size *= sizes[variable]!;
  }
  if (size > Number.MAX_SAFE_INTEGER)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `agents are in one of ${size.toPrecision(3)} states within a tick, at most 2^53 − 1; declare fewer factors or levels`,
    );
  return { variables, sizes: variables.map((variable) => sizes[variable]!), strides, size };
}

/** A weighted sum of the digits of a key. */
export class Digits {
  readonly #table: Float64Array | undefined;
  readonly #divisors: number[] = [];
  readonly #sizes: number[] = [];
  readonly #weights: number[] = [];

  /** @param weights by variable; what is not named does not count */
  constructor(layout: Layout, weights: ReadonlyMap<number, number>) {
    layout.variables.forEach((variable, i) => {
      const weight = weights.get(variable);
      if (weight === undefined) return;
      this.#divisors.push(layout.strides.get(variable)!);
      this.#sizes.push(layout.sizes[i]!);
      this.#weights.push(weight);
    });
    if (layout.size <= TABLE_LIMIT)
      this.#table = Float64Array.from({ length: layout.size }, (_, key) => this.#sum(key));
  }

  of(key: number): number {
    return this.#table === undefined ? this.#sum(key) : this.#table[key]!;
  }

  #sum(key: number): number {
    let sum = 0;
    for (let i = 0; i < this.#weights.length; i++)
      sum += this.#weights[i]! * (Math.floor(key / this.#divisors[i]!) % this.#sizes[i]!);
    return sum;
  }
}

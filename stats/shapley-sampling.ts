import { shuffle } from '../env/random.ts';

/**
 * Two orders in which players join: a random one and its reverse. What a player adds early in one it adds late in the
 * other, so the mean of the two varies less than that of two random orders: antithetic sampling (Mitchell, Cooper, Frank &
 * Holmes, "Sampling permutations for Shapley value estimation", 2022), on the estimator of Castro, Gómez & Tejada,
 * "Polynomial calculation of the Shapley value based on sampling", 2009.
 * @param starters who may come first, if not everybody: one of them at random, the same in both orders
 * @returns two permutations of 0 … players − 1
 */
export function antitheticOrders(
  players: number,
  random: () => number,
  starters?: readonly number[],
): readonly [readonly number[], readonly number[]] {
  const all = Array.from({ length: players }, (_, j) => j);
  if (!starters) {
    const order = shuffle(all, random);
    return [order, order.toReversed()];
  }
  const first = starters[Math.floor(random() * starters.length)]!;
  const rest = shuffle(
    all.filter((j) => j !== first),
    random,
  );
  return [
    [first, ...rest],
    [first, ...rest.toReversed()],
  ];
}

/**
 * A coalition for the interaction of two players: the others who joined before the two, as far as they had come.
 * Its size is uniform, which gives each coalition its weight in the interaction index (Grabisch & Roubens, 1999).
 * @param starters who may come first, if not everybody; one of them, neither i nor j, is then in the coalition
 * @returns undefined if no starter is left
 * @example coalitionBefore(2, 0, 1, () => 0.5) // => []
 */
export function coalitionBefore(
  players: number,
  i: number,
  j: number,
  random: () => number,
  starters?: readonly number[],
): readonly number[] | undefined {
  const others = Array.from({ length: players }, (_, k) => k).filter((k) => k !== i && k !== j);
  if (!starters) return shuffle(others, random).slice(0, Math.floor(random() * (others.length + 1)));
  const able = starters.filter((k) => k !== i && k !== j);
  if (able.length === 0) return undefined;
  const first = able[Math.floor(random() * able.length)]!;
  const rest = shuffle(
    others.filter((k) => k !== first),
    random,
  );
  return [first, ...rest.slice(0, Math.floor(random() * (rest.length + 1)))];
}

/**
 * What each player adds to those before it in one order.
 * @param worths shape [players + 1]: the worth after so many have joined; NaN where it is not looked at
 * @returns shape [players], by player; NaN for one that joins a coalition whose worth is not looked at
 * @example additions([1, 0], [0, 2, 3]) // => Float64Array[1, 2]
 */
export function additions(order: readonly number[], worths: ArrayLike<number>): Float64Array {
  const added = new Float64Array(order.length);
  order.forEach((player, t) => {
    added[player] = worths[t + 1]! - worths[t]!;
  });
  return added;
}

/** Means of several quantities over independent draws, with what they may be off. A draw may lack some: NaN. */
export class SampledMeans {
  readonly #counts: Float64Array;
  readonly #means: Float64Array;
  /** Sums of squared deviations from the mean (Welford, "Note on a method for calculating corrected sums", 1962). */
  readonly #squares: Float64Array;

  constructor(quantities: number) {
    [this.#counts, this.#means, this.#squares] = [0, 1, 2].map(() => new Float64Array(quantities)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
  }

  add(quantity: number, value: number): void {
    if (Number.isNaN(value)) return;
    const before = value - this.#means[quantity]!;
    this.#counts[quantity]!++;
    this.#means[quantity]! += before / this.#counts[quantity]!;
    this.#squares[quantity]! += before * (value - this.#means[quantity]!);
  }

  /** Draws that had it. */
  count(quantity: number): number {
    return this.#counts[quantity]!;
  }

  /** NaN if no draw had it. */
  mean(quantity: number): number {
    return this.#counts[quantity] === 0 ? Number.NaN : this.#means[quantity]!;
  }

  /** Standard error of the mean; NaN below two draws. */
  standardError(quantity: number): number {
    const n = this.#counts[quantity]!;
    return n < 2 ? Number.NaN : Math.sqrt(this.#squares[quantity]! / (n - 1) / n);
  }
}

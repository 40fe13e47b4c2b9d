import { ONE } from '../../env/chance.ts';
import { philoxInto, streamKey, uniform53 } from '../../env/random.ts';
import { binomial, binomialInto, type Uniforms } from './binomial.ts';

/** Up to this many, each is drawn by itself: eight 16-bit uniforms are one Philox block. */
const SINGLE = 8;

/**
 * Multinomial draws whose randomness is addressed by (tick, group, part), so that no group's draws depend on another's number.
 * Weights are integers, and every one of them is honoured exactly.
 */
export class Draws implements Uniforms {
  readonly #key0: number;
  readonly #key1: number;
  readonly #block = new Uint32Array(4);
  /** n and p of a binomial, then its count. */
  readonly #draw = new Float64Array(2);
  #tick = 0;
  #group = 0;
  #part = 0;
  #blocks = 0;
  /** Words of the block that are used up. */
  #used = 4;

  constructor(seed: number) {
    [this.#key0, this.#key1] = streamKey(seed, 'cohorts');
  }

  begin(tick: number, group: number, part = 0): void {
    this.#tick = tick;
    this.#group = group;
    this.#part = part;
    this.#blocks = 0;
    this.#used = 4;
  }

  /**
   * How many of n go to each weight.
   * @param n, at where n stands: an element of an array, as a number handed over would have to be allocated
   * @param weights integers that sum to 65,536, `count` of them from `from` on
   * @param into written: shape [count], summing to n
   */
  split(
    n: Float64Array,
    at: number,
    weights: Int32Array | Uint32Array,
    from: number,
    count: number,
    into: Float64Array,
  ): void {
    let left = n[at]!;
    if (count === 1) {
      into[0] = left;
      return;
    }
    if (left <= SINGLE) {
      for (let i = 0; i < count; i++) into[i] = 0;
      for (let one = 0; one < left; one += 2) {
        const word = this.#word();
        into[pickFrom(weights, from, word & 0xffff)]!++;
        if (one + 1 < left) into[pickFrom(weights, from, word >>> 16)]!++;
      }
      return;
    }
    const draw = this.#draw;
    let rest = ONE;
    for (let i = 0; i < count; i++) {
      const weight = weights[from + i]!;
      let share = 0;
      if (weight === rest) share = left;
      else if (left > 0 && weight > 0) {
        // By the smaller side: its share of the rest is as exact as a double is.
        draw[0] = left;
        draw[1] = Math.min(weight, rest - weight) / rest;
        binomialInto(draw, this);
        share = 2 * weight <= rest ? draw[0]! : left - draw[0]!;
      }
      into[i] = share;
      rest -= weight;
      left -= share;
    }
  }

  /**
   * How many of n go to a weight out of those that are left.
   * @param weight, rest integers up to 2^53, weight ≤ rest
   */
  part(n: number, weight: number, rest: number): number {
    if (n === 0 || weight === 0) return 0;
    if (weight === rest) return n;
    // By the smaller side: its share of the rest is as exact as a double is.
    return 2 * weight <= rest ? binomial(n, weight / rest, this) : n - binomial(n, (rest - weight) / rest, this);
  }

  /**
   * The index of a weight, drawn once.
   * @param weights integers
   * @param total their sum: a power of 2 up to 2^52
   */
  pick(weights: ArrayLike<number>, total: number): number {
    const uniform = Math.floor(this.uniform() * total);
    let [i, below] = [0, weights[0]!];
    while (uniform >= below) below += weights[++i]!;
    return i;
  }

  #word(): number {
    if (this.#used === 4) this.#next();
    return this.#block[this.#used++]!;
  }

  /** The next uniform number in [0, 1), of 53 bits. */
  uniform(): number {
    if (this.#used > 2) this.#next();
    const at = this.#used;
    this.#used = at + 2;
    return uniform53(this.#block[at]!, this.#block[at + 1]!);
  }

  #next(): void {
    philoxInto(this.#block, this.#group, this.#tick, this.#blocks++, this.#part, this.#key0, this.#key1);
    this.#used = 0;
  }
}

/** The weight, counted from `from`, that a 16-bit uniform picks. */
function pickFrom(weights: ArrayLike<number>, from: number, uniform: number): number {
  let below = weights[from]!;
  let i = 0;
  while (uniform >= below) below += weights[from + ++i]!;
  return i;
}

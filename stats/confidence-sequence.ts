/** An interval that holds at every moment at once: one may look after each value and stop when one likes. */
export interface AnytimeInterval {
  readonly n: number;
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

/** What a sequence has come to: all that it goes on from. */
export interface SequenceState {
  readonly n: number;
  readonly sum: number;
  readonly variance: number;
}

/** Geometry of the boundary: epochs grow by ETA, and the k-th has a share of the error that falls like k^−S. */
const [ETA, S] = [2, 1.4];
/** ζ(1.4), the sum of those shares. */
const ZETA = 3.105_547_275_3;

/**
 * A confidence sequence for the running mean of numbers between 0 and 1, each of which may have another expectation given
 * the ones before: with probability `level`, at every n at once, it holds the mean of those expectations. The empirical
 * Bernstein sequence with a stitched boundary of Howard, Ramdas, McAuliffe & Sekhon, "Time-uniform, nonparametric,
 * nonasymptotic confidence sequences" (2021), theorem 4 and equation (10).
 * @example const sequence = new ConfidenceSequence(); sequence.add(0.2); sequence.interval.upper
 */
export class ConfidenceSequence {
  readonly #level: number;
  #n = 0;
  #sum = 0;
  /** Σ (x_i − mean of the ones before)². */
  #variance = 0;

  /**
   * @param level probability of holding at all times; default .95
   * @param before what another sequence came to, to go on from
   */
  constructor(level = 0.95, before?: SequenceState) {
    if (!(level > 0 && level < 1)) throw new RangeError(`a level lies between 0 and 1, got ${level}`);
    this.#level = level;
    if (before) [this.#n, this.#sum, this.#variance] = [before.n, before.sum, before.variance];
  }

  get state(): SequenceState {
    return { n: this.#n, sum: this.#sum, variance: this.#variance };
  }

  /** @throws {RangeError} for a number outside [0, 1] */
  add(x: number): void {
    if (!(x >= 0 && x <= 1)) throw new RangeError(`expected a number from 0 to 1, got ${x}`);
    const before = (0.5 + this.#sum) / (this.#n + 1);
    this.#variance += (x - before) ** 2;
    this.#sum += x;
    this.#n++;
  }

  /**
   * Numbers that come together, in whatever order: all are held against the mean of those before them.
   * @param counts how often each comes; whole numbers
   * @throws {RangeError} for a number outside [0, 1]
   */
  addTogether(values: ArrayLike<number>, counts: ArrayLike<number>): void {
    const before = (0.5 + this.#sum) / (this.#n + 1);
    for (let i = 0; i < values.length; i++) {
      const [x, count] = [values[i]!, counts[i]!];
      if (!(x >= 0 && x <= 1)) throw new RangeError(`expected a number from 0 to 1, got ${x}`);
      this.#variance += count * (x - before) ** 2;
      this.#sum += count * x;
      this.#n += count;
    }
  }

  get interval(): AnytimeInterval {
    const n = this.#n;
    if (n === 0) return { n, mean: Number.NaN, lower: 0, upper: 1 };
    const mean = this.#sum / n;
    const width = boundary(this.#variance, (1 - this.#level) / 2) / n;
    return { n, mean, lower: Math.max(0, mean - width), upper: Math.min(1, mean + width) };
  }
}

/** What the sum of deviations stays below at all times but with probability α, once their variance has come to v. */
function boundary(v: number, alpha: number): number {
  const variance = Math.max(v, 1);
  const level = S * Math.log(Math.log(ETA * variance)) + Math.log(ZETA / (alpha * Math.log(ETA) ** S));
  const k1 = (ETA ** 0.25 + ETA ** -0.25) / Math.SQRT2;
  const k2 = (Math.sqrt(ETA) + 1) / 2;
  return Math.sqrt(k1 ** 2 * variance * level + (k2 * level) ** 2) + k2 * level;
}

/** What an alarm has come to: all that it goes on from. */
export interface AlarmState {
  readonly n: number;
  readonly evidence: number;
  readonly recent: number;
}

/**
 * Watches for the expectation of numbers between 0 and 1 to rise above a bound. As long as it does not, the expected number of values
 * until a false alarm is at least `patience`. An e-detector of Shiryaev–Roberts kind: Shin, Ramdas & Rinaldo, "E-detectors: a
 * nonparametric framework for sequential change detection" (2024); each value's stake follows the values before it.
 */
export class DriftAlarm {
  readonly #bound: number;
  readonly #patience: number;
  #evidence = 0;
  #recent: number;
  #n = 0;

  /**
   * @param bound of the expectation, between 0 and 1
   * @param patience values until a false alarm, in the mean, at least; default 10,000
   * @param before what another alarm came to, to go on from
   */
  constructor(bound: number, patience = 10_000, before?: AlarmState) {
    if (!(bound > 0 && bound < 1)) throw new RangeError(`a bound lies between 0 and 1, got ${bound}`);
    if (!(patience > 1)) throw new RangeError(`the patience must be more than 1, got ${patience}`);
    this.#bound = bound;
    this.#patience = patience;
    this.#recent = bound;
    if (before) [this.#n, this.#evidence, this.#recent] = [before.n, before.evidence, before.recent];
  }

  get state(): AlarmState {
    return { n: this.#n, evidence: this.#evidence, recent: this.#recent };
  }

  /** Whether the evidence has come to what would hardly be seen below the bound. */
  get raised(): boolean {
    return this.#evidence >= this.#patience;
  }

  /** Values so far. */
  get n(): number {
    return this.#n;
  }

  /** @throws {RangeError} for a number outside [0, 1] */
  add(x: number): void {
    if (!(x >= 0 && x <= 1)) throw new RangeError(`expected a number from 0 to 1, got ${x}`);
    this.#n++;
    // The stake that grows fastest if the next values are like the recent ones; at least enough to begin with.
    const excess = Math.max(this.#recent - this.#bound, 0.05 * (1 - this.#bound));
    const stake = Math.min(0.5 / this.#bound, excess / Math.max(0.01, this.#bound * (1 - this.#bound)));
    if (!this.raised) this.#evidence = (this.#evidence + 1) * (1 + stake * (x - this.#bound));
    this.#recent += MEMORY * (x - this.#recent);
  }
}

/** Weight of the latest value in the mean of the recent ones. */
const MEMORY = 0.02;

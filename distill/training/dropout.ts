/** What dropout needs to know in training. */
export interface Dropout {
  /** Share of the numbers that are set to 0, in steps of 1/256; from 0 to below 1. */
  readonly rate: number;
  /** Uniform numbers in [0, 1) with 53 random bits. */
  readonly random: () => number;
}

const BYTES = 6;

/**
 * Factors of a dropout: 0 with the probability of the rate, else 1 / (1 − rate), so that the mean stays.
 * Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014. Six numbers are decided
 * by one of the generator, a byte each: a step drops some 100,000.
 */
export function dropoutFactors({ rate, random }: Dropout, size: number): Float32Array {
  const dropped = Math.round(rate * 256);
  const kept = 256 / (256 - dropped);
  const factors = new Float32Array(size);
  for (let i = 0; i < size; i += BYTES) {
    const bits = random() * 2 ** 48;
    for (const [from, three] of [
      [i, bits % 2 ** 24],
      [i + 3, bits / 2 ** 24],
    ] as const)
      for (let b = 0; b < 3 && from + b < size; b++)
        factors[from + b] = ((three >>> (8 * b)) & 0xff) < dropped ? 0 : kept;
  }
  return factors;
}

import { philox4x32, streamKey } from '../random.ts';

/** What is drawn for each state or set by itself. Philox counters end in these; those of sequences end in 1. */
const purposes = { explanation: 2, traits: 3, contexts: 4, order: 5, covering: 6 } as const;

/**
 * A uniform number in [0, 1) with 53 random bits that depends on the seed, the purpose, a mask and the round, and on
 * nothing else: what is chosen by it does not change as a sample grows.
 */
export function drawOf(seed: number, purpose: keyof typeof purposes, mask: number, round = 0): number {
  const [a, b] = philox4x32([mask, round, 0, purposes[purpose]], streamKey(seed, 'splits'));
  return ((a >>> 5) * 67108864 + (b >>> 6)) / 9007199254740992;
}

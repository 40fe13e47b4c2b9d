import { createHash } from 'node:crypto';
import { UnderstudyError } from '../../env/error.ts';
import { type Observations, requireWidth } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { immediatePolicy } from '../immediate.ts';
import type { Policy } from '../policy.ts';

/** Decisions to look up: which phrases held, and what was decided. */
export interface Examples {
  readonly observations: Observations;
  /** Row-major [n, k], each row summing to 1. */
  readonly probabilities: ArrayLike<number>;
}

/**
 * Decides like the nearest examples did: the mean over the k nearest by Hamming distance of the phrases. Where more are
 * equally near than places are left, these places go to their mean, so that the order of the examples does not matter.
 * Phrase order is not looked at.
 * Cover & Hart, "Nearest neighbor pattern classification", 1967.
 * @param k default 8
 * @throws {UnderstudyError} POLICY_ARGUMENT if there are no examples or k is not a positive integer
 */
export function nearest(scenario: Vocabulary, { observations, probabilities }: Examples, k = 8): Policy {
  requireWidth(scenario, observations);
  const n = observations.masks.length;
  const actions = scenario.actions.length;
  if (n === 0) throw new UnderstudyError('POLICY_ARGUMENT', 'nearest neighbours: there are no examples');
  if (!Number.isInteger(k) || k < 1)
    throw new UnderstudyError('POLICY_ARGUMENT', `nearest neighbours: expected 1 neighbour or more, got ${k}`);
  const masks = observations.masks.slice();
  const answers = Float64Array.from(probabilities);
  const { sets } = scenario;
  const words = masks.length * sets.wordCount;
  const bits = Uint32Array.from({ length: words }, (_, i) =>
    sets.word(masks[Math.floor(i / sets.wordCount)]!, i % sets.wordCount),
  );
  const hash = createHash('sha256').update(bits).update(answers).digest('hex').slice(0, 16);
  const id = `nearest:${k}@${hash}`;

  /** Adds up the examples by distance, then fills k places from the nearest distance on. */
  function decideOne(mask: number, out: Float64Array): void {
    const width = observations.width;
    const counts = new Float64Array(width + 1);
    const sums = new Float64Array((width + 1) * actions);
    for (let e = 0; e < n; e++) {
      const distance = sets.distance(masks[e]!, mask);
      counts[distance]! += 1;
      for (let a = 0; a < actions; a++) sums[distance * actions + a]! += answers[e * actions + a]!;
    }
    let places = Math.min(k, n);
    const all = places;
    for (let distance = 0; places > 0; distance++) {
      if (counts[distance] === 0) continue;
      const taken = Math.min(places, counts[distance]!);
      const weight = taken / counts[distance]! / all;
      for (let a = 0; a < actions; a++) out[a]! += weight * sums[distance * actions + a]!;
      places -= taken;
    }
    // Rounding can leave a sum of weighted ones just above 1.
    for (let a = 0; a < actions; a++) out[a] = Math.min(1, out[a]!);
  }

  return immediatePolicy(scenario, { id, row: (batch, i, out) => decideOne(batch.masks[i]!, out) });
}

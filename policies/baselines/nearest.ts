import { createHash } from 'node:crypto';
import { UnderstudyError } from '../../env/error.ts';
import { type Observations, requireWidth } from '../../env/observation.ts';
import { ones, type PhraseSets } from '../../env/phrase-sets.ts';
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
 * Decides like the nearest examples did: the mean over the k nearest by the number of phrases that differ. Two phrases of
 * one group, of which exactly one holds, are one difference, as one phrase that is absent elsewhere is. Where more are
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
  const answers = Float64Array.from(probabilities);
  const { sets } = scenario;
  const { wordCount } = sets;
  const bits = Uint32Array.from({ length: n * wordCount }, (_, i) =>
    sets.word(observations.masks[Math.floor(i / wordCount)]!, i % wordCount),
  );
  // Distances in halves: a phrase of a group counts one, so that another one in its place counts as much as any phrase.
  const grouped = wordsOf(sets, sets.of(scenario.groups.flatMap(({ phrases }) => phrases)));
  const weights = grouped.map((word) => ~word);
  const most = 2 * observations.width;
  const hash = createHash('sha256').update(bits).update(answers).digest('hex').slice(0, 16);
  const id = `nearest:${k}@${hash}`;

  /** Adds up the examples by distance, then fills k places from the nearest distance on. */
  function decideOne(mask: number, out: Float64Array): void {
    const counts = new Float64Array(most + 1);
    const sums = new Float64Array((most + 1) * actions);
    const asked = wordsOf(sets, mask);
    for (let e = 0; e < n; e++) {
      let distance = 0;
      for (let w = 0; w < wordCount; w++) {
        const apart = bits[e * wordCount + w]! ^ asked[w]!;
        if (apart !== 0) distance += ones(apart) + ones(apart & weights[w]!);
      }
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

/** Shape [words]: a set as bits. */
const wordsOf = (sets: PhraseSets, set: number): Uint32Array =>
  Uint32Array.from({ length: sets.wordCount }, (_, w) => sets.word(set, w));

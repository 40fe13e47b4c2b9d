import type { Answer } from '../../policy.ts';
import { readingOf } from '../number-distribution.ts';
import { type NumberPath, numberWeights } from './number-weights.ts';

/**
 * Where more of a number's distribution is not seen than this, its mean is not given. What is not seen can move the mean
 * by its own probability at most, and by about a tenth of that where it lies near the rest: up to here by about as much as
 * a greedy reply is off by heaping (docs/decisions/0011-servers.md).
 */
export const MOST_MISSING = 0.1;

/**
 * The answer that the paths of a number give.
 * @param refused why there is no reply, where there is none
 * @param text what the model wrote, to be quoted
 */
export function answerOfNumber(paths: readonly NumberPath[], refused?: string, text?: string): Answer {
  if (refused !== undefined) return { outcome: 'refused', reason: refused };
  const { weights, missing } = numberWeights(paths);
  if (weights.every((weight) => weight === 0)) {
    const quoted = text === undefined ? '' : `: "${text.slice(0, 120)}"`;
    return { outcome: 'unparsable', reason: `no number from 0 to 1 is among what the model could write${quoted}` };
  }
  const { mean, distribution } = readingOf(weights);
  return missing > MOST_MISSING
    ? {
        outcome: 'refused',
        distribution,
        reason: `the server lists too little of the number's distribution to take its mean: ${percent(missing)} of the probability is missing, more than ${percent(MOST_MISSING)}; ask for "greedy"`,
      }
    : { outcome: 'ok', probabilities: [1 - mean, mean], distribution };
}

const percent = (p: number) => `${Math.round(100 * p)} %`;

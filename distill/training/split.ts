import type { Observations } from '../../env/observation.ts';
import { sequence, shuffle } from '../../env/random.ts';

/**
 * Row numbers for training and for validation, a share of the states each: all rows of a state, in whatever order
 * its phrases are shown, are on one side.
 * @returns both in the order of the file; validation is empty if there is only one state
 */
export function splitByState(
  batch: Observations,
  share: number,
  seed: number,
): { train: Int32Array; validation: Int32Array; states: number } {
  const states = [...new Set(batch.masks)].sort((a, b) => a - b);
  const held = states.length < 2 ? 0 : Math.min(states.length - 1, Math.max(1, Math.round(share * states.length)));
  const chosen = new Set(shuffle(Uint32Array.from(states), sequence(seed, 'validation')).subarray(0, held));
  const rows = Int32Array.from({ length: batch.masks.length }, (_, i) => i);
  return {
    train: rows.filter((i) => !chosen.has(batch.masks[i]!)),
    validation: rows.filter((i) => chosen.has(batch.masks[i]!)),
    states: states.length,
  };
}

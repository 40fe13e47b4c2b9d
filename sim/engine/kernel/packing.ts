import { UnderstudyError } from '../../../env/error.ts';
import type { StateSpace } from '../../../env/state-space.ts';

/** Where one agent factor lies in an agent's packed state. */
export interface Field {
  /** Which byte. */
  readonly plane: number;
  /** Its lowest bit in that byte. */
  readonly shift: number;
  /** 0 for a factor of one level. */
  readonly bits: number;
}

/**
 * An agent's state in whole bytes, one plane of bytes each over all agents. No field crosses the middle of a byte unless it is
 * wider than half of one, so that a table over a half (16 values) answers for all fields in it at once.
 */
export interface Packing {
  readonly planes: number;
  /** By agent factor. */
  readonly fields: readonly Field[];
}

/** A factor with more levels would need more than a byte. */
const LEVEL_LIMIT = 256;

/** @throws {UnderstudyError} SIMULATION_SIZE for a factor of more than 256 levels */
export function packingOf(space: StateSpace): Packing {
  const bitsOf = space.agent.map(({ factor }) => Math.ceil(Math.log2(factor.levels.length)));
  const wide = space.agent.find(({ factor }) => factor.levels.length > LEVEL_LIMIT);
  if (wide)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `${wide.factor.name} has ${wide.factor.levels.length} levels; single agents hold at most ${LEVEL_LIMIT} of a factor`,
    );
  const free: number[] = [];
  const fields = new Array<Field>(bitsOf.length);
  // Widest first, each into the first half that has room (first-fit decreasing); two halves are a byte.
  for (const f of [...bitsOf.keys()].sort((a, b) => bitsOf[b]! - bitsOf[a]! || a - b)) {
    const bits = bitsOf[f]!;
    if (bits > 4) {
      if (free.length % 2 === 1) free.push(4);
      fields[f] = { plane: free.length / 2, shift: 0, bits };
      free.push(0, 0);
      continue;
    }
    let half = free.findIndex((room) => room >= bits);
    if (half < 0) half = free.push(4) - 1;
    fields[f] = { plane: half >> 1, shift: (half & 1) * 4 + 4 - free[half]!, bits };
    free[half]! -= bits;
  }
  return { planes: Math.max(1, Math.ceil(free.length / 2)), fields };
}

import type { Frame } from '../../frame.ts';

/** Ticks of which the places are kept, to show where an agent came from. */
const REMEMBERED = 12;

/** Where everybody was at a tick. */
export interface Memory {
  readonly tick: number;
  /** Shape [agents]. */
  readonly places: Uint8Array;
}

/**
 * The last ticks in a row, up to that of the frame.
 * @param known those up to the frame before, if this one is of the same run
 */
export function remember({ tick, places }: Frame, known: readonly Memory[]): readonly Memory[] {
  const before = known.filter((memory) => memory.tick !== tick);
  const inARow = before.at(-1)?.tick === tick - 1 ? before : [];
  // A copy: the frame's own bytes would keep all of its message.
  return [...inARow.slice(1 - REMEMBERED), { tick, places: places.slice() }];
}

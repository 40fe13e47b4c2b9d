import { UnderstudyError } from '../env/error.ts';
import { isSameSelection, type Selection, wordsOf } from './engine/selection.ts';

/** A policy that takes over at a tick, for everybody or for a part of the agents. */
export interface PlannedSwap {
  readonly tick: number;
  readonly only?: Selection;
}

/**
 * Refuses swaps that cannot be made.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for a swap beyond the run, or two of the same agents at one tick
 */
export function requireSwaps(swaps: readonly PlannedSwap[], ticks: number): void {
  for (const { tick } of swaps)
    if (!Number.isInteger(tick) || tick < 0 || tick >= ticks)
      throw new UnderstudyError(
        'SIMULATION_ARGUMENT',
        `cannot swap at tick ${tick}: the run has ticks 0 to ${ticks - 1}`,
      );
  const isSame = (a: PlannedSwap, b: PlannedSwap) =>
    a.tick === b.tick && (a.only && b.only ? isSameSelection(a.only, b.only) : a.only === b.only);
  const twice = swaps.find((swap, i) => swaps.findIndex((other) => isSame(other, swap)) < i);
  if (twice)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `two policies are to take over at tick ${twice.tick}${twice.only ? ` for ${wordsOf(twice.only)}` : ''}; leave one out`,
    );
}

/** Why a run with these swaps needs single agents; undefined if it does not. */
export function shareOf(swaps: readonly PlannedSwap[]): string | undefined {
  return swaps.some(({ only }) => only && 'share' in only) ? 'a canary by share is of single agents' : undefined;
}

import { decodeAgent, type Lookup, type StateSpace } from '../env/state-space.ts';

/** A table's row index split by what is fixed in a tick, a trait set, a code, the action and what was drawn before. */
export interface RowColumns {
  readonly base: number;
  readonly byTraitSet: Int32Array;
  readonly byCode: Int32Array;
  readonly byAction: number;
  /** Stride of each agent factor's next level. */
  readonly byNext: Int32Array;
  /** The agent factors whose next level the row depends on. */
  readonly reads: Int32Array;
}

export interface Law extends RowColumns {
  readonly levels: number;
  /** Shape [rows, levels]: weights out of 65,536, and their running sums by row. */
  readonly weights: Uint32Array;
  readonly cumulative: Uint32Array;
}

export interface LawColumns {
  at(world: ArrayLike<number>, nextWorld: ArrayLike<number>): Law;
}

export function lawColumns(space: StateSpace, lookup: Lookup<Uint32Array>, levels: number): LawColumns {
  const columns = rowColumns(space, lookup);
  const weights = Uint32Array.from(lookup.rows.flatMap((row) => [...row]));
  const cumulative = Uint32Array.from(lookup.rows.flatMap((row) => [...cumulate(row)]));
  return { at: (world, nextWorld) => ({ ...columns(world, nextWorld), levels, weights, cumulative }) };
}

export function rowColumns(
  space: StateSpace,
  lookup: Lookup<unknown>,
): (world: ArrayLike<number>, nextWorld: ArrayLike<number>) => RowColumns {
  const { scenario } = space;
  const stride = new Int32Array(space.slots);
  for (const [i, slot] of lookup.slots.entries()) stride[slot] = lookup.strides[i]!;
  const values = new Int32Array(space.slots);
  const byCode = Int32Array.from({ length: space.agentStates }, (_, code) => {
    decodeAgent(space, values, 0, code);
    return space.agent.reduce((row, _factor, f) => row + stride[space.agentNow + f]! * values[f]!, 0);
  });
  const byTraitSet = Int32Array.from(scenario.traitSets, (mask) =>
    scenario.traits.reduce((row, _trait, i) => row + stride[space.traits + i]! * ((mask >>> i) & 1), 0),
  );
  const byNext = stride.slice(space.agentNext, space.agentNext + space.agent.length);
  const reads = Int32Array.from([...byNext.keys()].filter((f) => byNext[f]! !== 0));
  const byAction = stride[space.action]!;
  return (world, nextWorld) => {
    let base = 0;
    for (let i = 0; i < space.world.length; i++)
      base += stride[space.worldNow + i]! * world[i]! + stride[space.worldNext + i]! * nextWorld[i]!;
    return { base, byTraitSet, byCode, byAction, byNext, reads };
  };
}

/** Running sums of weights. */
export function cumulate(weights: ArrayLike<number>): Uint32Array {
  const sums = Uint32Array.from(weights);
  for (let i = 1; i < sums.length; i++) sums[i]! += sums[i - 1]!;
  return sums;
}

/** Index of the first cumulative weight from `from` on that lies above a uniform. */
export function firstAbove(cumulative: Uint32Array, from: number, uniform: number): number {
  let i = from;
  while (uniform >= cumulative[i]!) i++;
  return i;
}

import { layoutOf } from './keys.ts';
import type { FactorLookup, Lookup, StateSpace } from './state-space.ts';

/** A distribution over the levels of a factor: those of positive weight. */
export interface Law {
  readonly levels: Int32Array;
  /** Integers that sum to 65,536. */
  readonly weights: Int32Array;
}

/** A factor's law in one world and for one trait class: by what the agent is and does. */
export interface Slice {
  /** What the law still depends on. */
  readonly parents: readonly { readonly variable: number; readonly stride: number }[];
  /** By Σ stride · level: index of the law. */
  readonly ids: Int32Array;
  readonly laws: readonly Law[];
}

/** The variable of a slot; undefined for the world and the traits, which are fixed. */
export function variableAt(space: StateSpace, slot: number): number | undefined {
  if (slot >= space.agentNow && slot < space.worldNext) return slot - space.agentNow;
  if (slot === space.action) return space.agent.length;
  if (slot >= space.agentNext && slot < space.action) return space.agent.length + 1 + slot - space.agentNext;
  return undefined;
}

/** The row that a table has where every variable is 0. */
export function baseOf(space: StateSpace, { slots, strides }: Lookup<unknown>, values: Int32Array): number {
  let base = 0;
  for (let i = 0; i < slots.length; i++)
    if (variableAt(space, slots[i]!) === undefined) base += strides[i]! * values[slots[i]!]!;
  return base;
}

export function sliceAt(
  space: StateSpace,
  sizes: readonly number[],
  { slots, strides, rows }: FactorLookup['next'],
  base: number,
): Slice {
  let parents = slots.flatMap((slot, i) => {
    const variable = variableAt(space, slot);
    return variable === undefined ? [] : [{ variable, stride: strides[i]! }];
  });
  const laws: Law[] = [];
  const known = new Map<string, number>();
  const idAt = (row: number): number => {
    const weights = rows[row]!;
    const name = weights.join(' ');
    let id = known.get(name);
    if (id === undefined) {
      known.set(name, (id = laws.length));
      const levels = Int32Array.from(weights.keys()).filter((level) => weights[level]! > 0);
      laws.push({ levels, weights: levels.map((level) => weights[level]!) });
    }
    return id;
  };
  let ids = spread(parents, sizes, (offset) => idAt(base + offset));
  for (const { variable: tried } of [...parents]) {
    const dense = packed(parents, sizes);
    const own = dense.find(({ variable }) => variable === tried)!.stride;
    const rest = dense.filter(({ variable }) => variable !== tried);
    const same = spread(rest, sizes, (offset) => {
      for (let level = 1; level < sizes[tried]!; level++) if (ids[offset + level * own] !== ids[offset]) return 0;
      return 1;
    });
    if (same.includes(0)) continue;
    ids = spread(rest, sizes, (offset) => ids[offset]!);
    parents = rest;
  }
  return { parents: packed(parents, sizes), ids, laws };
}

/** f of every combination of levels, by Σ stride · level; the last variable fastest. */
function spread(
  parents: readonly { readonly variable: number; readonly stride: number }[],
  sizes: readonly number[],
  f: (offset: number) => number,
): Int32Array {
  let offsets = [0];
  for (const { variable, stride } of parents)
    offsets = offsets.flatMap((offset) =>
      Array.from({ length: sizes[variable]! }, (_, level) => offset + level * stride),
    );
  return Int32Array.from(offsets, f);
}

/** The same variables with the strides of an array of their own. */
function packed(parents: readonly { readonly variable: number }[], sizes: readonly number[]) {
  const { strides } = layoutOf(
    parents.map(({ variable }) => variable),
    sizes,
  );
  return parents.map(({ variable }) => ({ variable, stride: strides.get(variable)! }));
}

/** Whether a table's value depends on what an agent becomes. */
export const readsNext = (space: StateSpace, { slots }: Lookup<unknown>): boolean =>
  slots.some((slot) => (variableAt(space, slot) ?? 0) > space.agent.length);

import { layoutOf } from './keys.ts';
import type { FactorLookup, Lookup, StateSpace } from './state-space.ts';

/** A distribution over the levels of a factor: those of positive weight. */
export interface Law {
  readonly levels: Int32Array;
  /** Integers that sum to 65,536. */
  readonly weights: Int32Array;
}

/** A factor's law in one tick and for one trait class: by what the agent is and does. */
export interface Slice {
  /** What the law still depends on. */
  readonly parents: readonly { readonly variable: number; readonly stride: number }[];
  /** By Σ stride · level: index of the law. */
  readonly ids: Int32Array;
  readonly laws: readonly Law[];
}

/** What the levels of a variable of an agent add to the index of a table's row in one tick. */
export interface Part {
  readonly variable: number;
  /** Shape [levels]. */
  readonly rows: Int32Array;
}

/**
 * The variable of a slot; undefined for what is fixed in a tick for alike people: the world, the traits and the crowd
 * unless it goes by place, as its level at a place is read by whoever is there.
 */
export function variableAt(space: StateSpace, slot: number): number | undefined {
  const next = space.agent.length + 1;
  if (slot === space.action) return space.agent.length;
  if (slot >= space.agentNow && slot < space.crowdNow) return slot - space.agentNow;
  if (slot >= space.agentNext && slot < space.crowdNext) return next + slot - space.agentNext;
  if (slot >= space.crowdNow && slot < space.worldNext) return space.crowd[slot - space.crowdNow]!.agentFactor;
  if (slot >= space.crowdNext && slot < space.action) {
    const place = space.crowd[slot - space.crowdNext]!.agentFactor;
    return place === undefined ? undefined : next + place;
  }
  return undefined;
}

/** Whether a slot holds the level of a crowd factor. */
const isCrowd = (space: StateSpace, slot: number): boolean =>
  (slot >= space.crowdNow && slot < space.worldNext) || (slot >= space.crowdNext && slot < space.action);

/** A table's row with every variable at 0, apart from what it reads of the crowd at places. */
export function baseOf(space: StateSpace, { slots, strides }: Lookup<unknown>, values: Int32Array): number {
  let base = 0;
  for (let i = 0; i < slots.length; i++)
    if (variableAt(space, slots[i]!) === undefined) base += strides[i]! * values[slots[i]!]!;
  return base;
}

/**
 * What each variable of an agent adds to the index of a table's row.
 * @param sizes levels of each variable
 * @param values the levels of the crowd at all places, in their slots
 */
export function partsOf(
  space: StateSpace,
  { slots, strides }: Lookup<unknown>,
  sizes: readonly number[],
  values: Int32Array,
): Part[] {
  const parts = new Map<number, Int32Array>();
  slots.forEach((slot, i) => {
    const variable = variableAt(space, slot);
    if (variable === undefined) return;
    let rows = parts.get(variable);
    if (!rows) parts.set(variable, (rows = new Int32Array(sizes[variable]!)));
    const stride = strides[i]!;
    const levels = isCrowd(space, slot) ? placeLevels(space, slot) : undefined;
    for (let level = 0; level < rows.length; level++)
      rows[level]! += stride * (levels === undefined ? level : values[levels + level]!);
  });
  return Array.from(parts, ([variable, rows]) => ({ variable, rows }));
}

/** First slot of the levels, at all places, of the crowd factor whose slot is given. */
const placeLevels = (space: StateSpace, slot: number): number =>
  slot < space.worldNext
    ? space.crowd[slot - space.crowdNow]!.levelsNow
    : space.crowd[slot - space.crowdNext]!.levelsNext;

/** Whether a table reads the crowd at places. */
export const readsPlaces = (space: StateSpace, { slots }: Lookup<unknown>): boolean =>
  slots.some((slot) => isCrowd(space, slot) && variableAt(space, slot) !== undefined);

export function sliceAt(
  space: StateSpace,
  sizes: readonly number[],
  table: FactorLookup['next'],
  values: Int32Array,
): Slice {
  const base = baseOf(space, table, values);
  const parts = partsOf(space, table, sizes, values);
  const laws: Law[] = [];
  const known = new Map<string, number>();
  const idAt = (row: number): number => {
    const weights = table.rows[row]!;
    const name = weights.join(' ');
    let id = known.get(name);
    if (id === undefined) {
      known.set(name, (id = laws.length));
      const levels = Int32Array.from(weights.keys()).filter((level) => weights[level]! > 0);
      laws.push({ levels, weights: levels.map((level) => weights[level]!) });
    }
    return id;
  };
  let ids: Int32Array = Int32Array.from(sums(parts.map(({ rows }) => rows)), (row) => idAt(base + row));
  let parents = packed(parts, sizes);
  for (const { variable: tried } of parts) {
    const own = parents.find(({ variable }) => variable === tried)!.stride;
    const rest = parents.filter(({ variable }) => variable !== tried);
    const same = spread(rest, sizes, (offset) => {
      for (let level = 1; level < sizes[tried]!; level++) if (ids[offset + level * own] !== ids[offset]) return 0;
      return 1;
    });
    if (same.includes(0)) continue;
    ids = spread(rest, sizes, (offset) => ids[offset]!);
    parents = packed(rest, sizes);
  }
  return { parents, ids, laws };
}

/** f of every combination of levels, by Σ stride · level; the last variable fastest. */
function spread(
  parents: readonly { readonly variable: number; readonly stride: number }[],
  sizes: readonly number[],
  f: (offset: number) => number,
): Int32Array {
  const parts = parents.map(({ variable, stride }) =>
    Int32Array.from({ length: sizes[variable]! }, (_, level) => level * stride),
  );
  return Int32Array.from(sums(parts), f);
}

/** Sums of one number of each part, the last part fastest. */
function sums(parts: readonly Int32Array[]): number[] {
  let made = [0];
  for (const part of parts) made = made.flatMap((sum) => Array.from(part, (own) => sum + own));
  return made;
}

/** The same variables with the strides of an array of their own. */
function packed(parents: readonly { readonly variable: number }[], sizes: readonly number[]) {
  const { strides } = layoutOf(
    parents.map(({ variable }) => variable),
    sizes,
  );
  return parents.map(({ variable }) => ({ variable, stride: strides.get(variable)! }));
}

/** Whether a table's value depends on what an agent becomes, if only on the crowd at the place where it will be. */
export const readsNext = (space: StateSpace, { slots }: Lookup<unknown>): boolean =>
  slots.some((slot) => (variableAt(space, slot) ?? 0) > space.agent.length);

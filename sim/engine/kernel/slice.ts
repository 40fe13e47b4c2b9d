import type { Lookup, StateSpace } from '../../../env/state-space.ts';

/**
 * What is not fixed in a tick: the agent factors now (axis f), the action (axis A for A factors) and the agent factors next
 * (axis A + 1 + f).
 */
export type Axis = number;

export const actionAxis = (space: StateSpace): Axis => space.agent.length;
export const nextAxis = (space: StateSpace, f: number): Axis => space.agent.length + 1 + f;

/** How many levels an axis has. */
export function axisSize(space: StateSpace, axis: Axis): number {
  const action = actionAxis(space);
  if (axis === action) return space.scenario.actions.length;
  return space.agent[axis < action ? axis : axis - action - 1]!.factor.levels.length;
}

/** The slot of an axis in a vector of values. */
export function slotOfAxis(space: StateSpace, axis: Axis): number {
  const action = actionAxis(space);
  if (axis === action) return space.action;
  return axis < action ? space.agentNow + axis : space.agentNext + axis - action - 1;
}

/** What the level in a slot adds to a row: by level of the axis that it goes by, or the same for all agents of a kind. */
interface Term {
  readonly axis?: Axis;
  /** Shape [levels of the axis], or [1]. */
  readonly parts: readonly number[];
}

/** @param values holds the levels of what is fixed */
function termOf(space: StateSpace, slot: number, stride: number, values: Int32Array): Term {
  const own = (axis: Axis): Term => ({
    axis,
    parts: Array.from({ length: axisSize(space, axis) }, (_, level) => level * stride),
  });
  if (slot === space.action) return own(actionAxis(space));
  if (slot >= space.agentNow && slot < space.crowdNow) return own(slot - space.agentNow);
  if (slot >= space.agentNext && slot < space.crowdNext) return own(nextAxis(space, slot - space.agentNext));
  const crowd = crowdAt(space, slot);
  if (crowd?.agentFactor === undefined) return { parts: [values[slot]! * stride] };
  // What the crowd is where an agent is, or will be, goes by its place.
  const [axis, from] =
    slot === crowd.now ? [crowd.agentFactor, crowd.levelsNow] : [nextAxis(space, crowd.agentFactor), crowd.levelsNext];
  return { axis, parts: Array.from({ length: crowd.places }, (_, place) => values[from + place]! * stride) };
}

const crowdAt = ({ crowd }: StateSpace, slot: number) => crowd.find(({ now, next }) => now === slot || next === slot);

/** Slots of what a table reads that is fixed within a tick for agents of one trait set, traits aside. */
export function fixedSlots(space: StateSpace, lookup: Lookup<unknown>): number[] {
  return lookup.slots.flatMap((slot) => {
    const crowd = crowdAt(space, slot);
    if (crowd) {
      const from = slot === crowd.now ? crowd.levelsNow : crowd.levelsNext;
      return Array.from({ length: crowd.places }, (_, place) => from + place);
    }
    const isWorld = slot < space.agentNow || (slot >= space.worldNext && slot < space.agentNext);
    return isWorld ? [slot] : [];
  });
}

/** One number for each of the rows of tables that agree in every class of levels: which levels of each axis are alike. */
export interface Classes {
  /** Ascending; only axes that matter, each with two classes or more. */
  readonly axes: readonly Axis[];
  /** By axis in `axes`: shape [levels], the number that a level adds to the row. */
  readonly parts: readonly Uint16Array[];
  /** Rows: the product of the numbers of classes. */
  readonly rows: number;
}

/** A joint index may have this many rows. */
const ROW_LIMIT = 65536;

/**
 * Merges the levels that make no difference to any of some tables, the fixed slots being what they are.
 * @param values holds the levels of the fixed slots
 * @param over the axes that make up the row; other axes are taken at all their levels
 * @returns undefined for more than 65,536 rows
 */
export function classesOf(
  space: StateSpace,
  lookups: readonly Lookup<unknown>[],
  values: Int32Array,
  over: (axis: Axis) => boolean,
): Classes | undefined {
  const labels = new Map<Axis, number[]>();
  for (const lookup of lookups)
    for (const [axis, own] of alike(space, lookup, values)) {
      if (!over(axis)) continue;
      const size = own.length;
      const before = labels.get(axis);
      labels.set(axis, before ? renumbered(own.map((label, level) => before[level]! * size + label)) : own);
    }
  const axes = [...labels.keys()].filter((axis) => labels.get(axis)!.some((label) => label > 0)).sort((a, b) => a - b);
  let rows = 1;
  const parts = axes.map((axis) => {
    const own = labels.get(axis)!;
    const stride = rows;
    rows *= 1 + Math.max(...own);
    return own.map((label) => label * stride);
  });
  if (rows > ROW_LIMIT) return undefined;
  return { axes, parts: parts.map((part) => Uint16Array.from(part)), rows };
}

/** For each row of some classes, one level of each axis that stands for it; 0 for an axis that does not matter. */
export function representativesOf({ axes, parts, rows }: Classes): Uint8Array[] {
  const strides = parts.map((part) => Math.min(...part.filter((add) => add > 0)));
  return axes.map((_, i) => {
    const above = strides[i + 1] ?? rows;
    return Uint8Array.from({ length: rows }, (_, row) => {
      const own = row - Math.floor(row / above) * above;
      return parts[i]!.indexOf(own - (own % strides[i]!));
    });
  });
}

/** Of one table: for each axis that it reads, which levels give the same rows, whatever the other axes; numbered from 0. */
function alike(space: StateSpace, lookup: Lookup<unknown>, values: Int32Array): [Axis, number[]][] {
  const ids = idsOf(lookup.rows);
  let base = 0;
  const read = new Map<Axis, readonly number[]>();
  lookup.slots.forEach((slot, i) => {
    const { axis, parts } = termOf(space, slot, lookup.strides[i]!, values);
    if (axis === undefined) base += parts[0]!;
    else read.set(axis, read.get(axis)?.map((part, level) => part + parts[level]!) ?? parts);
  });
  return [...read].map(([axis, parts]) => {
    let others = [base];
    for (const [other, theirs] of read)
      if (other !== axis) others = others.flatMap((at) => theirs.map((part) => at + part));
    return [axis, renumbered(parts.map((part) => others.map((at) => ids[at + part]).join(',')))];
  });
}

/** Labels as numbers from 0 in the order in which they first occur. */
function renumbered(labels: readonly (string | number)[]): number[] {
  const numbers = new Map<string | number, number>();
  return labels.map((label) => {
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label)!;
  });
}

const identities = new WeakMap<readonly unknown[], Int32Array>();

/** A number for each row, the same for rows of the same content. */
function idsOf(rows: readonly unknown[]): Int32Array {
  let ids = identities.get(rows);
  if (!ids) identities.set(rows, (ids = Int32Array.from(renumbered(rows.map(String)))));
  return ids;
}

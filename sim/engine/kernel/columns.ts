import { placesOf } from '../../../env/people.ts';
import type { StateSpace } from '../../../env/state-space.ts';
import { type Packing, packingOf } from './packing.ts';

/**
 * Single agents as columns of bytes. Agents of one kind (trait set) stand together, each kind from a place that is a
 * multiple of 16 on; an agent's place is also whose luck it has.
 */
export interface Columns {
  readonly packing: Packing;
  /** Agents of each kind. */
  readonly members: Uint32Array;
  /** By kind: its first place. */
  readonly first: Uint32Array;
  /** Places in all, a multiple of 16. */
  readonly places: number;
  /** By plane, shape [places]: the packed states. */
  readonly states: readonly Uint8Array[];
  /** Shape [places]: actions of the last tick played. */
  readonly actions: Uint8Array;
  /** By agent factor that neighbours make, shape [places]: the levels that they move to; undefined for those that are drawn. */
  readonly made: readonly (Uint8Array | undefined)[];
}

/** Where each kind stands, and how many bytes its columns take. */
export function arrange(space: StateSpace, members: Uint32Array) {
  const packing = packingOf(space);
  const { first, places } = placesOf(members);
  const made = space.agent.filter(({ counted }) => counted).length;
  return { packing, members, first, places, bytes: (packing.planes + 1 + made) * places };
}

/** @param allot gives room for so many bytes */
export function columnsOf(
  space: StateSpace,
  members: Uint32Array,
  allot: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
): Columns {
  const { bytes: _, ...arranged } = arrange(space, members);
  return {
    ...arranged,
    states: Array.from({ length: arranged.packing.planes }, () => allot(arranged.places)),
    actions: allot(arranged.places),
    made: space.agent.map(({ counted }) => counted && allot(arranged.places)),
  };
}

/** Level of a factor in a byte of its plane. */
export const levelIn = ({ fields }: Packing, f: number, byte: number): number =>
  (byte >> fields[f]!.shift) & ((1 << fields[f]!.bits) - 1);

/** The joint code of the agent factors at a place. */
export function codeAt(space: StateSpace, { packing, states }: Columns, place: number): number {
  let code = 0;
  for (let f = 0; f < space.agent.length; f++)
    code = code * space.agent[f]!.factor.levels.length + levelIn(packing, f, states[packing.fields[f]!.plane]![place]!);
  return code;
}

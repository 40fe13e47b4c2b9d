/**
 * The binary picture of a population at one tick, little-endian.
 *
 * ```
 * byte  0      0x55
 * byte  1      layout version, 2
 * byte  2      flags: 1 key, 2 played, 4 trait sets follow
 * byte  4–7    run, u32: counts restarts, so that a frame of the last run is never taken for this one
 * byte  8–11   tick, u32
 * byte 12–15   agents n, u32
 * byte 16–19   actions k, u32
 * byte 20–23   distinct observations d, u32; 0 before the tick is played
 * byte 24–27  trait sets s of the run, u32; 0 without flag 4
 * n bytes      place of each agent
 *              with flag 2:
 * n bytes      action of each agent
 * 2n bytes     index of each agent's observation among the d, u16; 4n bytes, u32, if d is more than 65,536
 * d·k bytes    P of each action at each observation: 0 if there is none, otherwise v says (v − 1) / 254
 *              with flag 4:
 * 2n bytes     index of each agent's trait set, u16; 4n bytes, u32, if s is more than 65,536
 * ```
 * Each part begins at the next multiple of 4. A frame is complete in itself. A key frame does not follow the one before
 * it (the first, after a restart, after ticks that the viewer missed): agents are placed, not moved.
 */
export interface Frame {
  readonly run: number;
  readonly tick: number;
  readonly key: boolean;
  /** Actions of the scenario, k. */
  readonly actionCount: number;
  /** Shape [agents]. */
  readonly places: Uint8Array;
  /** What was done in the tick; absent before it is played. */
  readonly played?: Played;
  /** Shape [agents], index into the trait sets of the run; sent once a run, with how many they are. */
  readonly traitSets?: { readonly of: Uint16Array | Uint32Array; readonly count: number };
}

export interface Played {
  /** Shape [agents]. */
  readonly actions: Uint8Array;
  /** Row of each agent's observation in `levels`; shape [agents]. */
  readonly observed: Uint16Array | Uint32Array;
  /** P of each action as packProbability has it; shape [distinct observations, actions]. */
  readonly levels: Uint8Array;
}

/** Raised for bytes that are not a frame. */
export class FrameError extends Error {
  readonly code = 'FRAME';
  constructor(message: string) {
    super(message);
    this.name = 'FrameError';
  }
}

const MAGIC = 0x55;
const VERSION = 2;
const HEADER_BYTES = 28;
const [KEY, PLAYED, TRAIT_SETS] = [1, 2, 4];

/** The most places that a viewer draws. */
export const PLACE_LIMIT = 128;

/** A probability as a byte; NaN is 0. */
export const packProbability = (p: number): number =>
  Number.isNaN(p) ? 0 : 1 + Math.round(254 * Math.min(1, Math.max(0, p)));

/** NaN if there is none. */
export const unpackProbability = (level: number): number => (level === 0 ? Number.NaN : (level - 1) / 254);

/** An array that holds indices of d rows. */
export const indexArray = (n: number, d: number): Uint16Array | Uint32Array =>
  d > 0x10000 ? new Uint32Array(n) : new Uint16Array(n);

/** Whether this machine's numbers lie in memory as a frame's do. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Writes indices of d rows as layoutOf makes room for them. */
function writeIndices(view: DataView, at: number, indices: Uint16Array | Uint32Array, d: number): void {
  const size = d > 0x10000 ? 4 : 2;
  if (LITTLE_ENDIAN && indices.BYTES_PER_ELEMENT === size)
    new Uint8Array(view.buffer, view.byteOffset + at).set(
      new Uint8Array(indices.buffer, indices.byteOffset, indices.byteLength),
    );
  else
    for (let i = 0; i < indices.length; i++)
      if (size === 4) view.setUint32(at + 4 * i, indices[i]!, true);
      else view.setUint16(at + 2 * i, indices[i]!, true);
}

/** Indices where they lie, if they can be read there; otherwise a copy. */
function readIndices(view: DataView, at: number, n: number, d: number): Uint16Array | Uint32Array {
  const size = d > 0x10000 ? 4 : 2;
  const start = view.byteOffset + at;
  if (LITTLE_ENDIAN && start % size === 0)
    return new (size === 4 ? Uint32Array : Uint16Array)(view.buffer as ArrayBuffer, start, n);
  return indexArray(n, d).map((_, i) =>
    size === 4 ? view.getUint32(at + 4 * i, true) : view.getUint16(at + 2 * i, true),
  );
}

/** Whether all indices are among d. */
function allBelow(indices: Uint16Array | Uint32Array, d: number): boolean {
  let most = 0;
  for (let i = 0; i < indices.length; i++) if (indices[i]! > most) most = indices[i]!;
  return indices.length === 0 || most < d;
}

/** Where the parts of a frame lie. */
function layoutOf(flags: number, n: number, k: number, d: number, s: number) {
  let end = HEADER_BYTES;
  const part = (bytes: number) => {
    const at = (end + 3) & ~3;
    end = at + bytes;
    return at;
  };
  const places = part(n);
  const played =
    flags & PLAYED! ? { actions: part(n), observed: part(n * (d > 0x10000 ? 4 : 2)), levels: part(d * k) } : undefined;
  const traitSets = flags & TRAIT_SETS! ? part(n * (s > 0x10000 ? 4 : 2)) : undefined;
  return { places, played, traitSets, end };
}

export function encodeFrame(frame: Frame): Uint8Array {
  const { run, tick, key, actionCount: k, places, played, traitSets } = frame;
  const n = places.length;
  const d = played ? played.levels.length / k : 0;
  const flags = (key ? KEY! : 0) | (played ? PLAYED! : 0) | (traitSets ? TRAIT_SETS! : 0);
  const s = traitSets?.count ?? 0;
  const at = layoutOf(flags, n, k, d, s);
  const bytes = new Uint8Array(at.end);
  const view = new DataView(bytes.buffer);
  bytes.set([MAGIC, VERSION, flags]);
  [run, tick, n, k, d, s].forEach((value, i) => view.setUint32(4 + 4 * i, value, true));
  bytes.set(places, at.places);
  if (played) {
    bytes.set(played.actions, at.played!.actions);
    writeIndices(view, at.played!.observed, played.observed, d);
    bytes.set(played.levels, at.played!.levels);
  }
  if (traitSets) writeIndices(view, at.traitSets!, traitSets.of, s);
  return bytes;
}

/**
 * A frame's columns are the bytes themselves, not copies, if they are aligned.
 * @throws {FrameError} naming what was expected and what came
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length < HEADER_BYTES)
    throw new FrameError(`a frame has at least ${HEADER_BYTES} bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== MAGIC || bytes[1] !== VERSION)
    throw new FrameError(`expected a frame of layout ${VERSION}, got bytes ${bytes[0]}, ${bytes[1]}; reload the page`);
  const flags = bytes[2]!;
  const [run, tick, n, k, d, s] = [4, 8, 12, 16, 20, 24].map((offset) => view.getUint32(offset, true)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const at = layoutOf(flags, n, k, d, s);
  if (bytes.length !== at.end) throw new FrameError(`a frame of ${n} agents has ${at.end} bytes, got ${bytes.length}`);
  const columns = at.played && {
    actions: bytes.subarray(at.played.actions, at.played.actions + n),
    observed: readIndices(view, at.played.observed, n, d),
    levels: bytes.subarray(at.played.levels, at.played.levels + d * k),
  };
  if (columns && !allBelow(columns.observed, d)) throw new FrameError(`an agent's observation is not among the ${d}`);
  const traitSets = at.traitSets === undefined ? undefined : { of: readIndices(view, at.traitSets, n, s), count: s };
  if (traitSets && !allBelow(traitSets.of, s)) throw new FrameError(`an agent's trait set is not among the ${s}`);
  return {
    run,
    tick,
    key: (flags & KEY!) !== 0,
    actionCount: k,
    places: bytes.subarray(at.places, at.places + n),
    ...(columns && { played: columns }),
    ...(traitSets && { traitSets }),
  };
}

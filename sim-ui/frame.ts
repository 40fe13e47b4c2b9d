/**
 * The binary picture of a population at one tick: a byte of state an agent.
 *
 * ```
 * byte  0      0x55
 * byte  1      layout version, 1
 * byte  2      flags: 1 key, 2 played, 4 trait sets follow
 * byte  3      place bits b, 0 to 7
 * byte  4–7    run, u32 little-endian: counts restarts, so that a frame of the last run is never taken for this one
 * byte  8–11   tick, u32
 * byte 12–15   agents n, u32
 * n bytes      states, one an agent: place in the low b bits, then one bit that says whether the agent took another
 *              action than the default, then P in the 7 − b bits that are left (0: no probability; from 1 on (v − 1) /
 *              (top − 1))
 * 2n bytes     with flag 4, from the next even offset: index of the agent's trait set, u16
 * ```
 * A frame is complete in itself. A key frame does not follow the one before it (the first, after a restart, after
 * ticks that the viewer missed): agents are placed, not moved.
 */
export interface Frame {
  readonly run: number;
  readonly tick: number;
  readonly key: boolean;
  /** Whether the tick was played: before, no agent has acted and no probability is known. */
  readonly played: boolean;
  readonly placeBits: number;
  /** Shape [agents]. */
  readonly states: Uint8Array;
  /** Shape [agents]; sent once a run. */
  readonly traitSets?: Uint16Array | Uint32Array;
}

/** What one byte says. */
export interface AgentState {
  readonly place: number;
  readonly acted: boolean;
  /** Probability of any action but the default; NaN if there is none or no bits are left for it. */
  readonly probability: number;
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
const VERSION = 1;
const HEADER_BYTES = 16;
const [KEY, PLAYED, TRAIT_SETS] = [1, 2, 4];

/** The most places that a byte can tell apart. */
export const PLACE_LIMIT = 128;

/** Bits that n places need. */
export const placeBitsFor = (places: number): number => Math.ceil(Math.log2(Math.max(1, places)));

export function packState(placeBits: number, { place, acted, probability }: AgentState): number {
  const top = 2 ** (7 - placeBits) - 1;
  const level = top < 2 || Number.isNaN(probability) ? 0 : 1 + Math.round(probability * (top - 1));
  return place | (acted ? 1 << placeBits : 0) | (level << (placeBits + 1));
}

export function unpackState(placeBits: number, byte: number): AgentState {
  const top = 2 ** (7 - placeBits) - 1;
  const level = byte >>> (placeBits + 1);
  return {
    place: byte & ((1 << placeBits) - 1),
    acted: ((byte >>> placeBits) & 1) === 1,
    probability: level === 0 || top < 2 ? Number.NaN : (level - 1) / (top - 1),
  };
}

export function encodeFrame(frame: Frame): Uint8Array {
  const n = frame.states.length;
  const traitSetsAt = HEADER_BYTES + n + (n % 2);
  const bytes = new Uint8Array(frame.traitSets ? traitSetsAt + 2 * n : HEADER_BYTES + n);
  const view = new DataView(bytes.buffer);
  bytes.set([
    MAGIC,
    VERSION,
    (frame.key ? KEY! : 0) | (frame.played ? PLAYED! : 0) | (frame.traitSets ? TRAIT_SETS! : 0),
    frame.placeBits,
  ]);
  view.setUint32(4, frame.run, true);
  view.setUint32(8, frame.tick, true);
  view.setUint32(12, n, true);
  bytes.set(frame.states, HEADER_BYTES);
  frame.traitSets?.forEach((traitSet, i) => {
    view.setUint16(traitSetsAt + 2 * i, traitSet, true);
  });
  return bytes;
}

/** @throws {FrameError} naming what was expected and what came */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length < HEADER_BYTES)
    throw new FrameError(`a frame has at least ${HEADER_BYTES} bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== MAGIC || bytes[1] !== VERSION)
    throw new FrameError(`expected a frame of layout ${VERSION}, got bytes ${bytes[0]}, ${bytes[1]}; reload the page`);
  const flags = bytes[2]!;
  const placeBits = bytes[3]!;
  const n = view.getUint32(12, true);
  const traitSetsAt = HEADER_BYTES + n + (n % 2);
  const expected = flags & TRAIT_SETS! ? traitSetsAt + 2 * n : HEADER_BYTES + n;
  if (bytes.length !== expected)
    throw new FrameError(`a frame of ${n} agents has ${expected} bytes, got ${bytes.length}`);
  if (placeBits > 7) throw new FrameError(`place bits: at most 7, got ${placeBits}`);
  return {
    run: view.getUint32(4, true),
    tick: view.getUint32(8, true),
    key: (flags & KEY!) !== 0,
    played: (flags & PLAYED!) !== 0,
    placeBits,
    states: bytes.slice(HEADER_BYTES, HEADER_BYTES + n),
    ...(flags & TRAIT_SETS! && {
      traitSets: Uint16Array.from({ length: n }, (_, i) => view.getUint16(traitSetsAt + 2 * i, true)),
    }),
  };
}

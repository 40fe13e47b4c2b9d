import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, FrameError, packState, placeBitsFor, unpackState } from './frame.ts';

describe('the byte of an agent', () => {
  it('has the layout that is documented: place in the low bits, then acted, then the probability', () => {
    // 5 places take 3 bits; 4 are left for P: 0 says none, 1 … 15 say 0 … 1 in steps of 1/14.
    expect(packState(3, { place: 4, acted: true, probability: 1 })).toBe(0b1111_1_100);
    expect(packState(3, { place: 2, acted: false, probability: 0 })).toBe(0b0001_0_010);
    expect(packState(3, { place: 0, acted: false, probability: Number.NaN })).toBe(0);
  });

  it('is what it was after packing and unpacking, P to half a step', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 7 }),
        fc.integer({ min: 0, max: 127 }),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (placeBits, any, acted, probability) => {
          const place = any % 2 ** placeBits;
          const state = unpackState(placeBits, packState(placeBits, { place, acted, probability }));
          expect(state).toMatchObject({ place, acted });
          const steps = 2 ** (7 - placeBits) - 2;
          if (steps < 1) expect(state.probability).toBeNaN();
          else expect(Math.abs(state.probability - probability)).toBeLessThanOrEqual(0.5 / steps + 1e-12);
        },
      ),
    );
  });

  it('needs no bits for one place and seven for 128', () => {
    expect([0, 1, 2, 3, 5, 8, 9, 128].map(placeBitsFor)).toEqual([0, 0, 1, 2, 3, 3, 4, 7]);
  });
});

describe('a frame', () => {
  const states = Uint8Array.of(7, 0, 255);
  const traitSets = Uint16Array.of(3, 58, 65_535);

  it('takes 16 bytes and one for each agent', () => {
    expect(encodeFrame({ run: 0, tick: 9, key: false, played: true, placeBits: 3, states })).toHaveLength(19);
  });

  it('is what it was after encoding and decoding, with and without trait sets, at any offset of a buffer', () => {
    for (const sets of [undefined, traitSets])
      for (const n of [0, 1, 2, 3]) {
        const frame = {
          run: 4,
          tick: 209,
          key: true,
          played: false,
          placeBits: 3,
          states: states.slice(0, n),
          ...(sets && { traitSets: sets.slice(0, n) }),
        };
        const bytes = encodeFrame(frame);
        const shifted = new Uint8Array(bytes.length + 3);
        shifted.set(bytes, 3);
        expect(decodeFrame(shifted.subarray(3))).toEqual(frame);
      }
  });

  it('is refused when bytes are missing or foreign, saying what was expected', () => {
    const bytes = encodeFrame({ run: 0, tick: 0, key: true, played: false, placeBits: 3, states });
    expect(() => decodeFrame(bytes.subarray(0, 18))).toThrow('a frame of 3 agents has 19 bytes, got 18');
    expect(() => decodeFrame(bytes.subarray(0, 5))).toThrow('at least 16 bytes, got 5');
    expect(() => decodeFrame(Uint8Array.from(bytes, (byte, i) => (i === 1 ? 2 : byte)))).toThrow(FrameError);
    expect(() => decodeFrame(Uint8Array.from(bytes, (byte, i) => (i === 3 ? 8 : byte)))).toThrow('at most 7, got 8');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, type Frame, FrameError, packProbability, unpackProbability } from './frame.ts';

describe('a probability as a byte', () => {
  it('says none as 0, and 0 to 1 in steps of 1/254', () => {
    expect([Number.NaN, 0, 1, 0.5].map(packProbability)).toEqual([0, 1, 255, 128]);
    expect(unpackProbability(0)).toBeNaN();
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (p) => {
        expect(Math.abs(unpackProbability(packProbability(p)) - p)).toBeLessThanOrEqual(0.5 / 254 + 1e-12);
      }),
    );
  });
});

describe('a frame', () => {
  const waiting: Frame = { run: 4, tick: 209, key: true, actionCount: 12, places: Uint8Array.of(7, 0, 127) };
  const played = {
    actions: Uint8Array.of(11, 0, 3),
    observed: Uint16Array.of(1, 0, 1),
    levels: Uint8Array.from({ length: 24 }, (_, i) => i * 10),
  };
  const traitSets = { of: Uint16Array.of(3, 58, 65_535), count: 65_536 };

  it('takes 28 bytes and one for each agent before its tick is played', () => {
    expect(encodeFrame(waiting)).toHaveLength(31);
    expect(encodeFrame({ ...waiting, played })).toHaveLength(28 + 4 + 4 + 8 + 24);
  });

  it('is what it was after encoding and decoding, at any offset of a buffer', () => {
    for (const frame of [
      waiting,
      { ...waiting, traitSets },
      { ...waiting, played },
      { ...waiting, key: false, played, traitSets },
      { ...waiting, places: new Uint8Array(0) },
    ]) {
      const bytes = encodeFrame(frame);
      const shifted = new Uint8Array(bytes.length + 3);
      shifted.set(bytes, 3);
      expect(decodeFrame(shifted.subarray(3))).toEqual(frame);
    }
  });

  it('counts trait sets in four bytes where two are not enough', () => {
    const many = { of: Uint32Array.of(99_999, 0, 65_536), count: 100_000 };
    expect(decodeFrame(encodeFrame({ ...waiting, traitSets: many })).traitSets).toEqual(many);
    expect(() => decodeFrame(encodeFrame({ ...waiting, traitSets: { ...many, count: 99_999 } }))).toThrow('99999');
  });

  it('counts observations in four bytes where two are not enough', () => {
    const many = { ...played, observed: Uint32Array.of(70_000, 0, 1), levels: new Uint8Array(2 * 70_001) };
    expect(decodeFrame(encodeFrame({ ...waiting, actionCount: 2, played: many })).played).toEqual(many);
  });

  it('is refused when bytes are missing or foreign, saying what was expected', () => {
    const bytes = encodeFrame({ ...waiting, played });
    expect(() => decodeFrame(bytes.subarray(0, 40))).toThrow('a frame of 3 agents has 68 bytes, got 40');
    expect(() => decodeFrame(bytes.subarray(0, 5))).toThrow('at least 28 bytes, got 5');
    expect(() => decodeFrame(Uint8Array.from(bytes, (byte, i) => (i === 1 ? 1 : byte)))).toThrow(FrameError);
    const wild = { ...played, observed: Uint16Array.of(2, 0, 0) };
    expect(() => decodeFrame(encodeFrame({ ...waiting, played: wild }))).toThrow('not among the 2');
  });
});

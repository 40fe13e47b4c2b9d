import { describe, expect, it } from 'vitest';
import { provenanceOf, splitByState } from './data.ts';

const batch = {
  width: 4,
  masks: Uint32Array.from({ length: 60 }, (_, i) => i % 20),
  orders: Array.from({ length: 60 }, (_, i) => (i % 2 ? [i % 4] : undefined)),
};

describe('splitByState', () => {
  it('keeps all rows of a state on one side and loses none', () => {
    const { train, validation, states } = splitByState(batch, 0.25, 9);
    expect(states).toBe(20);
    expect(validation).toHaveLength(15);
    const held = new Set(Array.from(validation, (i) => batch.masks[i]));
    expect(held.size).toBe(5);
    for (const i of train) expect(held.has(batch.masks[i]!)).toBe(false);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...Array(60).keys()]);
  });

  it('depends on the seed and on the states, not on the order of the rows', () => {
    const reversed = { ...batch, masks: batch.masks.slice().reverse() };
    const heldOf = (b: { width: number; masks: Uint32Array }, seed: number) =>
      [...new Set(Array.from(splitByState(b, 0.25, seed).validation, (i) => b.masks[i]!))].sort((x, y) => x - y);
    expect(heldOf(reversed, 9)).toEqual(heldOf(batch, 9));
    expect(heldOf(batch, 10)).not.toEqual(heldOf(batch, 9));
  });

  it('holds out one of two states, and none of one', () => {
    expect(splitByState({ width: 4, masks: Uint32Array.of(3, 5) }, 0.1, 0).validation).toHaveLength(1);
    expect(splitByState({ width: 4, masks: Uint32Array.of(3, 3) }, 0.1, 0).validation).toHaveLength(0);
    expect(splitByState({ width: 4, masks: new Uint32Array(0) }, 0.1, 0)).toMatchObject({ states: 0 });
  });
});

describe('the provenance of a student', () => {
  it('names Gemma’s terms for a student of Gemma, by whatever name the file had', () => {
    for (const id of ['gemma-3-4b-0123456789ab', 'google_gemma-3-4b-it-Q4_K_M-0123456789ab', 'gemma-4b'])
      expect(provenanceOf([id, id])).toEqual({ id, licence: expect.stringContaining('derivative') });
    expect(provenanceOf(['gemma-4-e4b-it-0123456789ab']).licence).toBe('Apache-2.0');
  });

  it('passes on that the bundled teacher is a stand-in', () => {
    expect(provenanceOf(['tiny-0123456789ab'])).toMatchObject({
      licence: 'MIT, like this project',
      caveat: expect.stringContaining('not Gemma'),
    });
    expect(provenanceOf(['my-tiny-llama-0123456789ab']).licence).toContain('unknown');
  });

  it('says so where rows do not name a teacher, and names all if there are several', () => {
    expect(provenanceOf([undefined, undefined])).toEqual({
      id: 'unknown',
      licence: expect.stringContaining('unknown'),
    });
    const mixed = provenanceOf(['oracle-0123456789ab', 'gemma-3-4b-0123456789ab', undefined]);
    expect(mixed.id).toBe('oracle-0123456789ab, gemma-3-4b-0123456789ab, unknown');
    expect(mixed.licence).toMatch(/MIT.*derivative.*unknown/);
  });
});

import { describe, expect, it } from 'vitest';
import { provenanceOf } from './provenance.ts';

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

  it('says so where rows do not name a teacher, and names all where there are several', () => {
    expect(provenanceOf([undefined, undefined])).toEqual({
      id: 'unknown',
      licence: expect.stringContaining('unknown'),
    });
    const mixed = provenanceOf(['oracle-0123456789ab', 'gemma-3-4b-0123456789ab', undefined]);
    expect(mixed.id).toBe('oracle-0123456789ab, gemma-3-4b-0123456789ab, unknown');
    expect(mixed.licence).toMatch(/MIT.*derivative.*unknown/);
  });
});

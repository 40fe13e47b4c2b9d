import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineVocabulary } from '../../env/vocabulary.ts';
import { provenanceOf, readTrainingData, splitByCluster } from './data.ts';

const states = Uint32Array.from({ length: 60 }, (_, i) => i % 20);

describe('splitByCluster', () => {
  it('keeps all rows of a state on one side and loses none', () => {
    const { train, validation } = splitByCluster(states, 0.25, 9);
    expect(validation).toHaveLength(15);
    const held = new Set(Array.from(validation, (i) => states[i]));
    expect(held.size).toBe(5);
    for (const i of train) expect(held.has(states[i]!)).toBe(false);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...Array(60).keys()]);
  });

  it('depends on the seed and on the states, not on the order of the rows', () => {
    const reversed = states.slice().reverse();
    const heldOf = (of: Uint32Array, seed: number) =>
      [...new Set(Array.from(splitByCluster(of, 0.25, seed).validation, (i) => of[i]!))].sort((x, y) => x - y);
    expect(heldOf(reversed, 9)).toEqual(heldOf(states, 9));
    expect(heldOf(states, 10)).not.toEqual(heldOf(states, 9));
  });

  it('holds out one of two states, and none of one', () => {
    expect(splitByCluster(Uint32Array.of(3, 5), 0.1, 0).validation).toHaveLength(1);
    expect(splitByCluster(Uint32Array.of(3, 3), 0.1, 0).validation).toHaveLength(0);
    expect(splitByCluster(new Uint32Array(0), 0.1, 0).train).toHaveLength(0);
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

it('holds out single choices one by one if there are few states, and states if there are many', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-few-'));
  const words = (n: number) =>
    defineVocabulary({
      id: 'cells',
      actions: ['stay', 'go'],
      traits: { phrases: Array.from({ length: n }, (_, i) => `p${i}`) },
    });
  const heldStates = async (n: number) => {
    const scenario = words(n);
    const states = Array.from({ length: 2 ** n - 1 }, (_, i) => i + 1);
    const rows = states.flatMap((state) =>
      Array.from({ length: 12 }, (_, j) => ({
        traits: scenario.sets.indices(state).map((p) => `p${p}`),
        context: [],
        action: (state + j) % 3 === 0 ? 'go' : 'stay',
      })),
    );
    const file = join(folder, `${n}.jsonl`);
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    const { observations, train, validation } = await readTrainingData(file, scenario, 1);
    const of = (part: Int32Array) => new Set(Array.from(part, (row) => observations.masks[row]!));
    return [...of(validation)].filter((state) => of(train).has(state)).length;
  };
  // Seven states: all are on both sides. 127: none is.
  expect(await heldStates(3)).toBe(7);
  expect(await heldStates(7)).toBe(0);
  await rm(folder, { recursive: true });
});

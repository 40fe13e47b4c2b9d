import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workspace } from '../../workspace/paths.ts';
import { selfDistanceSchema } from '../protocol/hello.ts';
import { selfDistanceOf } from './self-distance.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'self-distance-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('says how to find out while there is no study', async () => {
  expect(await selfDistanceOf(directory, ['tiny'])).toEqual({
    teacher: 'tiny',
    reruns: null,
    words: 'unknown: run `understudy stability`',
  });
});

it('is the mean distance of two draws whose standard deviation the study found', async () => {
  const file = workspace(directory).stability;
  await mkdir(dirname(file), { recursive: true });
  const icc = { value: null, reason: 'undefined: no variance' };
  const study = {
    ...{ teacher: 'tiny', elicitation: 'sample', temperature: 1, seed: 0, prompts: 50, runs: 10 },
    ...{ kind: 'exchangeable reruns', complete: 50, std: { population: 0.09, sample: 0.1 }, mard: 0.1 },
    icc: { 'ICC(1,1)': icc },
    cosine: { value: null, method: 'lexical: none', reason: 'not asked' },
    heaping: { share: 0.1, chance: 0.1 },
  };
  await writeFile(file, JSON.stringify(study));
  const known = selfDistanceSchema.parse(await selfDistanceOf(directory, ['tiny']));
  // E|X − Y| of two independent normal variables is 2σ / √π.
  expect(known.reruns).toBeCloseTo(0.11283791670955126, 12);
  const other = await selfDistanceOf(directory, ['oracle']);
  expect(other).toMatchObject({ reruns: null, words: expect.stringContaining('is of tiny') });
  await writeFile(file, '{');
  expect((await selfDistanceOf(directory, ['tiny'])).reruns).toBeNull();
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { observations } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { sha256 } from '../../workspace/hash.ts';
import { openStudent } from './open.ts';
import * as session from './session.ts';

const masks = [0, 5, 4096, 999];
const workspace = join(import.meta.dirname, 'no-workspace');
let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'understudy-cache-'));
  vi.stubEnv('UNDERSTUDY_CACHE', cache);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

const open = (name = 'mlp') => openStudent(name, { scenario: iceCream, workspace });

/** What a bundled student answers to some masks, and whether its network was loaded for that. */
async function answers(of: readonly number[], name?: string) {
  const loading = vi.spyOn(session, 'openSession');
  try {
    await using student = await open(name);
    const { probabilities } = await student.decide(observations(iceCream, of));
    const { id, caveat, config } = student;
    return { id, caveat, config, probabilities, loaded: loading.mock.calls.length > 0 };
  } finally {
    loading.mockRestore();
  }
}

async function onlyFile(): Promise<string> {
  const names = await readdir(join(cache, 'students'));
  expect(names).toHaveLength(1);
  return join(cache, 'students', names[0]!);
}

describe('what a student answered', () => {
  it('is answered to the bit by the next process without the network, and by the network beyond it', async () => {
    const first = await answers(masks);
    const second = await answers(masks);
    const third = await answers([...masks, 77]);
    expect([first.loaded, second.loaded, third.loaded]).toEqual([true, false, true]);
    expect(second).toEqual({ ...first, loaded: false });
    expect([...third.probabilities.slice(0, 2 * masks.length)]).toEqual([...first.probabilities]);
    expect((await answers([77, 0])).loaded).toBe(false);
  });

  it('is kept for each student, and not if there is to be no cache', async () => {
    await answers(masks);
    expect((await answers(masks, 'logistic')).loaded).toBe(true);
    expect(await readdir(join(cache, 'students'))).toHaveLength(2);
    vi.stubEnv('UNDERSTUDY_CACHE', '');
    expect((await answers(masks)).loaded).toBe(true);
  });

  it('is made anew where the file is damaged anywhere or cut off', async () => {
    const { probabilities } = await answers(masks);
    const file = await onlyFile();
    const whole = await readFile(file);
    for (const at of [0, 31, 32, 40, whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1;
      await writeFile(file, damaged);
      const again = await answers(masks);
      expect([again.loaded, again.probabilities]).toEqual([true, probabilities]);
      expect(sha256(await readFile(file))).toBe(sha256(whole));
    }
    await writeFile(file, whole.subarray(0, 20));
    expect((await answers(masks)).loaded).toBe(true);
  });

  it('stays away from rows in an order of their own, which a transformer sees', async () => {
    const batch = { width: iceCream.phrases.length, masks: Uint32Array.of(3, 3), orders: [undefined, [1, 0]] };
    await answers([3], 'decoder');
    await using student = await open('decoder');
    const { probabilities } = await student.decide(batch);
    expect(probabilities[1]).not.toBe(probabilities[3]);
  });

  it('costs nothing but time where the cache cannot be written', async () => {
    const taken = join(cache, 'file');
    await writeFile(taken, '');
    vi.stubEnv('UNDERSTUDY_CACHE', taken);
    expect((await answers(masks)).loaded).toBe(true);
  });
});

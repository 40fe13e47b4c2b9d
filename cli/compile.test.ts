import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, understudy } from './run.test-support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compile-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('understudy compile', () => {
  it('writes the scenario that it is given, with the decisions of a policy', async () => {
    const out = join(folder, 'town.json');
    const ran = await understudy(
      'compile',
      'mobility-v1',
      '--policy',
      'oracle',
      '--out',
      out,
      '--json',
      '--workspace',
      folder,
    );
    expect(ran.code).toBe(0);
    const { scenario, luck, decisions } = JSON.parse(await readFile(out, 'utf8'));
    expect(json(ran)).toMatchObject({ scenario: 'mobility-v1', file: out, decisions: decisions.rows.length });
    expect(luck.next.slots).toHaveLength(scenario.agent.length);
    for (const { weights } of decisions.rows)
      expect(weights.reduce((sum: number, weight: number) => sum + weight, 0)).toBe(65536);
  });

  it('compiles with parameters, and says with which', async () => {
    const file = join(folder, 'own.mjs');
    expect((await understudy('new', file)).code).toBe(0);
    const [cheap, dear] = await Promise.all(
      [1, 4].map(async (fuel) => {
        const out = join(folder, `fuel-${fuel}.json`);
        const { code, stdout } = await understudy('compile', file, '--set', `fuel=${fuel}`, '--out', out);
        expect([code, stdout]).toEqual([0, expect.stringContaining(`file      ${out}`)]);
        return JSON.parse(await readFile(out, 'utf8'));
      }),
    );
    expect([cheap.parameters.fuel, dear.parameters.fuel]).toEqual([1, 4]);
    expect(cheap.sha256).not.toBe(dear.sha256);
    expect(cheap.decisions).toBeUndefined();
  });

  it.each([
    [['compile'], 2, /compile needs a file to write: --out town\.json/],
    [['compile', 'mobility-v1', '--scenario', 'mobility-v1', '--out', 'x.json'], 2, /compile takes one scenario/],
    [['compile', 'mobilty-v1', '--out', 'x.json'], 2, /unknown scenario: mobilty-v1.*did you mean mobility-v1/],
    [['compile', 'mobility-v1', '--out', 'x.json', '--policy', 'unifrom'], 2, /unknown policy: .*unifrom/],
  ])('%j exits with %d and says why', async (args, expected, message) => {
    const { code, stderr } = await understudy(...args, '--workspace', folder);
    expect(stderr).toMatch(message);
    expect(code).toBe(expected);
  });

  it('leaves a file alone that holds something else', async () => {
    const out = join(folder, 'notes.json');
    await writeFile(out, '{}');
    const { code, stderr } = await understudy('compile', 'mobility-v1', '--out', out);
    expect([code, stderr]).toEqual([1, expect.stringContaining('holds no compiled tables')]);
    expect(await readFile(out, 'utf8')).toBe('{}');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScenario } from '../scenarios/open.ts';
import { json, understudy } from './run.test-support.ts';

let folder: string;
let table: string;
let about: string[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-people-'));
  about = ['--workspace', folder, '--scenario', 'mobility-v1', '--policy', 'oracle'];
  table = join(folder, 'census.csv');
  const { groups, phrases } = await openScenario('mobility-v1');
  const own = groups.filter(({ kind }) => kind === 'traits');
  // Everybody has the first phrase of each group, and no other trait.
  writeFileSync(table, `${['weight', ...own.map(({ name }) => name)].join()}\n${['1', ...own.map((group) => phrases[group.phrases[0]!])].map((cell) => `"${cell}"`).join()}\n`); // biome-ignore format: one line
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a table of people in place of the scenario’s own', () => {
  it('is who the run is of, also when it is recorded, resumed and replayed', async () => {
    const run = (...args: string[]) => understudy('simulate', ...about, '--agents', '100', '--ticks', '6', ...args);
    const [own, others] = [json(await run('--json')), json(await run('--population', table, '--json'))];
    expect(others.stateHash).not.toBe(own.stateHash);
    const [record, kept] = [join(folder, 'run'), join(folder, 'run.checkpoint')];
    expect(json(await run('--population', table, '--record', record, '--checkpoint', kept, '--json')).stateHash).toBe(
      others.stateHash,
    );
    const refused = await understudy('replay', record, '--workspace', folder);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('name the one that was recorded (--scenario, --set, --population)'),
    ]);
    expect((await understudy('replay', record, '--population', table, '--workspace', folder)).code).toBe(0);
    const longer = ['--resume', kept, '--ticks', '8', '--workspace', folder];
    expect((await understudy('simulate', ...longer)).stderr).toContain('(--scenario, --set, --population)');
    expect((await understudy('simulate', ...longer, '--population', table)).code).toBe(0);
  });

  it('can be compared with another', async () => {
    const { differs, a, b } = json(
      await understudy('compare', `population=${table}`, 'fuel=2', ...about, '--agents', '50', '--ticks', '2', '--replications', '8', '--resamples', '199', '--json'), // biome-ignore format: one line
    );
    expect([differs, a.runs, b.runs]).toEqual([true, a.runs, a.runs]);
  });

  it('is refused with the row that is not understood', async () => {
    const wrong = join(folder, 'wrong.csv');
    writeFileSync(wrong, 'wieght,rows\n1,2\n');
    const { code, stderr } = await understudy('simulate', ...about, '--population', wrong);
    expect([code, stderr]).toEqual([2, expect.stringContaining('it has no column of the scenario, but "wieght"')]);
    const gone = await understudy('simulate', ...about, '--population', join(folder, 'nobody.csv'));
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining('nobody.csv does not exist')]);
  });
});

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json, understudy } from './run.test-support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-compare-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const small = [
  '--scenario',
  'mobility-v1',
  '--agents',
  '20',
  '--ticks',
  '2',
  '--replications',
  '4',
  '--resamples',
  '99',
];
const compare = (...args: string[]) => understudy('compare', '--workspace', folder, ...small, ...args);

describe('understudy compare', () => {
  it('compares two policies, and leaves what the report shows', async () => {
    const found = await compare('constant:0.1,0.1,0.1,0.6', 'uniform', '--json');
    expect(found.code).toBe(0);
    expect(json(found)).toMatchObject({ differs: expect.any(Boolean), equivalent: false, replications: 4 });
    const kept = JSON.parse(readFileSync(join(folder, 'results', 'metrics', 'compare.json'), 'utf8'));
    expect(kept.command).toBe('understudy compare constant:0.1,0.1,0.1,0.6 uniform --agents 20 --replications 4 --ticks 2 --margin 0.02 --resamples 99 --seed 0'); // biome-ignore format: one line
    const drawn = await understudy('visualize', '--workspace', folder, '--json');
    expect(json(drawn).findings.map(({ kind }: { kind: string }) => kind)).toContain('populations');
    const report = readFileSync(join(folder, 'results', 'report.html'), 'utf8');
    expect(report).toContain('<h2>Two populations</h2>');
    expect(report).toContain('id="population-differences"');
  });

  it.each([
    [['uniform'], 'compare needs two'],
    [['uniform', 'unifrom'], 'unknown policy: unifrom'],
    [
      ['fuel=1', 'feul=2', '--policy', 'uniform'],
      'mobility-v1 has no parameter feul (it has fuel, seats); did you mean fuel?',
    ],
    [['fuel=1', 'fuel=200', '--policy', 'uniform'], 'fuel=200 is outside its range'],
    [['uniform', 'oracle', '--policy', 'uniform'], 'uniform and oracle are policies: leave out --policy uniform'],
  ])('%j: %s', async (args, message) => {
    const { code, stderr } = await compare(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

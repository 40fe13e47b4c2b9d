import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compiled } from '../tools/compiled.ts';
import { json, understudy } from './run.test-support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-sweep-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sweep = (...args: string[]) =>
  understudy('sweep', '--scenario', 'mobility-v1', '--policy', 'uniform', '--workspace', folder, '--processes', '1', '--agents', '20', '--ticks', '1', ...args); // biome-ignore format: one line

describe('understudy sweep', () => {
  it('plays a grid, then knows it', async () => {
    const first = await sweep('--set', 'fuel=1,2', '--set', 'seats=.1..0.2', '--json');
    expect(first.code).toBe(0);
    expect(json(first)).toMatchObject({ arms: 6, runs: 6, played: 6, failed: 0 });
    expect(json(await sweep('--set', 'fuel=1,2', '--set', 'seats=.1..0.2', '--json'))).toMatchObject({ known: 6 });
    expect(existsSync(join(folder, 'results', 'sweep', 'summary.csv'))).toBe(true);
  });

  it.each([
    [['--set', 'feul=1,2'], 'mobility-v1 has no parameter feul (it has fuel, seats); did you mean fuel?'],
    [['--set', 'fuel=cheap'], 'a name and numbers, like price=1,2,3 or price=1..5, got "fuel=cheap"'],
    [['--policy', 'uniform'], 'the policy uniform is there twice'],
    [['--policy', 'unifrom'], 'unknown policy: unifrom'],
  ])('%s: %s', async (args, message) => {
    const { code, stderr } = await sweep(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('goes on after its process was killed, and its tables come out the same to the byte', async () => {
    const args = (out: string) => [
      ...['sweep', '--scenario', 'mobility-v1', '--policy', 'uniform', '--workspace', folder, '--agents', '50'],
      ...['--set', 'fuel=1,2', '--ticks', '4', '--replications', '12', '--processes', '2', '--out', join(folder, out)],
    ];
    expect((await understudy(...args('whole'))).code).toBe(0);
    const journal = join(folder, 'killed', 'journal.jsonl');
    const lines = () => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 1 : 0);
    const child = spawn(process.execPath, [compiled(new URL('understudy.ts', import.meta.url)), ...args('killed')], { stdio: 'ignore' }); // biome-ignore format: one line
    const ended = once(child, 'exit');
    await vi.waitUntil(() => lines() > 0 || child.exitCode !== null, { timeout: 60_000, interval: 5 });
    child.kill('SIGKILL');
    await ended;
    const known = lines();
    expect(known).toBeGreaterThan(0);
    const again = json(await understudy(...args('killed'), '--json'));
    expect(again).toMatchObject({ known, played: 24 - known, failed: 0 });
    for (const name of ['runs.csv', 'summary.csv', 'differences.csv', 'sweep.json'])
      expect(readFileSync(join(folder, 'killed', name), 'utf8')).toBe(
        readFileSync(join(folder, 'whole', name), 'utf8'),
      );
  });

  it('names the line of a design that is wrong', async () => {
    const file = join(folder, 'design.csv');
    writeFileSync(file, 'fuel,seats\n1,0.2\n1,2\n');
    const { code, stderr } = await sweep(file);
    expect(stderr).toContain(`line 3 of ${file}: seats=2 is outside its range, 0.05 to 1`);
    expect(code).toBe(2);
  });

  it('reads numbers without a header, with the names given apart', async () => {
    const file = join(folder, 'design.txt');
    writeFileSync(file, '# made elsewhere\n1.0e+00 2.0e-01\n2.0 0.2\n');
    expect(json(await sweep(file, '--columns', 'fuel,seats', '--json'))).toMatchObject({ arms: 2, failed: 0 });
  });
});

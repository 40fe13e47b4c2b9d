import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sequence } from '../../env/random.ts';
import { compiled } from '../../tools/compiled.ts';

const command = compiled(new URL('../../cli/understudy.ts', import.meta.url));
const SIZE = 120;
let directory: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'understudy-interrupted-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

/** Makes a data set as a person would: shuffled, some explained, from the model in a process of its own. */
function start(workspace: string) {
  const args = ['dataset', '--size', String(SIZE), '--order', 'shuffled', '--explain-share', '0.2', '--seed', '3'];
  const child = spawn(process.execPath, [command, ...args, '--workspace', workspace], {
    stdio: 'ignore',
  });
  children.push(child);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended };
}
const data = (workspace: string, name: string) => join(workspace, 'data', name);
const labels = (workspace: string) => {
  const path = data(workspace, 'labels.jsonl');
  return existsSync(path) ? readFileSync(path, 'latin1').split('\n').length - 1 : 0;
};

it('a data set that was killed at random moments ends with the files of one that was not, byte for byte', async () => {
  const whole = join(directory, 'whole');
  // Meanwhile: a command takes longer to start than to ask.
  const undisturbed = start(whole).ended;

  const killed = join(directory, 'killed');
  const random = sequence(Date.now(), 'sampling');
  const seen: number[] = [];
  /** Twice while answers arrive, once while the files are written. */
  const moments = [0, 1].map(() => {
    const more = 1 + Math.floor((random() * SIZE) / 5);
    return (before: number) => labels(killed) >= before + more;
  });
  for (const come of [...moments, () => existsSync(data(killed, 'train.jsonl'))]) {
    const { child, ended } = start(killed);
    const before = labels(killed);
    while (child.exitCode === null && !come(before)) await setTimeout(2);
    child.kill('SIGKILL');
    await ended;
    seen.push(labels(killed));
    if (seen.length <= moments.length) expect(existsSync(data(killed, 'train.jsonl'))).toBe(false);
  }
  expect(await undisturbed).toBe(0);
  expect(await start(killed).ended, `after kills at ${seen} labels`).toBe(0);

  for (const name of ['train.jsonl', 'test.jsonl', 'rejects.jsonl'])
    expect(readFileSync(data(killed, name), 'utf8'), `${name} after kills at ${seen} labels`).toBe(
      readFileSync(data(whole, name), 'utf8'),
    );
  const { answers } = JSON.parse(readFileSync(data(killed, 'dataset.json'), 'utf8'));
  expect(answers.remembered).toBeGreaterThanOrEqual(seen.at(-1)! - 1);
  expect(answers.asked + answers.remembered).toBe(answers.total);
});

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { releaseLock, takeLock } from './file-lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'a.lock');
});
afterEach(() => {
  releaseLock(path);
  rmSync(folder, { recursive: true });
});
const leave = (holder: object | string) =>
  writeFileSync(path, typeof holder === 'string' ? holder : JSON.stringify(holder));

it('is taken once, says by whom, and can be taken again when it was let go', () => {
  expect(takeLock(path)).toBeUndefined();
  expect(takeLock(path)).toMatchObject({ pid: process.pid, host: hostname() });
  releaseLock(path);
  expect(existsSync(path)).toBe(false);
  expect(takeLock(path)).toBeUndefined();
});

it('is taken over from a process that is gone, and from one that died while it wrote the lock', () => {
  // No process has a number this high.
  leave({ pid: 2 ** 30, host: hostname(), nonce: 'dead' });
  expect(takeLock(path)).toBeUndefined();
  releaseLock(path);
  for (const content of ['{"pid": 12', '', 'null', '{"pid": -1, "host": "x", "nonce": "y"}']) {
    leave(content);
    utimesSync(path, new Date(), new Date(Date.now() - 60_000));
    expect(takeLock(path)).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['a.lock']);
    releaseLock(path);
  }
});

it('is left to a process that has only begun to write the lock', () => {
  leave('');
  expect(takeLock(path)).toMatchObject({ pid: 0 });
  expect(existsSync(path)).toBe(true);
});

it('is taken over with what its dead holder left beside it', () => {
  leave({ pid: 2 ** 30, host: hostname(), nonce: 'dead' });
  writeFileSync(`${path}.dead.draft`, '{}');
  expect(takeLock(path)).toBeUndefined();
  expect(readdirSync(folder)).toEqual(['a.lock']);
});

it('is taken over from an earlier process with the number of this one', () => {
  leave({ pid: process.pid, host: hostname(), nonce: 'before the machine was started again' });
  expect(takeLock(path)).toBeUndefined();
});

it.runIf(process.platform === 'linux')('is taken over from a process whose number another one has now', () => {
  leave({ pid: process.ppid, host: hostname(), nonce: 'before', started: '1' });
  expect(takeLock(path)).toBeUndefined();
});

it.runIf(process.platform === 'linux')('is taken over from a process that ended and was not collected', async () => {
  // The shell becomes sleep, which does not collect the process that the shell started before.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const pid = Number(await new Promise<string>((said) => parent.stdout.once('data', (text) => said(String(text)))));
    leave({ pid, host: hostname(), nonce: 'ended' });
    await vi.waitFor(() => expect(takeLock(path)).toBeUndefined(), 5000);
  } finally {
    parent.kill();
  }
});

it('is left to a process that lives, and to any process of another machine', () => {
  leave({ pid: process.ppid, host: hostname(), nonce: 'parent' });
  expect(takeLock(path)).toMatchObject({ pid: process.ppid });
  leave({ pid: 2 ** 30, host: 'elsewhere', nonce: 'far' });
  expect(takeLock(path)).toMatchObject({ host: 'elsewhere' });
});

it("does not remove another's lock", () => {
  leave({ pid: process.ppid, host: hostname(), nonce: 'parent' });
  releaseLock(path);
  expect(existsSync(path)).toBe(true);
});

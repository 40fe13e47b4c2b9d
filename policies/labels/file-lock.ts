import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a lock. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly nonce: string;
}

/** Locks that this process holds, by path. */
const held = new Map<string, string>();

/**
 * Takes the lock file at `path`, also from a process of this machine that is gone.
 * @returns undefined when taken, else who holds it
 */
export function takeLock(path: string): Holder | undefined {
  const mine: Holder = { pid: process.pid, host: hostname(), nonce: randomUUID() };
  for (;;) {
    try {
      writeFileSync(path, JSON.stringify(mine), { flag: 'wx' });
      held.set(path, mine.nonce);
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = read(path);
    if (holder === 'gone') continue;
    if (isAlive(holder) || !clear(path, holder)) return holder;
  }
}

export function releaseLock(path: string): void {
  const holder = read(path);
  if (holder !== 'gone' && holder.nonce === held.get(path)) rmSync(path, { force: true });
  held.delete(path);
}

/** A lock file that cannot be read was left half-written by a process that died. */
function read(path: string): Holder | 'gone' {
  try {
    const { pid = 0, host = hostname(), nonce = '' } = JSON.parse(readFileSync(path, 'utf8'));
    return { pid, host, nonce };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
    return { pid: 0, host: hostname(), nonce: '' };
  }
}

function isAlive({ pid, host, nonce }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return [...held.values()].includes(nonce);
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Removes a dead holder's lock. Two processes may find the same dead holder: the one that links it first removes it, after
 * it has seen that the lock is still the dead one's.
 */
function clear(path: string, dead: Holder): boolean {
  const grave = `${path}.${dead.nonce || 'torn'}`;
  try {
    linkSync(path, grave);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    return false;
  }
  const still = read(grave);
  if (still !== 'gone' && still.nonce === dead.nonce) rmSync(path, { force: true });
  rmSync(grave, { force: true });
  return true;
}

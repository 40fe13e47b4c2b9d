import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a lock. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly nonce: string;
  /** When the process began, as its system counts it; tells it from a later one with the same number. */
  readonly started?: string;
}

/** Locks that this process holds, by path. */
const held = new Map<string, string>();

/**
 * Takes the lock file at `path`, also from a process of this machine that is gone.
 * @returns undefined when taken, otherwise the holder
 */
export function takeLock(path: string): Holder | undefined {
  const mine: Holder = { pid: process.pid, host: hostname(), nonce: randomUUID(), started: startOf(process.pid) };
  for (;;) {
    if (create(path, mine)) {
      held.set(path, mine.nonce);
      return undefined;
    }
    const holder = read(path);
    if (holder === 'gone') continue;
    if (isAlive(path, holder) || !clear(path, holder)) return holder;
  }
}

export function releaseLock(path: string): void {
  const holder = read(path);
  if (holder !== 'gone' && holder.nonce === held.get(path)) rmSync(path, { force: true });
  held.delete(path);
}

/**
 * Makes the lock file, with who holds it from its first moment on: a file that was only begun looks like a dead one's.
 * @returns whether it was made; false if there is one
 */
function create(path: string, mine: Holder): boolean {
  const content = JSON.stringify(mine);
  const draft = draftOf(path, mine);
  writeFileSync(draft, content, { flag: 'wx' });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // A file system without links, as on a memory stick.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS')
      return createInPlace(path, content);
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

const draftOf = (path: string, { nonce }: Holder) => `${path}.${nonce}.draft`;

function createInPlace(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** How long a lock file may be unreadable, being written, before it is taken for one that a dead process began. */
const BEGUN_MS = 1000;
const CLEARING_MS = 5000;

/** Who holds a lock; process 0 of this machine for a file that cannot be read. */
function read(path: string): Holder | 'gone' {
  try {
    const { pid, host, nonce, started } = JSON.parse(readFileSync(path, 'utf8'));
    if (Number.isSafeInteger(pid) && pid > 0 && typeof host === 'string' && typeof nonce === 'string')
      return { pid, host, nonce, started };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
  }
  return { pid: 0, host: hostname(), nonce: '' };
}

function isAlive(path: string, { pid, host, nonce, started }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return [...held.values()].includes(nonce);
  if (pid === 0) {
    const begun = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Math.abs(Date.now() - begun) < BEGUN_MS;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return now === undefined || (now !== 'ended' && (started === undefined || now === started));
}

/** When a process began, `ended` for one that only waits to be collected; undefined where the system does not tell. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): the name in parentheses is field 2; then field 3 is the state and field 22 the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}

/**
 * Removes a dead holder's lock. Two processes may find the same dead holder: the one that links it first removes it,
 * after it has seen that the lock is still the dead one's.
 */
function clear(path: string, dead: Holder): boolean {
  const grave = `${path}.${dead.nonce || 'torn'}`;
  try {
    linkSync(path, grave);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    // The process that clears it takes a moment, unless it died over that.
    const linked = statSync(grave, { throwIfNoEntry: false })?.ctimeMs ?? 0;
    if (Math.abs(Date.now() - linked) > CLEARING_MS) rmSync(grave, { force: true });
    return false;
  }
  const still = read(grave);
  if (still !== 'gone' && still.nonce === dead.nonce) rmSync(path, { force: true });
  rmSync(grave, { force: true });
  rmSync(draftOf(path, dead), { force: true });
  return true;
}

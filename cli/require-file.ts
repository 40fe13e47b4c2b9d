import { access } from 'node:fs/promises';
import { UsageError } from './usage-error.ts';

/** @throws {UsageError} naming the file and the command that makes it */
export async function requireFile(path: string, flag: string, madeBy: string, verb: string): Promise<void> {
  try {
    await access(path);
  } catch {
    throw new UsageError(`${flag} ${path} does not exist; make it with ${madeBy}, or name another file`, verb);
  }
}

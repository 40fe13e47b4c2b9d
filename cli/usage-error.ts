import { access } from 'node:fs/promises';
import { UnderstudyError } from '../env/error.ts';
import { suggestion } from '../env/suggestion.ts';

/** Raised for a command that is used wrongly: exit code 2. */
export class UsageError extends UnderstudyError {
  /** The verb whose help tells more. */
  readonly verb?: string;
  constructor(message: string, verb?: string) {
    super('USAGE', message);
    this.name = 'UsageError';
    this.verb = verb;
  }
}

/** How a mistake about a name is put: the name, what was probably meant, and what is known. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const begun = known.filter((candidate) => name.length > 3 && candidate.startsWith(name));
  const meant = begun.length === 1 ? begun[0] : suggestion(name, known);
  return `unknown ${kind}: ${name}${meant ? `, did you mean ${meant}?` : ''} (known: ${known.join(', ')})`;
}

/** @throws {UsageError} naming the file and the command that makes it */
export async function requireFile(path: string, flag: string, madeBy: string, verb: string): Promise<void> {
  try {
    await access(path);
  } catch {
    throw new UsageError(`${flag} ${path} does not exist; make it with ${madeBy}, or name another file`, verb);
  }
}

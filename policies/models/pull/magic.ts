import { UnderstudyError } from '../../../env/error.ts';

/** What every GGUF file begins with. */
const MAGIC = Buffer.from('GGUF');

/**
 * Checks a file by its beginning while it arrives: gigabytes of something else are not worth waiting for.
 * @param bytes what lies at offset `at` of the file
 * @throws {UnderstudyError} PULL_DAMAGED
 */
export function requireModel(bytes: Uint8Array, at: number, source: string): void {
  const due = MAGIC.subarray(at, at + bytes.length);
  const found = Buffer.from(bytes.subarray(0, MAGIC.length));
  if (!found.subarray(0, due.length).equals(due))
    throw new UnderstudyError(
      'PULL_DAMAGED',
      `${source} is not a GGUF model: it ${at === 0 ? `begins with ${JSON.stringify(found.toString('latin1'))}` : 'begins with something else'}`,
    );
}

/** @throws {UnderstudyError} PULL_DAMAGED for a file that is too short to begin as a model does */
export function requireBeginning(size: number, source: string): void {
  if (size < MAGIC.length)
    throw new UnderstudyError('PULL_DAMAGED', `${source} is not a GGUF model: it has ${size} bytes`);
}

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UnderstudyError } from '../../env/error.ts';

/**
 * A data file that somebody else put there is not written over; one of ours can be made again from the labels.
 * @throws {UnderstudyError} DISTILL_FILE where the first row is none that this step writes
 */
export async function requireOurs(path: string): Promise<void> {
  let first: string | undefined;
  const stream = createReadStream(path);
  try {
    for await (const line of createInterface({ input: stream })) {
      first = line;
      break;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  } finally {
    stream.destroy();
  }
  if (first === undefined) return;
  try {
    const row = JSON.parse(first) as Record<string, unknown>;
    if (typeof row.teacher === 'string' && typeof row.elicitation === 'string') return;
  } catch {
    // Not even JSON: certainly not ours.
  }
  throw new UnderstudyError(
    'DISTILL_FILE',
    `${path} was not written by this step and would be lost; move it away or use another workspace`,
  );
}

import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UnderstudyError } from '../../env/error.ts';
import type { Workspace } from '../paths.ts';
import { readRows } from './read-rows.ts';

/**
 * A file that came from elsewhere, or was changed since, is not written over; one of ours can be made again from the
 * labels. Ours is what data/dataset.json has the hash of; without a hash, a file each of whose rows names its teacher
 * and elicitation.
 * @throws {UnderstudyError} DISTILL_FILE for a file that would be lost
 */
export async function requireOurs(path: string, own: Workspace): Promise<void> {
  const file = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file || (file.isFile() && file.size === 0)) return;
  const written = (await hashesIn(own)).get(resolve(path));
  const { named, sha256 } = await look(path);
  if (written === undefined ? named : written === sha256) return;
  throw new UnderstudyError(
    'DISTILL_FILE',
    `${path} was ${written === undefined ? 'not written by this step' : 'changed after it was written'} and would be lost; move it away or use another workspace`,
  );
}

/**
 * Whether each row says who decided and how it was asked, and the file's hash; nothing of a file that does not read.
 */
async function look(path: string): Promise<{ readonly named: boolean; readonly sha256?: string }> {
  let named = true;
  try {
    const { sha256 } = await readRows(path, { known: { traits: [], context: [] } }, ({ values }) => {
      named &&= typeof values.teacher === 'string' && typeof values.elicitation === 'string';
    });
    return { named, sha256 };
  } catch (error) {
    if (error instanceof UnderstudyError) return { named: false };
    throw error;
  }
}

const written = z.object({ path: z.string(), sha256: z.string() });
const manifest = z.object({ files: z.record(z.string(), written).default({}), exports: z.array(written).default([]) });

/** SHA-256 of the files that data/dataset.json lists, by absolute path; none where it is not there or damaged. */
async function hashesIn({ data, root }: Workspace): Promise<Map<string, string>> {
  try {
    const { files, exports } = manifest.parse(JSON.parse(await readFile(join(data, 'dataset.json'), 'utf8')));
    return new Map([...Object.values(files), ...exports].map(({ path, sha256 }) => [resolve(root, path), sha256]));
  } catch {
    return new Map();
  }
}

import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { workspace } from '../../workspace/paths.ts';

const TOKEN = /^[\w-]{24}$/;

/** A token that nobody can guess: 144 random bits. */
const newToken = () => randomBytes(18).toString('base64url');

/**
 * The token by which a viewer controls the runs of a workspace. It is kept there, readable for its owner only, so that
 * the URL in a browser still works when the server is started again; whoever deletes the file gets a new one. What others
 * may have read or is no token is replaced. Where nothing can be written, the token lives as long as the process.
 * @param log why the token is a new one, or not kept
 */
export async function keptToken(directory: string, log: (line: string) => void = () => {}): Promise<string> {
  const path = workspace(directory).viewerToken;
  const known = await readKept(path);
  if (known.token) return known.token;
  const token = newToken();
  try {
    if (known.fault) {
      log(`${path} ${known.fault}: a new token takes its place`);
      await rm(path, { force: true });
    }
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${token}\n`, { flag: 'wx', mode: 0o600 });
    await chmod(path, 0o600); // whatever the umask says
    return token;
  } catch (error) {
    // Another server of this workspace was faster.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      const other = await readKept(path);
      if (other.token) return other.token;
    }
    log(`${path} cannot be written (${(error as NodeJS.ErrnoException).code}): the URL changes with the next start`);
    return token;
  }
}

async function readKept(path: string): Promise<{ token?: string; fault?: string }> {
  try {
    const facts = await lstat(path);
    if (!facts.isFile()) return { fault: 'is not a file' };
    if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0) return { fault: 'could be read by others' };
    const token = (await readFile(path, 'utf8')).trim();
    return TOKEN.test(token) ? { token } : { fault: 'holds no token' };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? {} : { fault: 'cannot be read' };
  }
}

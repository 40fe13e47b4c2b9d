import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import { ownPackage } from './package.ts';

/**
 * Where a file that ships with the package lies.
 * @param path relative to data/
 * @example dataFile('teachers/tiny.gguf')
 */
export function dataFile(path: string): string {
  return join(ownPackage().directory, 'data', path);
}

/** What data/manifest.json says of one bundled file. */
export interface BundledFile {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Paths relative to data/, with forward slashes. */
export type Manifest = Readonly<Record<string, BundledFile>>;

/**
 * The bundled files with their hashes.
 * @throws {UnderstudyError} POLICY_FILE
 */
export function bundledFiles(): Manifest {
  const path = dataFile('manifest.json');
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { files: Manifest }).files;
  } catch (cause) {
    throw new UnderstudyError(
      'POLICY_FILE',
      `${path} cannot be read: ${(cause as Error).message}; reinstall understudy`,
      {
        cause,
      },
    );
  }
}

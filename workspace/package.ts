import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnderstudyError } from '../env/error.ts';

/** The folder of this package and its version. */
export interface Package {
  readonly directory: string;
  readonly version: string;
}

let found: Package | undefined;

/**
 * This package, found upwards from its sources or from dist/.
 * @throws {UnderstudyError} POLICY_FILE if its package.json is missing
 */
export function ownPackage(): Package {
  return (found ??= findUpwards(dirname(fileURLToPath(import.meta.url))));
}

function findUpwards(start: string): Package {
  for (let directory = start; ; directory = dirname(directory)) {
    const file = join(directory, 'package.json');
    if (existsSync(file)) {
      const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version: string };
      if (name === 'understudy') return { directory, version };
    }
    if (directory === dirname(directory))
      throw new UnderstudyError(
        'POLICY_FILE',
        `no package.json of understudy in ${start} or above; reinstall understudy`,
      );
  }
}

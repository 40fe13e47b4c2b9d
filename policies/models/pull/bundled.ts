import { UnderstudyError } from '../../../env/error.ts';
import { bundledFiles, dataFile } from '../../../workspace/bundled.ts';
import type { BundledModel } from '../catalog.ts';
import { hashOf } from './disk.ts';
import { underAnotherName } from './names.ts';
import type { PullOptions, PullReport } from './pull.ts';

/**
 * Checks a model that comes with the package.
 * @throws {UnderstudyError} PULL_DAMAGED; PULL_MODEL where another file is to take its name
 */
export async function checkBundled(
  { name, file: path, licence }: BundledModel,
  options: PullOptions,
): Promise<PullReport> {
  if (options.from !== undefined || options.sha256 !== undefined)
    throw new UnderstudyError(
      'PULL_MODEL',
      `${name} comes with understudy and is opened from there; ${underAnotherName('--from URL|FILE')}`,
    );
  const file = dataFile(path);
  const listed = bundledFiles()[path];
  const hash = await hashOf(file, options, 'checking the model').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const found = hash?.digest('hex');
  if (found === undefined || found !== listed?.sha256)
    throw new UnderstudyError(
      'PULL_DAMAGED',
      `${file} ${found ? `is damaged: SHA-256 is ${found}, expected ${listed?.sha256 ?? 'none: data/manifest.json does not list it'}` : 'is missing'}; reinstall understudy`,
    );
  return {
    model: name,
    file,
    source: 'understudy',
    sha256: found,
    verified: 'the list of bundled files',
    bytes: listed.bytes,
    licence,
    present: true,
  };
}

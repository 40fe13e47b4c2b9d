import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnderstudyError } from '../../env/error.ts';

/** The package's folder, seen from the sources as from dist/, and its version. */
export function packageRoot(): { directory: string; version: string } {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const file = join(at, 'package.json');
    if (existsSync(file)) {
      const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string };
      if (name === 'understudy') return { directory: at, version };
    }
    if (at === dirname(at))
      throw new UnderstudyError('SERVE_VIEWER', 'the package.json of understudy is missing; reinstall it');
  }
}

/**
 * Folder of the built viewer.
 * @throws {UnderstudyError} SERVE_VIEWER if it was not built
 */
export function viewerFiles(directory = join(packageRoot().directory, 'dist', 'viewer')): string {
  if (!existsSync(join(directory, 'index.html')))
    throw new UnderstudyError(
      'SERVE_VIEWER',
      `the viewer is not built: no index.html in ${directory}; run \`npm run build\``,
    );
  return directory;
}

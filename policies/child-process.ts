import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Starts a script of this package in a process of its own, as this file runs here: from source through tsx, or compiled.
 * @param script its file without the extension
 */
export function forkScript(script: URL, options: Pick<ForkOptions, 'env' | 'serialization'> = {}): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const loader = () => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return fork(`${fileURLToPath(script)}${extension}`, [], {
    ...options,
    execArgv: extension === '.ts' ? ['--import', loader()] : [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

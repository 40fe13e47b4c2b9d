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

/**
 * For a process that works for its parent: hands what its parent sends to `take`, and lives no longer than the parent.
 * @returns sends to the parent; what is sent after it is gone is dropped
 */
export function serveParent<ToChild, FromChild>(take: (message: ToChild) => void): (message: FromChild) => void {
  // Ctrl-C reaches the whole process group: the parent decides what it ends.
  process.on('SIGINT', () => {});
  // Nothing here needs an orderly end, and leaving through native destructors can hang.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('message', take);
  return (message) => {
    if (process.connected) process.send!(message);
  };
}

import { forkScript } from '../../child-process.ts';

/**
 * Tokens of prompts in the frame of a model's chat template, by its own tokenizer; undefined if the file cannot be read so far.
 * Only its vocabulary is loaded.
 */
export async function tokenCounts(
  path: string,
  prompts: readonly string[],
  signal?: AbortSignal,
): Promise<number[] | undefined> {
  const child = forkScript(new URL('./token-child', import.meta.url));
  child.stderr?.resume();
  const stop = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<number[] | undefined>((done) => {
      child.on('message', (message: { counts?: number[] }) => done(message.counts));
      child.on('exit', () => done(undefined));
      child.on('error', () => done(undefined));
      child.send({ path, prompts });
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    child.kill('SIGKILL');
  }
}

import type { ChildProcess } from 'node:child_process';
import type { ProgressEvent } from '../env/work.ts';
import { forkScript } from '../policies/child-process.ts';

/** A command line that a process of its own is to run, in a directory. */
export interface ToJob {
  readonly directory: string;
  readonly args: readonly string[];
}
export type FromJob =
  | { readonly progress: ProgressEvent }
  | { readonly ended: { readonly code: number; readonly stdout: string; readonly stderr: string } };

export type Ended = Extract<FromJob, { ended: unknown }>['ended'];

/**
 * A process that runs commands, one after the other: what they compute keeps no lock from being renewed, and a crash costs one
 * job. It is started when it is needed, and again after it died.
 */
export class JobProcess implements Disposable {
  readonly #script: URL;
  #child: ChildProcess | undefined;

  /** @param script file without its extension, which answers to ToJob */
  constructor(script: URL) {
    this.#script = script;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Runs a command.
   * @throws {Error} saying how the process ended, if it did; the signal's reason when aborted, which ends it
   */
  run(
    job: ToJob,
    { progress, signal }: { progress?: (event: ProgressEvent) => void; signal: AbortSignal },
  ): Promise<Ended> {
    signal.throwIfAborted();
    const child = (this.#child ??= this.#start());
    return new Promise<Ended>((resolve, reject) => {
      let lastWords = '';
      const end = () => {
        child.off('message', take).off('exit', died).off('error', reject);
        child.stderr!.off('data', hear);
        signal.removeEventListener('abort', abort);
      };
      const take = (message: FromJob) => {
        if ('progress' in message) return progress?.(message.progress);
        end();
        resolve(message.ended);
      };
      const hear = (text: Buffer) => (lastWords = (lastWords + String(text)).slice(-1000));
      const died = (code: number | null, how: string | null) => {
        end();
        this.#child = undefined;
        const line = lastWords.trim().split('\n').at(-1);
        const death = `its process ended (${how ?? `exit code ${code}`}${line ? `: ${line}` : ''})`;
        reject(
          signal.aborted
            ? signal.reason
            : new Error(how === 'SIGKILL' ? `${death}; the machine may be short of memory` : death),
        );
      };
      const abort = () => child.kill('SIGKILL');
      child.on('message', take).once('exit', died).once('error', reject);
      child.stderr!.on('data', hear);
      signal.addEventListener('abort', abort, { once: true });
      child.send(job);
    });
  }

  #start(): ChildProcess {
    const child = forkScript(this.#script);
    // Its last words are listened to while it has a job, and must not fill a pipe otherwise.
    child.stderr!.on('data', () => {});
    return child;
  }

  [Symbol.dispose](): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}

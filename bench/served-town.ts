import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Health, healthSchema } from '../sim-ui/protocol/status.ts';

/** What a server has used and holds. */
export interface Usage {
  /** CPU time since it started. */
  readonly cpuMs: number;
  /** What is alive after a collection of garbage, buffers outside of the heap among it. */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** A town, shared perhaps, or the server through which one is followed. */
export type Served =
  | { readonly workspace: string; readonly agents: number; readonly share?: string }
  | { readonly follow: string };

/** A town that a process of its own serves, so that what watches it is not counted as the server's. */
export class ServedTown implements AsyncDisposable {
  readonly url: string;
  readonly #child: ReturnType<typeof fork>;

  private constructor(child: ReturnType<typeof fork>, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** A paused town under student:mlp with the oracle as its teacher. */
  static open(workspace: string, agents: number, share?: string): Promise<ServedTown> {
    return ServedTown.#start({ workspace, agents, ...(share !== undefined && { share }) });
  }

  /** A process that serves viewers of a town that another one plays and shares. */
  static follow(server: string): Promise<ServedTown> {
    return ServedTown.#start({ follow: server });
  }

  static async #start(served: Served): Promise<ServedTown> {
    const child = fork(fileURLToPath(new URL('town-server.ts', import.meta.url)), [JSON.stringify(served)], {
      execArgv: [...process.execArgv, '--expose-gc'],
    });
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
    ])) as [{ url: string }];
    return new ServedTown(child, message.url);
  }

  async usage(): Promise<Usage> {
    this.#child.send('usage');
    const [usage] = (await once(this.#child, 'message')) as [Usage];
    return usage;
  }

  async health(): Promise<Health> {
    return healthSchema.parse(await (await fetch(new URL('/api/health', this.url))).json());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.send('close');
    await ended;
  }
}

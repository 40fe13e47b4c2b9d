import { availableParallelism, hostname } from 'node:os';
import type { Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { ownPackage } from '../workspace/package.ts';
import { connect, PREFIX } from './connection.ts';
import { getFile } from './files.ts';
import {
  type JobData,
  type JobProgress,
  modulesOf,
  type Parcel,
  QUEUES,
  queueOf,
  readParcel,
  refusalsOf,
  type ShardResult,
  STALLS,
} from './job.ts';
import { type Ended, JobProcess } from './job-process.ts';
import { type OwnModel, requireModel } from './models.ts';
import { removeLeftFolders, Unpacked } from './unpacked.ts';
import { announce } from './workers.ts';

export interface WorkerOptions {
  /** redis://HOST:PORT/DB, or rediss:// for TLS. */
  readonly queue: string;
  /** Models that this machine has, as `--teacher` names them: the jobs of these, and no others, are taken. */
  readonly teachers?: readonly string[];
  /** Jobs at a time. Default: 1 with a model, otherwise the cores. */
  readonly concurrency?: number;
  /** Where pulled models lie. Default: the current directory. */
  readonly workspace?: string;
  /** What the queue calls this worker. Default: the machine's name and the process's number. */
  readonly name?: string;
  /** Whether scenarios that are modules are run: code of whoever can write to the server. Default false. */
  readonly allowModules?: boolean;
  /** A world to try teachers behind servers in. */
  readonly scenario: Vocabulary;
  /** Script that runs a command, without its extension. */
  readonly script: URL;
  /** The end of a job, as it is seen from outside. */
  readonly onJob?: (end: JobEnd) => void;
  readonly log?: (line: string) => void;
  readonly signal: AbortSignal;
  /** Milliseconds without a word after which a job's worker counts as lost; default 30 s. */
  readonly lostAfter?: number;
  /** Milliseconds without a job after which the worker ends; default: it waits for the signal. */
  readonly idle?: number;
}

export interface JobEnd {
  readonly verb: string;
  readonly run: string;
  readonly index: number;
  readonly of: number;
  readonly seconds: number;
  /** Why it failed, this time. */
  readonly failure?: string;
}

export interface WorkerReport {
  readonly name: string;
  readonly done: number;
  readonly failed: number;
}

/** After a job that it may not run, a worker leaves the queue to others for a while. */
const REFUSAL_MS = 5000;

/**
 * Takes jobs from a queue and runs them, each in a process of its own and a temporary workspace, until it is stopped. A job
 * that it is stopped over goes back to the queue; one that it is killed over is found by others when its lock has run out.
 * @throws {UnderstudyError} QUEUE_SERVER as connect does; QUEUE_WORKER for a model that this machine has not
 */
export async function work(options: WorkerOptions): Promise<WorkerReport> {
  const { teachers = [], workspace = '.', scenario, log, signal } = options;
  const { name = `${hostname()}:${process.pid}`, concurrency = teachers.length > 0 ? 1 : availableParallelism() } =
    options;
  const server = await connect(options.queue);
  try {
    const models: OwnModel[] = [];
    for (const teacher of teachers) models.push(await requireModel(teacher, workspace, scenario));
    const card = { name, concurrency, models: models.map(({ model }) => model), version: ownPackage().version };
    await removeLeftFolders();
    await using _ = await announce(server, card);
    return await new Taker({ ...options, name, concurrency, workspace }, models, server).take();
  } finally {
    log?.(signal.aborted ? `${name} is stopped; what it had begun is back in the queue` : `${name} has ended`);
    server.disconnect();
  }
}

type Settled = WorkerOptions & Required<Pick<WorkerOptions, 'name' | 'concurrency' | 'workspace'>>;

/** A process with the files of the run that it had last. */
interface Slot {
  readonly process: JobProcess;
  unpacked?: Unpacked;
}

class Taker {
  readonly #options: Settled;
  readonly #models: readonly OwnModel[];
  readonly #server: Redis;
  readonly #free: Slot[];
  readonly #waiting: (() => void)[] = [];
  readonly #workers: Worker[] = [];
  #done = 0;
  #failed = 0;
  #last = performance.now();

  constructor(options: Settled, models: readonly OwnModel[], server: Redis) {
    this.#options = options;
    this.#models = models;
    this.#server = server;
    this.#free = Array.from({ length: options.concurrency }, () => ({ process: new JobProcess(options.script) }));
  }

  async take(): Promise<WorkerReport> {
    const bull = await import('bullmq');
    const { name, concurrency, signal, lostAfter = 30_000, log } = this.#options;
    const slots = [...this.#free];
    try {
      for (const queue of this.#queues()) {
        await this.#server.sadd(QUEUES, queue);
        const worker = new bull.Worker<JobData, ShardResult>(queue, (job, token) => this.#job(job, token!, bull), {
          ...{ connection: this.#server, prefix: PREFIX, name, concurrency },
          ...{ lockDuration: lostAfter, stalledInterval: lostAfter / 2, maxStalledCount: STALLS },
        });
        worker.on('error', (error) => {
          // A lock that was lost belongs to a job that somebody else has now.
          if (!signal.aborted) log?.(`the queue says: ${error.message}`);
        });
        this.#workers.push(worker);
      }
      await this.#untilStopped();
    } finally {
      await Promise.all(this.#workers.map((worker) => worker.close()));
      for (const { process, unpacked } of slots) {
        process[Symbol.dispose]();
        await unpacked?.[Symbol.asyncDispose]();
      }
    }
    return { name, done: this.#done, failed: this.#failed };
  }

  /** One queue for each set of models that a command may need. */
  #queues(): string[] {
    const names = this.#models.map(({ model }) => model);
    if (names.length === 0) return [queueOf([])];
    const sets: string[][] = [];
    for (const name of names) sets.push(...sets.map((set) => [...set, name]), [name]);
    return sets.map(queueOf);
  }

  #untilStopped(): Promise<void> {
    const { signal, idle } = this.#options;
    return new Promise((resolve) => {
      const end = () => {
        clearInterval(timer);
        resolve();
      };
      const look = () => {
        if (this.#free.length < this.#options.concurrency) this.#last = performance.now();
        else if (performance.now() - this.#last > idle!) end();
      };
      const timer = setInterval(idle === undefined ? () => {} : look, Math.min(idle ?? 60_000, 250));
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }

  async #job(job: Job<JobData, ShardResult>, token: string, bull: typeof import('bullmq')): Promise<ShardResult> {
    const { signal, onJob } = this.#options;
    const { verb, run, index, of } = job.data;
    const began = performance.now();
    const seconds = () => Number(((performance.now() - began) / 1000).toFixed(2));
    const slot = await this.#slot();
    try {
      const refusal = await this.#refusal(job.data);
      if (refusal !== undefined) {
        await this.#refuse(job.data, refusal);
        await job.moveToWait(token);
        throw new bull.WaitingError();
      }
      const files = await this.#run(slot, job);
      this.#done++;
      onJob?.({ verb, run, index, of, seconds: seconds() });
      return { files, seconds: seconds(), worker: this.#options.name };
    } catch (error) {
      if (error instanceof bull.WaitingError) throw error;
      if (signal.aborted) {
        await job.moveToWait(token);
        throw new bull.WaitingError();
      }
      this.#failed++;
      const failure = (error as Error).message;
      onJob?.({ verb, run, index, of, seconds: seconds(), failure });
      // What is wrong about the command itself is so at every attempt.
      throw (error as { code?: unknown }).code === 'USAGE' ? new bull.UnrecoverableError(failure) : error;
    } finally {
      this.#free.push(slot);
      this.#waiting.shift()?.();
    }
  }

  async #slot(): Promise<Slot> {
    while (this.#free.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#free.pop()!;
  }

  /** Why this worker may not run a job. */
  async #refusal({ version, parcel }: JobData): Promise<string | undefined> {
    const own = ownPackage().version;
    if (version !== own) return `it runs understudy ${own}, and the job comes from ${version}`;
    const carried = await this.#parcel(parcel);
    const modules = modulesOf(carried);
    if (modules.length > 0 && !this.#options.allowModules)
      return `${modules.join(', ')} is code, and it was started without --allow-modules`;
    for (const { name, sha256 } of carried.models) {
      const here = this.#models.find(({ model }) => model === name);
      if (sha256 !== undefined && here?.sha256 !== undefined && here.sha256 !== sha256)
        return `its ${name} has the SHA-256 ${here.sha256.slice(0, 12)}, and the job asks the one with ${sha256.slice(0, 12)}`;
    }
    return undefined;
  }

  async #parcel(hash: string): Promise<Parcel> {
    return readParcel((await getFile(this.#server, hash)).toString());
  }

  async #refuse({ run }: JobData, reason: string): Promise<void> {
    const { name, log } = this.#options;
    log?.(`a job was left to others: ${reason}`);
    const key = refusalsOf(run);
    await this.#server.hset(key, name, reason);
    await this.#server.expire(key, 3600);
    for (const worker of this.#workers) {
      await worker.pause(true);
      setTimeout(() => worker.resume(), REFUSAL_MS).unref();
    }
  }

  async #run(slot: Slot, job: Job<JobData, ShardResult>): Promise<ShardResult['files']> {
    const { workspace, signal } = this.#options;
    const { run, parcel: hash, index, of } = job.data;
    if (slot.unpacked?.run !== run) {
      await slot.unpacked?.[Symbol.asyncDispose]();
      slot.unpacked = undefined;
      const parcel = await this.#parcel(hash);
      slot.unpacked = await Unpacked.of({ run, parcel, models: this.#models, workspace }, this.#server);
    }
    const { unpacked } = slot;
    let told = 0;
    const ended = await slot.process.run(
      {
        directory: unpacked.directory,
        args: [
          unpacked.parcel.verb,
          ...unpacked.parcel.args,
          '--workspace',
          unpacked.fromDirectory,
          '--shard',
          `${index}/${of}`,
          '--json',
        ],
      },
      {
        signal,
        progress: ({ stage, done, of }) => {
          if (performance.now() - told < 1000) return;
          told = performance.now();
          void job.updateProgress({ stage, done, of } satisfies JobProgress).catch(() => {});
        },
      },
    );
    if (ended.code !== 0) throw failureOf(ended);
    return unpacked.results(index, of, this.#server);
  }
}

/** Why a command failed, from what it printed: its last line, or the first reason of a shard of which all pieces failed. */
function failureOf({ code, stdout, stderr }: Ended): UnderstudyError {
  const line = stderr.split('\n').findLast((line) => /^understudy\b/.test(line));
  const { failures = [] } = JSON.parse(stdout.trim().split('\n').at(-1) || '{}') as { failures?: readonly string[] };
  const reason = line?.replace(/^understudy(?: [a-z]+)?: /, '') ?? failures[0] ?? `it ended with ${code}`;
  return new UnderstudyError(code === 2 ? 'USAGE' : 'QUEUE_JOB', reason);
}

import { setTimeout } from 'node:timers/promises';
import type { Job, JobState, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { UnderstudyError } from '../env/error.ts';
import type { WorkOptions } from '../env/work.ts';
import { ownPackage } from '../workspace/package.ts';
import { connect, PREFIX } from './connection.ts';
import { getFile, KEPT_SECONDS, putFile, removeFile } from './files.ts';
import { ATTEMPTS, type JobData, jobId, QUEUES, queueOf, refusalsOf, type ShardResult } from './job.ts';
import { type Command, pack } from './parcel.ts';
import { presentWorkers, slotsFor, takes } from './workers.ts';

/** Jobs for each that can be worked on at a time: enough that all end together. */
const PER_SLOT = 8;
const FEWEST = 16;
const MOST = 4096;

/** How often the queue is looked at. */
const LOOK_MS = 300;

export interface SharedOut extends AsyncDisposable {
  /** The files of all shards, by name. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Forgets the jobs: what they found is safe. */
  forget(): Promise<void>;
}

type State = JobState | 'unknown';

/**
 * Shares a command out as jobs, one a shard, waits for all of them and fetches what they found. The same command on the same
 * files is the same run: it joins jobs that wait, run or are done, and tries those again that failed.
 * @param options `jobs`: number of shards; default: by the workers that are there. When aborted, the jobs stay
 * @throws {UnderstudyError} QUEUE_SERVER as connect does; QUEUE_JOB if jobs failed at every attempt, with the reasons; the
 *   others' results are kept for a week
 */
export async function shareOut(
  command: Command,
  { queue: url, jobs, progress, log, signal }: WorkOptions & { readonly queue: string; readonly jobs?: number },
): Promise<SharedOut> {
  const server = await connect(url);
  const { Queue } = await import('bullmq');
  let queue: Queue<JobData, ShardResult> | undefined;
  const dispose = async () => {
    await queue?.close().catch(() => {});
    server.disconnect();
  };
  try {
    const models = [...command.models.keys()];
    const { run, parcel } = await pack(command, server);
    const hash = await putFile(server, Buffer.from(JSON.stringify(parcel)));
    const name = queueOf(models);
    await server.sadd(QUEUES, name);
    queue = new Queue<JobData, ShardResult>(name, { connection: server, prefix: PREFIX });
    const { of, begun } = await sizeOf(run, jobs, models, server, log);
    const data = { run, parcel: hash, verb: command.verb, version: ownPackage().version, models, of };
    await queue.addBulk(
      Array.from({ length: of }, (_, i) => ({
        name: command.verb,
        data: { ...data, index: i + 1 },
        opts: {
          ...{ jobId: jobId(run, i + 1), attempts: ATTEMPTS, backoff: { type: 'exponential', delay: 500 } as const },
          ...{ removeOnComplete: { age: KEPT_SECONDS }, removeOnFail: { age: KEPT_SECONDS } },
        },
      })),
    );
    const following = new Following(run, of, models, queue, server);
    if (begun) log?.(await following.join());
    const files = await following.follow({ progress, log, signal });
    const made = queue;
    const forget = async () => {
      for (const { sha256 } of following.results) await removeFile(server, sha256);
      for (let i = 1; i <= of; i++) await (await made.getJob(jobId(run, i)))?.remove().catch(() => {});
      await server.del(runKey(run), refusalsOf(run));
    };
    return { files, forget, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const runKey = (run: string) => `${PREFIX}:run:${run}`;

/** The number of jobs of a run, and whether it has begun before: then it keeps the number that it has. */
async function sizeOf(
  run: string,
  jobs: number | undefined,
  models: readonly string[],
  server: Redis,
  log: WorkOptions['log'],
): Promise<{ readonly of: number; readonly begun: boolean }> {
  const slots = slotsFor(await presentWorkers(server), models);
  const wanted = jobs ?? Math.min(MOST, Math.max(FEWEST, PER_SLOT * slots));
  const begun = (await server.hsetnx(runKey(run), 'of', wanted)) === 0;
  await server.expire(runKey(run), KEPT_SECONDS);
  const of = Number(await server.hget(runKey(run), 'of'));
  if (jobs !== undefined && jobs !== of) log?.(`this run has begun with ${of} jobs and goes on with them`);
  return { of, begun };
}

/** What is seen of a run's jobs from outside. */
class Following {
  readonly #run: string;
  readonly #of: number;
  readonly #models: readonly string[];
  readonly #queue: Queue<JobData, ShardResult>;
  readonly #server: Redis;
  readonly #files = new Map<string, Buffer>();
  readonly #open = new Set<number>();
  readonly #failed = new Map<number, string>();
  /** Said already: attempts, losses and refusals are told once. */
  readonly #said = new Set<string>();
  readonly results: { readonly name: string; readonly sha256: string }[] = [];

  constructor(run: string, of: number, models: readonly string[], queue: Queue<JobData, ShardResult>, server: Redis) {
    this.#run = run;
    this.#of = of;
    this.#models = models;
    this.#queue = queue;
    this.#server = server;
    for (let i = 1; i <= of; i++) this.#open.add(i);
  }

  /** Tries again what failed before, and says what of the run was there already. */
  async join(): Promise<string> {
    const counts = { completed: 0, failed: 0, active: 0 };
    for (const index of this.#open) {
      const job = await this.#job(index);
      const state = await job?.getState();
      if (state === 'failed') await job!.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
      if (state === 'completed' || state === 'failed' || state === 'active') counts[state]++;
    }
    return `joins a run of ${this.#of} jobs: ${counts.completed} are done, ${counts.active} run, ${counts.failed} failed and are tried again`;
  }

  async follow({ progress, log, signal }: WorkOptions): Promise<Map<string, Buffer>> {
    for (;;) {
      const active = new Map<string, number>();
      const looked = await Promise.all([...this.#open].map(async (index) => [index, await this.#look(index)] as const));
      for (const [index, { job, state }] of looked) {
        if (state === 'completed') await this.#fetch(index, job!);
        if (state === 'failed' || state === 'unknown') this.#lose(index, job);
        if (state === 'active') {
          const worker = job!.processedBy ?? 'a worker';
          active.set(worker, (active.get(worker) ?? 0) + 1);
        }
        if (job) this.#tell(index, job, state, log);
      }
      await this.#tellOfWorkers(active.size > 0, log);
      const done = this.#of - this.#open.size;
      progress?.({
        ...{ stage: 'jobs', done: Math.min(this.#of, done), of: this.#of },
        note:
          [...active].map(([worker, n]) => (n > 1 ? `${worker} ×${n}` : worker)).join(', ') ||
          (this.#open.size > 0 ? 'waiting for workers' : ''),
        ...(this.#failed.size > 0 && { figures: { failed: String(this.#failed.size) } }),
      });
      if (this.#open.size === 0) break;
      signal?.throwIfAborted();
      await setTimeout(LOOK_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
    if (this.#failed.size > 0) throw this.#failure();
    return this.#files;
  }

  async #look(index: number): Promise<{ job: Job<JobData, ShardResult> | undefined; state: State }> {
    const state = (await this.#queue.getJobState(jobId(this.#run, index))) as State;
    // A job that waits for its first attempt has nothing to say.
    return { state, job: state === 'waiting' ? undefined : await this.#job(index) };
  }

  #job(index: number): Promise<Job<JobData, ShardResult> | undefined> {
    return this.#queue.getJob(jobId(this.#run, index));
  }

  /** Fetches what a job found; one whose results are not kept any more is done again. */
  async #fetch(index: number, job: Job<JobData, ShardResult>): Promise<void> {
    const found: [string, Buffer][] = [];
    try {
      for (const { name, sha256 } of job.returnvalue.files) found.push([name, await getFile(this.#server, sha256)]);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'QUEUE_JOB') throw error;
      await job.retry('completed', { resetAttemptsMade: true, resetAttemptsStarted: true });
      return;
    }
    for (const [name, bytes] of found) this.#files.set(name, bytes);
    this.results.push(...job.returnvalue.files);
    this.#open.delete(index);
  }

  #lose(index: number, job: Job<JobData, ShardResult> | undefined): void {
    this.#failed.set(index, job?.failedReason ?? 'it was removed from the queue');
    this.#open.delete(index);
  }

  #tell(index: number, job: Job<JobData, ShardResult>, state: State, log: WorkOptions['log']): void {
    const { attemptsMade, stalledCounter = 0, failedReason } = job;
    const which = `job ${index} of ${this.#of}`;
    if (stalledCounter > 0)
      this.#say(`${which} was found without its worker, which was killed or lost its network; it is tried again`, log);
    if (state !== 'failed' && attemptsMade > 0 && failedReason)
      this.#say(`${which} failed at attempt ${attemptsMade} of ${ATTEMPTS} and is tried again: ${failedReason}`, log);
    if (state === 'failed') this.#say(`${which} failed: ${failedReason}`, log);
  }

  async #tellOfWorkers(busy: boolean, log: WorkOptions['log']): Promise<void> {
    for (const [worker, reason] of Object.entries(await this.#server.hgetall(refusalsOf(this.#run))))
      this.#say(`${worker} leaves these jobs to others: ${reason}`, log);
    if (busy || this.#open.size === 0) return;
    const workers = await presentWorkers(this.#server);
    if (workers.some((worker) => takes(worker, this.#models))) return;
    const start = ['understudy worker --queue URL', ...this.#models.map((name) => `--teacher ${name}`)].join(' ');
    this.#say(
      `no worker takes these jobs${workers.length > 0 ? ` (${workers.map(({ name }) => name).join(', ')} ${workers.length > 1 ? 'take' : 'takes'} others)` : ''}; start one: ${start}`,
      log,
    );
  }

  #say(line: string, log: WorkOptions['log']): void {
    if (this.#said.has(line)) return;
    this.#said.add(line);
    log?.(line);
  }

  #failure(): UnderstudyError {
    const reasons = new Map<string, number>();
    for (const reason of this.#failed.values()) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    const words = [...reasons].map(([reason, n]) => (n > 1 ? `${reason} (${n} jobs)` : reason)).join('; ');
    return new UnderstudyError(
      'QUEUE_JOB',
      `${this.#failed.size} of ${this.#of} jobs failed after ${ATTEMPTS} attempts: ${words}; the others’ results are kept for a week, and the same command tries the failed ones again`,
    );
  }
}

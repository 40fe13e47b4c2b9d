import type { Job } from 'bullmq';
import { connect, PREFIX } from './connection.ts';
import { type JobData, type JobProgress, QUEUES, type ShardResult } from './job.ts';
import { presentWorkers, type WorkerCard } from './workers.ts';

export interface RunStatus {
  readonly run: string;
  readonly verb: string;
  /** Models that its jobs need, as the queue calls them. */
  readonly models: readonly string[];
  readonly jobs: number;
  readonly waiting: number;
  readonly done: number;
  readonly active: readonly { readonly index: number; readonly worker: string; readonly progress?: JobProgress }[];
  readonly failed: readonly { readonly index: number; readonly reason: string }[];
  /** Jobs that are tried again, with what went wrong the last time; those whose worker was lost among them. */
  readonly retried: readonly { readonly index: number; readonly attempts: number; readonly reason: string }[];
  /** Jobs a second since the first began; undefined before two have ended. */
  readonly rate?: number;
  /** Seconds that the rest takes at that rate. */
  readonly left?: number;
}

export interface QueueStatus {
  readonly workers: readonly WorkerCard[];
  readonly runs: readonly RunStatus[];
}

const STATES = ['waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed'] as const;
type Seen = Job<JobData, ShardResult> & { readonly state: (typeof STATES)[number] };

/**
 * What a queue has: workers, and the jobs of each run.
 * @throws {UnderstudyError} QUEUE_SERVER as connect does
 */
export async function queueStatus(url: string): Promise<QueueStatus> {
  const server = await connect(url);
  try {
    const { Queue } = await import('bullmq');
    const runs = new Map<string, Seen[]>();
    for (const name of (await server.smembers(QUEUES)).sort()) {
      const queue = new Queue<JobData, ShardResult>(name, { connection: server, prefix: PREFIX });
      for (const state of STATES)
        for (const job of await queue.getJobs([state]))
          if (job) runs.set(job.data.run, [...(runs.get(job.data.run) ?? []), Object.assign(job, { state })]);
      await queue.close();
    }
    return {
      workers: await presentWorkers(server),
      runs: [...runs].map(([run, jobs]) => statusOf(run, jobs)),
    };
  } finally {
    server.disconnect();
  }
}

function statusOf(run: string, jobs: readonly Seen[]): RunStatus {
  const { verb, models, of } = jobs[0]!.data;
  const byIndex = [...jobs].sort((a, b) => a.data.index - b.data.index);
  const those = (...states: readonly Seen['state'][]) => byIndex.filter(({ state }) => states.includes(state));
  const done = those('completed');
  const [active, failed] = [those('active'), those('failed')];
  const open = of - done.length - failed.length;
  const ends = done.flatMap(({ finishedOn }) => finishedOn ?? []);
  const began = Math.min(...done.map(({ processedOn = 0 }) => processedOn));
  const seconds = (Math.max(...ends) - began) / 1000;
  const rate = done.length > 1 && seconds > 0 ? done.length / seconds : undefined;
  return {
    ...{ run, verb, models: [...models], jobs: of, done: done.length },
    waiting: those('waiting', 'prioritized', 'delayed').length,
    active: active.map((job) => ({
      index: job.data.index,
      worker: job.processedBy ?? 'unknown',
      ...(job.progress ? { progress: job.progress as unknown as JobProgress } : {}),
    })),
    failed: failed.map(({ data, failedReason }) => ({ index: data.index, reason: failedReason })),
    retried: byIndex
      .filter(
        ({ state, attemptsMade, stalledCounter }) =>
          state !== 'failed' && (attemptsMade > 1 || (state !== 'completed' && attemptsMade > 0) || stalledCounter > 0),
      )
      .map(({ data, attemptsMade, stalledCounter, failedReason }) => ({
        index: data.index,
        attempts: attemptsMade + (stalledCounter ?? 0),
        reason: failedReason || 'its worker was lost',
      })),
    ...(rate !== undefined && { rate, ...(open > 0 && { left: open / rate }) }),
  };
}

/** The same for people. */
export function statusLines({ workers, runs }: QueueStatus, duration: (seconds: number) => string): string[] {
  const now = Date.now();
  const lines = workers.map(
    ({ name, models, concurrency, since, version }) =>
      `worker ${name}: ${models.length > 0 ? models.join(', ') : 'no models of its own'}, ${concurrency} at a time, understudy ${version}, for ${duration((now - since) / 1000)}`,
  );
  if (workers.length === 0) lines.push('no workers');
  for (const { verb, run, models, jobs, waiting, done, active, failed, retried, rate, left } of runs) {
    lines.push(
      `${verb} ${run}${models.length > 0 ? ` of ${models.join(', ')}` : ''}: ${done} of ${jobs} jobs done, ${active.length} active, ${waiting} waiting, ${failed.length} failed${rate === undefined ? '' : `, ${rate.toPrecision(2)}/s`}${left === undefined ? '' : `, ${duration(left)} left`}`,
      ...active.map(
        ({ index, worker, progress }) =>
          `  job ${index} at ${worker}${progress ? `: ${progress.stage} ${progress.done} of ${progress.of}` : ''}`,
      ),
      ...retried.map(({ index, attempts, reason }) => `  job ${index} was tried ${attempts} times: ${reason}`),
      ...failed.map(({ index, reason }) => `  job ${index} failed: ${reason}`),
    );
  }
  if (runs.length === 0) lines.push('no jobs');
  return lines;
}

import type { Redis } from 'ioredis';
import { PREFIX } from './connection.ts';

const WORKERS = `${PREFIX}:workers`;

/** How often a worker says that it is there, and after how long without a word it counts as gone. */
const BEAT_MS = 5000;
const GONE_MS = 20_000;

export interface WorkerCard {
  readonly name: string;
  readonly version: string;
  /** What the queue calls its models. */
  readonly models: readonly string[];
  /** Jobs that it takes at a time. */
  readonly concurrency: number;
  /** When it began, and when it was last heard of, in milliseconds since 1970 by its own clock. */
  readonly since: number;
  readonly seen: number;
}

/** Says that a worker is there until it is disposed of. */
export async function announce(server: Redis, card: Omit<WorkerCard, 'since' | 'seen'>): Promise<AsyncDisposable> {
  const since = Date.now();
  const tell = () => server.hset(WORKERS, card.name, JSON.stringify({ ...card, since, seen: Date.now() }));
  await tell();
  const beat = setInterval(() => void tell().catch(() => {}), BEAT_MS);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(beat);
      await server.hdel(WORKERS, card.name).catch(() => {});
    },
  };
}

/** The workers that are there, by name; those that were not heard of for a while are forgotten. */
export async function presentWorkers(server: Redis): Promise<WorkerCard[]> {
  const cards = Object.values(await server.hgetall(WORKERS)).map((text) => JSON.parse(text) as WorkerCard);
  const now = Date.now();
  const gone = cards.filter(({ seen }) => now - seen > GONE_MS).map(({ name }) => name);
  if (gone.length > 0) await server.hdel(WORKERS, ...gone);
  return cards.filter(({ name }) => !gone.includes(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Jobs that workers with these models can have at a time. */
export const slotsFor = (workers: readonly WorkerCard[], models: readonly string[]): number =>
  workers.filter((worker) => takes(worker, models)).reduce((sum, { concurrency }) => sum + concurrency, 0);

/** Whether a worker takes jobs of exactly these models. */
export const takes = (worker: Pick<WorkerCard, 'models'>, models: readonly string[]): boolean =>
  models.length === 0 ? worker.models.length === 0 : models.every((model) => worker.models.includes(model));

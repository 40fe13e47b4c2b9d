import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forkScript } from '../policies/child-process.ts';
import { defaultScenario } from '../scenarios/default-scenario.ts';
import { dataFile } from '../workspace/bundled.ts';
import { withoutPassword } from '../workspace/redis-address.ts';
import { connect, PREFIX } from './connection.ts';
import { shareOut } from './coordinate.ts';
import { getFile, putFile, removeFile } from './files.ts';
import { queueOf } from './job.ts';
import { modelsIn } from './models.ts';
import type { Command } from './parcel.ts';
import { freePort, serverCommand, startServer, type TestServer, withoutServer } from './server.test-support.ts';
import { queueStatus, statusLines } from './status.ts';
import { type WorkerOptions, work } from './worker.ts';

const script = new URL('./job-child.test-support', import.meta.url);
let server: TestServer;
let folder: string;
let stop: AbortController;
let workers: Promise<unknown>[];
let lines: string[];
const log = (line: string) => void lines.push(line);

beforeAll(async () => {
  if (serverCommand) server = await startServer();
});
afterAll(async () => server?.[Symbol.asyncDispose]());
beforeEach(async () => {
  // Below the current directory, as paths of a command are relative to it.
  folder = mkdtempSync(join(tmpdir(), 'queue-'));
  [stop, workers, lines] = [new AbortController(), [], []];
  process.env.UNDERSTUDY_TEST_DIARY = join(folder, 'diary');
  if (!serverCommand) return;
  const redis = await connect(server.url);
  await redis.flushall();
  redis.disconnect();
});
afterEach(async () => {
  stop.abort();
  await Promise.all(workers);
  delete process.env.UNDERSTUDY_TEST_DIARY;
  rmSync(folder, { recursive: true, force: true });
});

const start = (options: Partial<WorkerOptions> = {}) => {
  const working = work({
    ...{ queue: server.url, concurrency: 2, scenario: defaultScenario, script, signal: stop.signal },
    ...options,
  });
  workers.push(working.catch(() => {}));
  return working;
};
const diary = () => readFileSync(join(folder, 'diary'), 'utf8').trim().split('\n');
const command = (args: readonly string[] = [], models: ReadonlyMap<string, string> = new Map()): Command => ({
  verb: 'dataset',
  args,
  workspace: join(folder, 'study'),
  scenario: defaultScenario,
  world: 'a hash',
  source: 'ice-cream-v1',
  models,
});
const share = (args: readonly string[] = [], jobs = 5, models?: ReadonlyMap<string, string>) =>
  shareOut(command(args, models), { queue: server.url, jobs, log, signal: stop.signal });
const allOf = (n: number) =>
  Array.from({ length: n }, (_, i) => [`dataset-00000000.${i + 1}-of-${n}.jsonl`, `shard ${i + 1} of ${n}\n`]);
const texts = (files: ReadonlyMap<string, Buffer>) =>
  [...files].map(([name, bytes]) => [name, bytes.toString()]).sort();

describe('the server of a queue', () => {
  it('is said in one sentence not to be there, without its password', async () => {
    const url = `redis://user:secret@127.0.0.1:${await freePort()}/0`;
    const error: Error = await connect(url).catch((error) => error);
    expect(error.message).toMatch(
      /^no Redis or Valkey server answers at redis:\/\/127\.0\.0\.1:\d+\/0 \(ECONNREFUSED\)/,
    );
    expect(error.message).not.toContain('secret');
  });

  it.each(['http://lab:6379', 'lab:6379', 'redis://lab/jobs', ''])('is not named %j', (url) =>
    expect(connect(url)).rejects.toThrow('a queue is named redis://HOST:PORT/DB'),
  );

  it('is shown without user and password', () =>
    expect(withoutPassword('rediss://me:a@b:c@lab:1/2')).toBe('rediss://lab:1/2'));
});

describe.skipIf(!serverCommand)(serverCommand ? 'a queue' : withoutServer, () => {
  it('refuses a server that evicts what it is given, and one that wants another password', async () => {
    await using evicts = await startServer('--maxmemory-policy', 'allkeys-lru');
    await expect(connect(evicts.url)).rejects.toThrow('(maxmemory-policy allkeys-lru), and with them jobs');
    await using locked = await startServer('--requirepass', 'secret');
    (await connect(locked.url)).disconnect();
    for (const url of [locked.url.replace(':secret@', ''), locked.url.replace('secret', 'wrong')]) {
      const error: Error = await connect(url).catch((error) => error);
      expect(error.message).toContain('wants another user or password');
      expect(error.message).not.toMatch(/secret|wrong/);
    }
  });

  it('keeps files by their content, in parts if they are large', async () => {
    const redis = await connect(server.url);
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * i) % 251));
    const hash = await putFile(redis, bytes, 300);
    expect(await putFile(redis, bytes, 300)).toBe(hash);
    expect(await redis.keys(`${PREFIX}:file:*`)).toHaveLength(4);
    expect(await getFile(redis, hash)).toEqual(bytes);
    expect(await getFile(redis, await putFile(redis, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
    await removeFile(redis, hash);
    await expect(getFile(redis, hash)).rejects.toThrow('is not on the server any more');
    redis.disconnect();
  });

  it('has every job done once, by several workers, and forgets them when it is told to', async () => {
    for (const name of ['one', 'two']) void start({ name });
    await using shared = await share();
    expect(texts(shared.files)).toEqual(allOf(5));
    expect(diary().sort()).toEqual(['1', '2', '3', '4', '5']);
    const { workers, runs } = await queueStatus(server.url);
    expect(workers.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(runs).toMatchObject([{ verb: 'dataset', jobs: 5, done: 5, waiting: 0, active: [], failed: [] }]);
    await shared.forget();
    expect((await queueStatus(server.url)).runs).toEqual([]);
  });

  it('keeps the jobs of a command that is stopped, and the same command joins them', async () => {
    const first = share();
    while ((await queueStatus(server.url)).runs[0]?.waiting !== 5) await setTimeout(20);
    stop.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    stop = new AbortController();
    void start({ idle: 300 });
    while ((await queueStatus(server.url)).runs[0]?.done !== 5) await setTimeout(20);
    // What came in meanwhile does not make it another run.
    mkdirSync(join(folder, 'study', 'data'), { recursive: true });
    for (const name of ['study.json', 'data/labels.jsonl']) writeFileSync(join(folder, 'study', name), '');
    await using shared = await share([], 7);
    expect(texts(shared.files)).toEqual(allOf(5));
    expect(diary()).toHaveLength(5);
    expect(lines.join('\n')).toMatch(/joins a run of 5 jobs: 5 are done/);
    expect(lines.join('\n')).toMatch(/this run has begun with 5 jobs/);
  });

  it('does jobs again whose results are not kept any more', async () => {
    void start();
    await (await share([], 2))[Symbol.asyncDispose]();
    const redis = await connect(server.url);
    await redis.del(await redis.keys(`${PREFIX}:file:*`));
    redis.disconnect();
    await using shared = await share([], 2);
    expect(texts(shared.files)).toEqual(allOf(2));
    expect(diary().sort()).toEqual(['1', '1', '2', '2']);
  });

  it('gives the job of a killed worker to another, and says so', async () => {
    const child = forkScript(new URL('./worker-child.test-support', import.meta.url));
    child.send({ queue: server.url, name: 'doomed', lostAfter: 800 });
    const sharing = share(['--sleep', '300'], 3);
    while (!existsSync(join(folder, 'diary'))) await setTimeout(20);
    expect((await queueStatus(server.url)).runs[0]!.active).toMatchObject([{ worker: 'doomed' }]);
    // What says whose a folder is; others come and go meanwhile.
    const isDoomed = (lock: string) => {
      try {
        return readFileSync(join(tmpdir(), lock), 'utf8').includes(`"pid":${child.pid},`);
      } catch {
        return false;
      }
    };
    const left = () => readdirSync(tmpdir()).filter((name) => /^understudy-job-.*\.lock$/.test(name) && isDoomed(name));
    expect(left()).toHaveLength(1);
    const folderLeft = join(tmpdir(), left()[0]!.replace('.lock', ''));
    expect(existsSync(folderLeft)).toBe(true);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    void start({ name: 'heir', lostAfter: 800 });
    await using shared = await sharing;
    expect(left()).toEqual([]);
    expect(existsSync(folderLeft)).toBe(false);
    expect(texts(shared.files)).toEqual(allOf(3));
    expect(diary()).toHaveLength(4);
    expect(lines.join('\n')).toMatch(/job \d of 3 was found without its worker/);
  });

  it('has one result of a job that two workers do at the same time', async () => {
    void start({ name: 'one', concurrency: 1, lostAfter: 1000 });
    const sharing = share(['--sleep', '1500'], 1);
    for (let busy = false; !busy; await setTimeout(20))
      busy = (await queueStatus(server.url)).runs.some(({ active }) => active.length === 1);
    const redis = await connect(server.url);
    // The network was away for longer than the lock lasts.
    const [lock] = await redis.keys(`${PREFIX}:plain:*:lock`);
    await redis.set(lock!, 'somebody else', 'PX', 1);
    void start({ name: 'two', concurrency: 1, lostAfter: 1000 });
    await using shared = await sharing;
    expect(texts(shared.files)).toEqual(allOf(1));
    expect(diary()).toEqual(['1', '1']);
    redis.disconnect();
  });

  it('lets a poisoned job fail with its reason after three attempts, and the others be done', async () => {
    void start();
    const error: Error = await share(['--poison', '2', '--crash', '4']).catch((error) => error);
    expect(error.message).toMatch(/^2 of 5 jobs failed after 3 attempts: /);
    expect(error.message).toMatch(/the well is poisoned/);
    expect(error.message).toMatch(/its process ended \(SIGKILL\)/);
    expect(diary().filter((index) => index === '2')).toHaveLength(3);
    const status = await queueStatus(server.url);
    expect(status.runs[0]).toMatchObject({
      done: 3,
      failed: [{ index: 2, reason: 'the well is poisoned' }, { index: 4 }],
    });
    expect(statusLines(status, String).join('\n')).toMatch(/ {2}job 2 failed: the well is poisoned/);
  });

  it('takes a job back from a worker that is stopped, at no cost of an attempt', async () => {
    const leaving = new AbortController();
    const left = start({ name: 'leaving', concurrency: 1, signal: leaving.signal });
    const sharing = share(['--sleep', '300'], 1);
    for (let busy = false; !busy; await setTimeout(20))
      busy = (await queueStatus(server.url)).runs.some(({ active }) => active.length === 1);
    leaving.abort(new Error('stopped'));
    expect(await left).toEqual({ name: 'leaving', done: 0, failed: 0 });
    expect((await queueStatus(server.url)).runs).toMatchObject([{ waiting: 1, active: [], failed: [], retried: [] }]);
    void start({ name: 'staying' });
    await using shared = await sharing;
    expect(texts(shared.files)).toEqual(allOf(1));
  });

  it('gives questions to a model only to workers that have it, by the content of its file', async () => {
    const tiny = `gguf:${relative(process.cwd(), dataFile('teachers/tiny.gguf'))}`;
    const models = new Map(modelsIn(tiny, '.'));
    expect([...models.keys()]).toEqual(['gguf:tiny']);
    void start({ name: 'cpu' });
    const sharing = share(['--teacher', tiny], 2, models);
    while (!lines.some((line) => line.startsWith('no worker takes these jobs (cpu takes others)')))
      await setTimeout(20);
    expect((await queueStatus(server.url)).runs).toMatchObject([{ models: ['gguf:tiny'], waiting: 2 }]);
    void start({ name: 'gpu', teachers: [`gguf:${dataFile('teachers/tiny.gguf')}`] });
    await using shared = await sharing;
    expect(texts(shared.files)).toEqual(allOf(2));
    await expect(start({ teachers: ['gguf:nowhere.gguf'] })).rejects.toThrow('this machine has no gguf:nowhere.gguf');
    await expect(start({ teachers: ['tiny'] })).rejects.toThrow('every worker has tiny');
  });

  it('leaves jobs of another version of understudy to others, and says why', async () => {
    const sharing = share([], 1).catch(() => {});
    while ((await queueStatus(server.url)).runs[0]?.waiting !== 1) await setTimeout(20);
    const redis = await connect(server.url);
    const queue = new Queue(queueOf([]), { connection: redis, prefix: PREFIX });
    const [job] = await queue.getJobs(['waiting']);
    await job!.updateData({ ...job!.data, version: '0.0.1' });
    void start({ name: 'newer' });
    while (!lines.some((line) => line.includes('newer leaves these jobs to others'))) await setTimeout(20);
    expect(lines.join('\n')).toMatch(/it runs understudy \S+, and the job comes from 0\.0\.1/);
    expect((await queueStatus(server.url)).runs).toMatchObject([{ waiting: 1, active: [], failed: [] }]);
    stop.abort(new Error('stopped'));
    await sharing;
    await queue.close();
    redis.disconnect();
  });
});

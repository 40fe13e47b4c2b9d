import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { forkScript } from '../../policies/child-process.ts';
import { serverCommand, startServer, type TestServer, withoutServer } from '../../queue/server.test-support.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { decodeFrame } from '../frame.ts';
import { type Hello, helloSchema } from '../protocol/hello.ts';
import { awaySchema, type Reply } from '../protocol/socket.ts';
import { type Update, updateSchema } from '../protocol/update.ts';
import { type ServeOptions, type Serving, serve } from '../server/serve.ts';
import { redisCarrier } from './carrier.ts';
import { type Following, follow, following } from './follow.ts';

let server: TestServer;
let viewer: string;
let workspace: string;
const open: { close(): Promise<void> }[] = [];
const sockets: Socket[] = [];
const lines: string[] = [];
const log = (line: string) => void lines.push(line);

beforeAll(async () => {
  viewer = await mkdtemp(join(tmpdir(), 'viewer-'));
  workspace = await mkdtemp(join(tmpdir(), 'workspace-'));
  await writeFile(join(viewer, 'index.html'), '<!doctype html><title>Understudy</title>');
  if (serverCommand) server = await startServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect();
  for (const one of open.splice(0).reverse()) await one.close();
  lines.length = 0;
});

async function town(options: Partial<ServeOptions> = {}): Promise<Serving> {
  const serving = await serve({
    ...{ scenario: mobilityTown(), agents: 300, policy: 'uniform', teacher: 'oracle', seed: 7, workspace, viewer },
    ...{ autoplay: false, share: server.url, onShare: log, ...options },
  });
  open.push(serving);
  return serving;
}

async function follower(): Promise<Following> {
  const one = await follow({ follow: server.url, viewer, log });
  open.push(one);
  return one;
}

function watch(url: string, token?: string) {
  const socket = io(new URL(url).origin, {
    ...{ path: '/socket', transports: ['websocket'], reconnection: false, forceNew: true, auth: { token } },
  });
  sockets.push(socket);
  const [hellos, updates, aways]: [Hello[], { update: Update; frame: Buffer | null }[], string[]] = [[], [], []];
  socket.on('hello', (hello) => hellos.push(helloSchema.parse(hello)));
  socket.on('away', (away) => aways.push(awaySchema.parse(away).words));
  socket.on('workshop', (_, acknowledge) => acknowledge());
  socket.on('update', (update, frame, acknowledge) => {
    updates.push({ update: updateSchema.parse(update), frame });
    acknowledge();
  });
  return {
    ...{ hellos, updates, aways },
    /** Pictures by what they show, as text. */
    pictures: () =>
      new Map(
        updates.flatMap(({ frame }) => {
          const { run, tick, played } = frame ? decodeFrame(frame) : {};
          return frame ? [[`${run} ${tick} ${played !== undefined}`, frame.toString('base64')] as const] : [];
        }),
      ),
    points: () => new Map(updates.flatMap(({ update }) => update.points.map((point) => [point.tick, point] as const))),
    ask: (event: string, payload: unknown): Promise<Reply> => socket.timeout(30_000).emitWithAck(event, payload),
    last: () => updates.at(-1)!.update,
    disconnect: () => socket.disconnect(),
  };
}

const until = (condition: () => void | Promise<void>) => vi.waitFor(condition, { timeout: 60_000, interval: 20 });
const health = async (url: string) => (await fetch(new URL('/api/health', url))).json();

describe.skipIf(!serverCommand)(serverCommand ? 'a town that is followed' : withoutServer, () => {
  it('is the same to the byte for viewers of another process, and outlives that process', async () => {
    const serving = await town();
    const child = forkScript(new URL('./follower-child.test-support', import.meta.url));
    child.send({ follow: server.url, viewer });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    const [direct, host] = [watch(serving.url), watch(url, serving.token)];
    await until(() => expect(host.updates.length).toBeGreaterThan(0));
    await until(() => expect(direct.last().status.viewers).toBe(2));
    expect(host.hellos[0]).toMatchObject({ control: true, agents: 300 });
    for (let tick = 1; tick <= 12; tick++) {
      expect(await host.ask('command', { do: 'step' })).toEqual({ ok: true });
      await until(() => {
        expect(host.last().status).toMatchObject({ ticks: tick, clock: 'paused' });
        expect(direct.last().status.ticks).toBe(tick);
      });
    }
    await until(() => expect(host.points().size).toBe(12));
    expect(host.pictures().size).toBe(13);
    expect(host.pictures()).toEqual(direct.pictures());
    expect(host.points()).toEqual(direct.points());
    expect(host.last()).toMatchObject({ status: { viewers: 2 } });

    child.kill('SIGKILL');
    await until(() => expect(direct.last().status.viewers).toBe(1));
    const master = watch(serving.url, serving.token);
    expect(await master.ask('command', { do: 'step' })).toEqual({ ok: true });
    await until(() => expect(direct.last().status.ticks).toBe(13));
  });

  it('gives each viewer of a follower what is its own, and control for the token alone', async () => {
    const one = await follower();
    const early = watch(one.url);
    await until(() => expect(early.aways).toEqual([`no town is shared through ${server.url} yet`]));
    expect(await health(one.url)).toMatchObject({ ok: false, code: 'SERVE_AWAY' });
    const serving = await town();
    await until(() => expect(early.updates.length).toBeGreaterThan(0));
    expect(early.hellos[0]!.control).toBe(false);
    expect(await early.ask('command', { do: 'step' })).toMatchObject({ code: 'SERVE_COMMAND' });
    const [direct, host] = [watch(serving.url), watch(one.url, serving.token)];
    await until(() => expect(host.hellos[0]?.control).toBe(true));
    for (let tick = 1; tick <= 4; tick++) {
      await host.ask('command', { do: 'step' });
      await until(() => expect(early.last().status.ticks).toBe(tick));
    }
    const wishes = { twin: true, distances: true, differences: true };
    for (const who of [early, direct]) {
      expect(await who.ask('contrast', wishes)).toEqual({ ok: true });
      expect(await who.ask('inspect', { agent: 7 })).toEqual({ ok: true });
      const sought = { id: 1, query: [], offset: 0, sort: { by: 'number' }, descending: false };
      expect(await who.ask('find', { search: sought })).toEqual({ ok: true });
    }
    const told = (who: typeof early) => ({
      inspection: who.updates.findLast(({ update }) => update.inspection)?.update.inspection,
      found: who.updates.findLast(({ update }) => update.found)?.update.found,
      apart: who.updates.findLast(({ update }) => update.apart)?.update.apart,
      differences: who.updates.findLast(({ update }) => update.differences)?.update.differences,
    });
    await until(() => {
      expect(Object.values(told(direct))).not.toContain(undefined);
      expect(told(early)).toEqual(told(direct));
      expect(told(early).inspection!.teacher.state).toBe('known');
    });
    for (const who of [early, direct]) expect(await who.ask('look', { at: { run: 0, tick: 1 } })).toEqual({ ok: true });
    await until(() => {
      for (const who of [early, direct]) expect(who.last().status).toMatchObject({ past: { run: 0 }, tick: 1 });
    });
    expect(early.pictures().get('0 1 true')).toBe(direct.pictures().get('0 1 true'));
    expect(host.last().status.past).toBe(null);
    expect(host.updates.some(({ update }) => update.inspection || update.found)).toBe(false);
    expect(await early.ask('look', { at: { run: 9, tick: 1 } })).toMatchObject({ ok: false, code: 'SERVE_PAST' });
    expect(await early.ask('recall', { run: -1 })).toMatchObject({ ok: false, code: 'MALFORMED' });
    expect(await health(one.url)).toEqual(await health(serving.url));
    expect((await fetch(new URL('/report/', one.url))).status).toBe(404);

    // Another world on the same stage.
    await host.ask('command', { do: 'restart', seed: 5, agents: 200 });
    await until(() => expect(early.hellos.at(-1)!.agents).toBe(200));
    await until(() => expect(early.last().status).toMatchObject({ past: null, seed: 5, ticks: 0 }));

    await open.splice(open.indexOf(serving), 1)[0]!.close();
    await until(() => expect(early.aways.at(-1)).toBe('the town has ended'));
    expect(await early.ask('inspect', { agent: 1 })).toMatchObject({ ok: false, code: 'SERVE_AWAY' });
    await town({ seed: 8 });
    await until(() => expect(early.last().status.seed).toBe(8));
    expect(new Set(early.hellos.map(({ boot }) => boot)).size).toBe(2);
    expect(host.hellos.at(-1)!.control).toBe(true);
  });

  it('plays on while the server is away, and its followers say so and come back', async () => {
    const serving = await town();
    const [direct, distant] = [watch(serving.url, serving.token), watch((await follower()).url)];
    await until(() => expect(distant.updates.length).toBeGreaterThan(0));
    const admin = new Redis(server.url);
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => expect(distant.aways).toContain(`there is no connection to ${server.url}`));
    expect(await direct.ask('command', { do: 'step' })).toEqual({ ok: true });
    await until(() => expect(direct.last().status.ticks).toBe(1));
    await until(() => expect(distant.last().status.ticks).toBe(1));
    admin.disconnect();
    expect(lines.some((line) => line.includes('followers are cut off, the town plays on'))).toBe(true);
  });

  it('has its number to itself, and no follower of another version', async () => {
    await town();
    await expect(town()).rejects.toThrow(
      `another town (mobility-v1) is shared through ${server.url} already; give this one another number`,
    );
    await town({ share: server.url.replace('/0', '/1'), seed: 9 });
    const first = watch((await follower()).url);
    await until(() => expect(first.last().status.seed).toBe(7));
    const other = await following(await redisCarrier(server.url, '--follow'), {
      ...{ host: '127.0.0.1', log, directory: viewer, version: '0.0.1' },
    });
    open.push(other);
    await until(() =>
      expect(lines.at(-1)).toMatch(/the town is played by understudy .+, and this is 0\.0\.1 .+: use one version/),
    );
  });

  it('names what is wrong with an address, without its password', async () => {
    await expect(follow({ follow: 'lab:6379', viewer })).rejects.toThrow('--follow takes redis://HOST:PORT/DB');
    const secret = follow({ follow: 'redis://:hunter2@127.0.0.1:1/0', viewer });
    await expect(secret).rejects.toThrow('no Redis or Valkey server answers at redis://127.0.0.1:1/0 (ECONNREFUSED)');
    await expect(follow({ follow: server.url.replace('/0', '/99'), viewer })).rejects.toThrow(
      'DB index is out of range',
    );
  });
});

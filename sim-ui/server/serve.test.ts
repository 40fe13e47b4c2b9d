import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { decodeFrame } from '../frame.ts';
import { type Hello, helloSchema } from '../protocol/hello.ts';
import type { Reply } from '../protocol/socket.ts';
import { healthSchema } from '../protocol/status.ts';
import { type Update, updateSchema } from '../protocol/update.ts';
import { workshopSchema } from '../protocol/work.ts';
import { type Serving, serve } from './serve.ts';
import { keptToken } from './token.ts';

let viewer: string;
let serving: Serving;
let workspace: string;
let common = {
  ...{ scenario: iceCream, agents: 500, policy: 'constant:0.3', teacher: 'oracle', port: 0, seed: 7 },
  workspace: '',
};

beforeAll(async () => {
  viewer = await mkdtemp(join(tmpdir(), 'viewer-'));
  await writeFile(join(viewer, 'index.html'), '<!doctype html><title>Understudy</title>');
  workspace = await mkdtemp(join(tmpdir(), 'workspace-'));
  common = { ...common, workspace };
  serving = await serve({ ...common, viewer, autoplay: false });
});
afterAll(() => serving.close());

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});
const base = () => `http://127.0.0.1:${serving.port}`;

function watch(options: { token?: string; headers?: Record<string, string>; acknowledges?: boolean } = {}) {
  const socket = io(base(), {
    path: '/socket',
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { token: options.token },
    extraHeaders: options.headers,
  });
  sockets.push(socket);
  const updates: { update: Update; frame: Buffer | null; acknowledge: () => void }[] = [];
  socket.on('update', (update: Update, frame: Buffer | null, acknowledge: () => void) => {
    updates.push({ update, frame, acknowledge });
    if (options.acknowledges ?? true) acknowledge();
  });
  const hello = new Promise<Hello>((resolve, reject) => {
    socket.once('hello', resolve);
    socket.once('connect_error', reject);
  });
  return {
    socket,
    updates,
    hello,
    command: (payload: unknown): Promise<Reply> => socket.emitWithAck('command', payload),
  };
}

const health = async () => healthSchema.parse(await (await fetch(`${base()}/api/health`)).json());

/** An HTTP request with headers that fetch would not let through. */
async function get(path: string, headers: Record<string, string>) {
  const asked = request(`${base()}${path}`, { headers }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response;
}

describe('the server', () => {
  it('says how it is', async () => {
    expect(await health()).toMatchObject({
      ok: true,
      name: 'understudy',
      scenario: 'ice-cream-v1',
      agents: 500,
      seed: 7,
      clock: 'paused',
      policy: 'constant:0.3',
      viewers: 0,
    });
  });

  it('serves the page with a policy that admits nothing but its own files', async () => {
    const response = await fetch(serving.url);
    expect(await response.text()).toContain('<title>Understudy</title>');
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).not.toMatch(/'unsafe-/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await fetch(`${base()}/nothing`)).status).toBe(404);
    expect((await fetch(`${base()}/..%2f..%2fpackage.json`)).status).toBeGreaterThanOrEqual(400);
  });

  it('serves the report while there is one, under a policy that runs nothing, and the figures beside it', async () => {
    expect((await fetch(`${base()}/report/`)).status).toBe(404);
    await mkdir(join(workspace, 'results', 'plots'), { recursive: true });
    await writeFile(join(workspace, 'results', 'report.html'), '<style>a{}</style><script>alert(1)</script>');
    await writeFile(
      join(workspace, 'results', 'plots', 'calibration.svg'),
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
    );
    await writeFile(join(workspace, 'results', 'plots', 'other.html'), 'no figure');
    const page = await fetch(`${base()}/report`);
    expect([page.status, page.url]).toEqual([200, `${base()}/report/`]);
    const policy = page.headers.get('content-security-policy')!;
    const hash = createHash('sha256').update('a{}').digest('base64');
    expect(policy).toContain(`default-src 'none'; style-src 'sha256-${hash}'; font-src data:;`);
    expect(policy).not.toMatch(/script-src|unsafe/);
    const figure = await fetch(`${base()}/report/plots/calibration.svg`);
    expect([figure.status, figure.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
    expect(figure.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    for (const path of ['other.html', 'nothing.svg', '..%2freport.html', '..%2f..%2fstudy.json'])
      expect((await fetch(`${base()}/report/plots/${path}`)).status).toBe(404);
    await rm(join(workspace, 'results'), { recursive: true });
  });

  it('has work done for those with the token alone, and tells everybody of it', async () => {
    const guest = watch();
    const host = watch({ token: serving.token });
    const told = new Promise<unknown>((resolve) => guest.socket.once('workshop', resolve));
    await Promise.all([guest.hello, host.hello]);
    expect(workshopSchema.parse(await told)).toMatchObject({ teachers: [{ name: 'oracle', elsewhere: false }] });
    const order = { do: 'ask', teacher: 'oracle', size: 20, students: ['mlp'], report: false };
    const work = (who: typeof host, wish: unknown) => who.socket.emitWithAck('work', wish);
    expect(await work(guest, { do: 'plan', order })).toMatchObject({
      ok: false,
      message: expect.stringContaining('token'),
    });
    expect(await work(host, { do: 'begin', order: { ...order, size: 4 } })).toMatchObject({ code: 'MALFORMED' });
    expect(await work(host, { do: 'begin', order: { ...order, students: [] } })).toMatchObject({ code: 'MALFORMED' });
    // This server was given a scenario that no other process can open.
    expect(await work(host, { do: 'begin', order })).toMatchObject({
      ok: false,
      message: expect.stringContaining('handed over by a program'),
    });
    const [reply, results] = await new Promise<[unknown, unknown]>((resolve) =>
      guest.socket.emit('results', {}, (...answer: [unknown, unknown]) => resolve(answer)),
    );
    expect([reply, results]).toEqual([{ ok: true }, { kinds: [] }]);
  });

  it('refuses names that are not loopback and pages of other origins', async () => {
    expect((await get('/', { host: 'evil.example' })).statusCode).toBe(403);
    expect(
      (await get('/api/health', { host: `127.0.0.1:${serving.port}`, origin: 'http://evil.example' })).statusCode,
    ).toBe(403);
    expect((await get('/api/health', { host: `localhost:${serving.port}` })).statusCode).toBe(200);
    await expect(watch({ headers: { origin: 'http://evil.example' } }).hello).rejects.toThrow();
    await expect(watch({ headers: { host: 'evil.example' } }).hello).rejects.toThrow();
  });

  it('lets everybody watch, and only those with the token control', async () => {
    const guest = watch();
    const host = watch({ token: serving.token });
    expect(helloSchema.parse(await guest.hello).control).toBe(false);
    expect(helloSchema.parse(await host.hello).control).toBe(true);
    expect((await watch({ token: `${serving.token}x` }).hello).control).toBe(false);

    const refused = await guest.command({ do: 'step' });
    expect(refused).toMatchObject({ ok: false, code: 'SERVE_COMMAND' });
    expect((await health()).tick).toBe(0);

    expect(await host.command({ do: 'step' })).toEqual({ ok: true });
    await vi.waitFor(() => expect(guest.updates.some(({ update }) => update.status.played)).toBe(true));
    for (const { update, frame } of guest.updates) {
      updateSchema.parse(update);
      if (frame) expect(decodeFrame(frame).places).toHaveLength(500);
    }
    expect((await health()).tick).toBe(1);
    expect(serving.url).toContain(serving.token);
  });

  it('answers malformed payloads with what is wrong with them, and lives on', async () => {
    const { hello, command, socket } = watch({ token: serving.token });
    await hello;
    for (const payload of [
      undefined,
      null,
      'play',
      { do: 'fly' },
      { do: 'speed' },
      { do: 'speed', ticksPerSecond: 1e9 },
      { do: 'play', extra: 1 },
      { do: 'restart', seed: -1 },
      { do: 'restart', seed: 1, parameters: { fuel: '4' } },
      { do: 'swap', policy: '' },
    ])
      expect(await command(payload)).toMatchObject({ ok: false, code: 'MALFORMED' });
    expect(await command({ do: 'swap', policy: 'gru' })).toMatchObject({
      ok: false,
      message: expect.stringContaining('unknown policy: gru (known: constant:0.3'),
    });
    expect(await command({ do: 'restart', seed: 1, parameters: { price: 4 } })).toMatchObject({
      ok: false,
      message: 'the parameters of this scenario cannot be changed here',
    });
    expect(await socket.emitWithAck('inspect', { agent: 500 })).toMatchObject({
      ok: false,
      message: 'unknown agent: 500 (agents 0 to 499)',
    });
    socket.emit('command', { do: 'pause' }); // no one waits for the answer
    socket.emit('inspect', 'nonsense', 'not a function');
    expect(await command({ do: 'pause' })).toEqual({ ok: true });
  });

  it('paces a slow viewer: two messages on their way, then the latest with everything that was missed', async () => {
    const host = watch({ token: serving.token });
    const slow = watch({ acknowledges: false });
    await Promise.all([host.hello, slow.hello]);
    await host.command({ do: 'restart', seed: 3 });
    await host.command({ do: 'speed', ticksPerSecond: 30 });
    await host.command({ do: 'play' });
    await vi.waitFor(() => expect(host.updates.length).toBeGreaterThan(10), { timeout: 30_000 });
    await host.command({ do: 'pause' });
    expect(slow.updates).toHaveLength(2);

    const { tick } = await health();
    for (const { acknowledge } of slow.updates.slice()) acknowledge();
    await vi.waitFor(() => expect(slow.updates.length).toBeGreaterThan(2));
    const { update, frame } = slow.updates[2]!;
    expect(decodeFrame(frame!)).toMatchObject({ tick: tick - 1, key: true });
    expect(update.points.at(-1)!.tick).toBe(tick - 1);
    const known = slow.updates.flatMap((message) => message.update.points.map((point) => point.tick));
    for (let t = 0; t < tick; t++) expect(known).toContain(t);
  });

  it('shows what the teacher makes of an agent, to watchers too', async () => {
    const guest = watch();
    await guest.hello;
    expect(await guest.socket.emitWithAck('inspect', { agent: 7 })).toEqual({ ok: true });
    await vi.waitFor(() =>
      expect(guest.updates.findLast(({ update }) => update.inspection)?.update.inspection).toMatchObject({
        agent: 7,
        teacher: { name: 'oracle', state: 'known' },
        explanation: { state: 'known' },
      }),
    );
  });
});

describe('a viewer that asks for too much', () => {
  it('is heard within its budget, refused above it, and shown the door when it goes on', async () => {
    const { hello, socket, command } = watch({ token: serving.token });
    await hello;
    const replies = await Promise.all(Array.from({ length: 400 }, () => command({ do: 'pause' })));
    const refused = replies.filter(({ ok }) => !ok);
    expect(replies.slice(0, 200).every(({ ok }) => ok)).toBe(true);
    expect(refused.length).toBeGreaterThan(80);
    expect(refused[0]).toMatchObject({ code: 'SERVE_BUDGET', message: expect.stringContaining('slow down') });
    expect((await health()).ok).toBe(true);

    const left = once(socket as never, 'disconnect');
    for (let i = 0; i < 4000; i++) socket.emit('junk', i);
    expect(await left).toContain('io server disconnect');
    // Others are not touched.
    expect((await watch().hello).control).toBe(false);
  });
});

describe('serving', () => {
  it('keeps the token of a workspace, for its owner only, until the file goes', async () => {
    const path = join(workspace, '.understudy', 'viewer-token');
    expect((await readFile(path, 'utf8')).trim()).toBe(serving.token);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await keptToken(workspace)).toBe(serving.token);
    const other = await mkdtemp(join(tmpdir(), 'workspace-'));
    const said: string[] = [];
    const first = await keptToken(other, (line) => said.push(line));
    expect(first).toMatch(/^[\w-]{24}$/);
    expect(first).not.toBe(serving.token);
    expect(said).toEqual([]);

    const kept = join(other, '.understudy', 'viewer-token');
    await chmod(kept, 0o644);
    const second = await keptToken(other, (line) => said.push(line));
    expect(second).not.toBe(first);
    expect(said.at(-1)).toContain('could be read by others');
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    await rm(kept);
    expect(await keptToken(other)).not.toBe(second);
    const served = await Promise.all([keptToken(other), keptToken(other)]);
    expect(served[0]).toBe(served[1]);
  });

  it('names a busy port and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(serve({ ...common, viewer, port })).rejects.toMatchObject({
      code: 'SERVE_PORT',
      message: `port ${port} on 127.0.0.1 is in use; choose another with --port N, or --port 0 for any free one`,
    });
    other.close();
  });

  it('refuses to serve other machines, and to serve a viewer that was not built', async () => {
    await expect(serve({ ...common, viewer, host: '0.0.0.0' })).rejects.toMatchObject({ code: 'SERVE_HOST' });
    await expect(serve({ ...common, viewer: join(viewer, 'missing') })).rejects.toThrow('run `npm run build`');
  });

  it('says what is wrong with a policy that it cannot open', async () => {
    await expect(serve({ ...common, viewer, policy: 'student:gru' })).rejects.toThrow('gru');
  });

  it('begins to play when somebody who may control the run comes to watch', async () => {
    const own = await serve({ ...common, viewer });
    const at = `http://127.0.0.1:${own.port}`;
    const tick = async () => ((await (await fetch(`${at}/api/health`)).json()) as { tick: number }).tick;
    const guest = io(at, { path: '/socket', transports: ['websocket'], forceNew: true });
    await once(guest as never, 'hello');
    expect(await tick()).toBe(0);
    const host = io(at, { path: '/socket', transports: ['websocket'], forceNew: true, auth: { token: own.token } });
    await vi.waitFor(async () => expect(await tick()).toBeGreaterThan(0), { timeout: 5000 });
    guest.disconnect();
    host.disconnect();
    await own.close();
    await expect(fetch(`${at}/api/health`)).rejects.toThrow();
    await own.close(); // closing twice is closing once
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const own = await serve({ ...common, viewer, signal: stop.signal });
    stop.abort();
    await own.close();
    await expect(fetch(`http://127.0.0.1:${own.port}/api/health`)).rejects.toThrow();
  });
});

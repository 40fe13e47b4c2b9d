import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** The command of a server that is installed here; undefined if there is none. */
export const serverCommand = ['valkey-server', 'redis-server'].find(
  (command) => spawnSync(command, ['--version']).status === 0,
);

/** What a test is called that cannot run, so that the reason stands in the report. */
export const withoutServer =
  'SKIPPED: neither redis-server nor valkey-server is installed (apt-get install redis-server)';

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** Starts a server of its own on a free port of the loopback, which keeps nothing on the disk. */
export async function startServer(...more: readonly string[]): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-redis-'));
  const port = await freePort();
  const flags = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const keeping = more.includes('--maxmemory-policy') ? [] : ['--maxmemory-policy', 'noeviction'];
  const server: ChildProcess = spawn(serverCommand!, [...flags.map(String), ...keeping, ...more], { stdio: 'ignore' });
  const password = more[more.indexOf('--requirepass') + 1];
  const secret = more.includes('--requirepass') ? `:${password}@` : '';
  const url = `redis://${secret}127.0.0.1:${port}/0`;
  const stop = async () => {
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null)
      await new Promise((resolve) => server.once('exit', resolve));
    rmSync(folder, { recursive: true, force: true });
  };
  for (let i = 0; ; i++) {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.ping();
      break;
    } catch (error) {
      if (i > 200) {
        await stop();
        throw error;
      }
      await setTimeout(20);
    } finally {
      client.disconnect();
    }
  }
  return { url, port, [Symbol.asyncDispose]: stop };
}

/** A port of the loopback on which nobody listens. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

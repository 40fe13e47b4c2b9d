import type { Redis } from 'ioredis';
import { UnderstudyError } from '../env/error.ts';
import { requireRedisAddress, unreachable, withoutPassword } from '../workspace/redis-address.ts';

/** All keys of Understudy in a server begin with this. */
export const PREFIX = 'understudy';

/** A server that does not answer is given up after this many milliseconds. */
const CONNECT_MS = 5000;

/**
 * Connects to a Redis or Valkey server and makes sure that it keeps what it is given.
 * @param url redis://HOST:PORT/DB, or rediss:// for TLS; a user and a password may stand before the host
 * @throws {UnderstudyError} QUEUE_SERVER if the address is not one, nobody answers there, or the server would evict jobs
 */
export async function connect(url: string): Promise<Redis> {
  requireRedisAddress(url, 'a queue is named', 'QUEUE_SERVER');
  const { Redis } = await import('ioredis');
  let connected = false;
  const server = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // Jobs wait for a server that was there and is away for a moment; a first failure is said at once.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (connected ? Math.min(250 * times, 5000) : null),
  });
  let reason: Error | undefined;
  server.on('error', (error: Error) => (reason = error));
  try {
    await server.connect();
    connected = true;
    await requireKeeping(server, url);
    return server;
  } catch (error) {
    server.disconnect();
    if (error instanceof UnderstudyError) throw error;
    throw unreachable(url, reason ?? (error as Error), 'name another with --queue', 'QUEUE_SERVER');
  }
}

/** A server that is short of memory and evicts keys would lose jobs without a word. */
async function requireKeeping(server: Redis, url: string): Promise<void> {
  const memory = await server.info('memory');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy === undefined || policy === 'noeviction') return;
  throw new UnderstudyError(
    'QUEUE_SERVER',
    `the server at ${withoutPassword(url)} evicts keys when it is short of memory (maxmemory-policy ${policy}), and with them jobs; set it to noeviction: CONFIG SET maxmemory-policy noeviction`,
  );
}

import type { Redis } from 'ioredis';
import { type Observable, Subject } from 'rxjs';
import { requireRedisAddress, unreachable, withoutPassword } from '../../workspace/redis-address.ts';

/** Carries messages between processes by named channels. Nothing is kept: who does not listen hears nothing. */
export interface Carrier {
  /** Where it is, as it may be shown. */
  readonly name: string;
  /** All channels of one carrier begin with this. */
  readonly prefix: string;
  /** @returns how many have been sent it @throws while there is no connection */
  publish(channel: string, bytes: Uint8Array): Promise<number>;
  /** @returns what ends it */
  listen(channel: string, hear: (bytes: Buffer) => void): Promise<() => void>;
  /** Whether there is a connection, when that changes. */
  readonly turns: Observable<boolean>;
  close(): void;
}

/** A server that does not answer is given up after this many milliseconds. */
const CONNECT_MS = 5000;

/**
 * Publish and subscribe at a Redis or Valkey server. Its channels know no database, so the number of one is part of their
 * names: who gives another number meets nobody.
 * @param url redis://HOST:PORT/DB, or rediss:// for TLS; a user and a password may stand before the host
 * @param flag the flag that named it
 * @throws {UnderstudyError} SERVE_SHARE if the address is not one, or nobody answers there
 */
export async function redisCarrier(url: string, flag: string): Promise<Carrier> {
  requireRedisAddress(url, `${flag} takes`, 'SERVE_SHARE');
  const { Redis } = await import('ioredis');
  let opened = false;
  let reason: Error | undefined;
  const connection = () => {
    const server = new Redis(url, {
      ...{ lazyConnect: true, connectTimeout: CONNECT_MS, maxRetriesPerRequest: 0 },
      // What was said while nobody listened is not said later.
      ...{ enableOfflineQueue: false, autoResendUnfulfilledCommands: false, autoResubscribe: false },
      retryStrategy: (times) => (opened ? Math.min(200 * times, 2000) : null),
    });
    server.on('error', (error: Error) => (reason = error));
    return server;
  };
  const [speaking, hearing] = [connection(), connection()];
  try {
    await Promise.all([speaking.connect(), hearing.connect()]);
    // A number that the server does not have is only refused when it is asked for.
    await speaking.select(databaseOf(url));
  } catch (error) {
    speaking.disconnect();
    hearing.disconnect();
    throw unreachable(url, reason ?? (error as Error), `name another with ${flag}`, 'SERVE_SHARE');
  }
  opened = true;
  return new RedisCarrier(withoutPassword(url), `understudy:town:${databaseOf(url)}`, speaking, hearing);
}

const databaseOf = (url: string): number => Number(new URL(url).pathname.slice(1));

class RedisCarrier implements Carrier {
  readonly name: string;
  readonly prefix: string;
  readonly #speaking: Redis;
  readonly #hearing: Redis;
  readonly #turns = new Subject<boolean>();
  readonly #ears = new Map<string, (bytes: Buffer) => void>();
  #there = true;

  constructor(name: string, prefix: string, speaking: Redis, hearing: Redis) {
    this.name = name;
    this.prefix = prefix;
    this.#speaking = speaking;
    this.#hearing = hearing;
    hearing.on('messageBuffer', (channel: Buffer, bytes: Buffer) => this.#ears.get(channel.toString())?.(bytes));
    for (const server of [speaking, hearing])
      server
        .on('close', () => this.#turn(false))
        .on('ready', () => {
          if (speaking.status === 'ready' && hearing.status === 'ready') void this.#resume();
        });
  }

  get turns(): Observable<boolean> {
    return this.#turns;
  }

  publish(channel: string, bytes: Uint8Array): Promise<number> {
    return this.#speaking.publish(channel, bytes as Buffer);
  }

  async listen(channel: string, hear: (bytes: Buffer) => void): Promise<() => void> {
    this.#ears.set(channel, hear);
    await this.#hearing.subscribe(channel);
    return () => {
      this.#ears.delete(channel);
      this.#hearing.unsubscribe(channel).catch(() => {});
    };
  }

  /** Listens again to everything before it says that it is back. */
  async #resume(): Promise<void> {
    try {
      if (this.#ears.size > 0) await this.#hearing.subscribe(...this.#ears.keys());
      this.#turn(true);
    } catch {
      // Lost again: the next connection tries anew.
    }
  }

  #turn(there: boolean): void {
    if (there === this.#there) return;
    this.#there = there;
    this.#turns.next(there);
  }

  close(): void {
    this.#turns.complete();
    this.#speaking.disconnect();
    this.#hearing.disconnect();
  }
}

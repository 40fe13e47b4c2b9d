import type { FastifyInstance } from 'fastify';
import { UnderstudyError } from '../../env/error.ts';
import { ownPackage } from '../../workspace/package.ts';
import { addressOf, listen, requireLoopback } from '../server/listen.ts';
import { page } from '../server/page.ts';
import { openSockets } from '../server/sockets.ts';
import { viewerFiles } from '../server/town-page.ts';
import { type Carrier, redisCarrier } from './carrier.ts';
import { DistantTown } from './distant-town.ts';
import { Seat } from './seat.ts';

export interface FollowOptions {
  /** The server through which a town is shared (`share` of serve): redis://HOST:PORT/DB, or rediss:// for TLS. */
  readonly follow: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** A loopback name or address; default 127.0.0.1. */
  readonly host?: string;
  readonly signal?: AbortSignal;
  /** Whether the town is there, a sentence whenever that changes. */
  readonly log?: (line: string) => void;
  /** Folder of the built viewer; default: the package's. */
  readonly viewer?: string;
}

export interface Following {
  /** For people who watch; with the token of the town's own URL behind it, for those who may control the run. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** What a follower fetches from its town at the same time, at most. */
const MOST_FETCHED = 8;

/**
 * Serves further viewers of a run that another process plays and shares (`share` of serve): the same page, the same socket.
 * It waits for the town, and for one that is gone to come back. It has no workspace.
 * @throws {UnderstudyError} for a server that is not there, a busy port, a host that is not loopback, a viewer that was
 *   not built
 */
export async function follow(options: FollowOptions): Promise<Following> {
  const { host = '127.0.0.1', log = () => {}, signal } = options;
  const directory = viewerFiles(options.viewer);
  requireLoopback(host);
  signal?.throwIfAborted();
  return following(await redisCarrier(options.follow, '--follow'), { ...options, host, log, directory });
}

/** @param carrier closed with it */
export async function following(
  carrier: Carrier,
  {
    host,
    port: wanted = 0,
    signal,
    log,
    directory,
    version = ownPackage().version,
  }: Pick<FollowOptions, 'port' | 'signal'> & {
    readonly host: string;
    readonly log: (line: string) => void;
    readonly directory: string;
    readonly version?: string;
  },
): Promise<Following> {
  const town = new DistantTown(carrier, version);
  const app = page(directory);
  distantPages(app, town);
  const seats = new Set<Seat>();
  const onWish = () =>
    town.wish({
      twin: [...seats].some(({ wishes }) => wishes.twin),
      distances: [...seats].some(({ wishes }) => wishes.distances),
      differences: [...seats].some(({ wishes }) => wishes.differences),
    });
  let number = 0;
  const io = openSockets(app.server, (socket, token) => {
    const seat = new Seat(town, socket, { number: ++number, token, onWish });
    seats.add(seat);
    town.count(seats.size);
    socket.on('disconnect', () => {
      seats.delete(seat);
      seat.leave();
      onWish();
      town.count(seats.size);
    });
  });
  const tell = () => log(town.absence ? `waiting: ${town.absence.words}` : standing(town));
  try {
    const port = await listen(app, host, wanted);
    tell();
    town.turns.subscribe(tell);
    let closing: Promise<void> | undefined;
    const close = () =>
      (closing ??= (async () => {
        // Closed and not dismissed: viewers try again, and are there when the server is.
        io.engine.close();
        await app.close();
        await town.close();
        carrier.close();
      })());
    signal?.addEventListener('abort', () => void close(), { once: true });
    return { url: addressOf(host, port), port, close };
  } catch (error) {
    await town.close();
    carrier.close();
    throw error;
  }
}

const standing = ({ hello }: DistantTown) => `following ${hello!.scenario.id} with ${hello!.agents} agents`;

/** What a town serves over HTTP, fetched from it; without one: why. */
function distantPages(app: FastifyInstance, town: DistantTown): void {
  let underWay = 0;
  for (const path of ['/api/*', '/report', '/report/*'])
    app.get(path, async (request, reply) => {
      if (underWay >= MOST_FETCHED)
        return reply.code(503).send({ ok: false, code: 'BUSY', message: 'too many at once; try again in a moment' });
      underWay++;
      try {
        const { status, headers, body } = await town.fetch(request.url);
        return status === 404 && body.length === 0
          ? reply.callNotFound()
          : reply
              .code(status)
              .headers(headers)
              .send(Buffer.from(body.buffer, body.byteOffset, body.length));
      } catch (error) {
        if (!(error instanceof UnderstudyError)) throw error;
        return reply.code(503).send({ ok: false, code: error.code, message: error.message });
      } finally {
        underWay--;
      }
    });
}

import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { UnderstudyError } from '../../env/error.ts';

/** @throws {UnderstudyError} SERVE_HOST for what is not a loopback name */
export function requireLoopback(host: string): void {
  if (!['127.0.0.1', 'localhost', '::1'].includes(host))
    throw new UnderstudyError(
      'SERVE_HOST',
      `cannot serve on ${host}: only on this machine (127.0.0.1, localhost, ::1)`,
    );
}

/** The address of a page that is served. */
export const addressOf = (host: string, port: number): string => `http://${host === '::1' ? '[::1]' : host}:${port}/`;

/** @returns the port that it listens on @throws {UnderstudyError} SERVE_PORT for a port that cannot be had */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new UnderstudyError(
        'SERVE_PORT',
        `port ${port} on ${host} is in use; choose another with --port N, or --port 0 for any free one`,
        { cause: error },
      );
    if (code === 'EACCES')
      throw new UnderstudyError(
        'SERVE_PORT',
        `port ${port} on ${host} needs rights that this process lacks; choose one above 1023`,
        { cause: error },
      );
    throw error;
  }
  return (app.server.address() as AddressInfo).port;
}

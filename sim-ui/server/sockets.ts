import type { Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import { authSchema, type ServerToViewer, type ViewerToServer } from '../protocol/socket.ts';
import { Budget } from './budget.ts';
import { refusal } from './guard.ts';

/** Viewers of a process at the same time, at most: each is composed for on its own. */
export const MOST_VIEWERS = 100;
/** Path of the socket. */
export const SOCKET_PATH = '/socket';

export type ViewerSockets = Server<ViewerToServer, ServerToViewer>;
export type ViewerSocket = Socket<ViewerToServer, ServerToViewer>;

/**
 * The socket of viewers, for loopback names only: each is heard within its budget.
 * @param onViewer called with the token that a viewer shows, if it shows one
 */
export function openSockets(
  server: HttpServer,
  onViewer: (socket: ViewerSocket, token: string | undefined) => void,
): ViewerSockets {
  const io: ViewerSockets = new Server(server, {
    path: SOCKET_PATH,
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: 16_384,
    // A page learns within half a minute that a server is dead which closed nothing; one that computes has the time.
    pingInterval: 10_000,
    pingTimeout: 20_000,
    allowRequest: (request, decide) => {
      const refused =
        refusal(request.headers) ?? (io.engine.clientsCount >= MOST_VIEWERS ? 'too many viewers' : undefined);
      decide(refused ?? null, refused === undefined);
    },
  });
  io.on('connection', (socket) => {
    const budget = new Budget();
    socket.use(([, ...rest], next) => {
      const verdict = budget.spend();
      if (verdict === 'heard') return next();
      const reply = rest.at(-1);
      if (typeof reply === 'function') reply({ ok: false, code: 'SERVE_BUDGET', message: Budget.refusal });
      if (verdict === 'gross') socket.disconnect(true);
    });
    const auth = authSchema.safeParse(socket.handshake.auth);
    onViewer(socket, auth.success ? auth.data.token : undefined);
  });
  return io;
}

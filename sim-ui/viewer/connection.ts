import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { io, type Socket } from 'socket.io-client';
import { decodeFrame } from '../frame.ts';
import {
  type Command,
  helloSchema,
  type Point,
  PROTOCOL,
  type Reply,
  replySchema,
  type ServerToViewer,
  type Status,
  updateSchema,
  type ViewerToServer,
} from '../protocol.ts';
import {
  connection,
  frame,
  hello,
  inspection,
  notice,
  people,
  presentPoints,
  runs,
  selected,
  shownSince,
  status,
} from './store.ts';

export const socket: Socket<ServerToViewer, ViewerToServer> = io({
  path: '/socket',
  transports: ['websocket'],
  autoConnect: false,
  reconnectionDelayMax: 2000,
  auth: { token: token() },
});

/** The token of the printed URL; kept for this tab, so that a reload keeps control. */
function token(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  try {
    if (given) sessionStorage.setItem('token', given);
    return given ?? sessionStorage.getItem('token') ?? undefined;
  } catch {
    return given ?? undefined; // no storage in this browser's mode
  }
}

/** Begins to listen. Called once everything that shows something is there. */
export function connect(): void {
  socket.on('connect', () => {
    connection.value = 'connected';
  });
  socket.on('disconnect', () => {
    connection.value = 'lost';
  });
  socket.on('connect_error', () => {
    if (connection.value !== 'refused') connection.value = hello.value ? 'lost' : 'connecting';
  });
  socket.on('hello', (payload) => {
    const parsed = helloSchema.safeParse(payload);
    if (!parsed.success || parsed.data.protocol !== PROTOCOL) {
      connection.value = 'refused';
      notice.value = 'The server speaks another version of the protocol than this page. Reload the page.';
      socket.disconnect();
      return;
    }
    hello.value = parsed.data;
    if (selected.value !== null) inspect(selected.value);
  });
  socket.on('update', (payload, bytes, acknowledge) => {
    try {
      const update = updateSchema.parse(payload);
      const decoded = bytes && decodeFrame(new Uint8Array(bytes));
      batch(() => {
        status.value = update.status;
        shownSince.value = performance.now() - update.status.ageMs;
        if (update.reset || update.points.length > 0)
          presentPoints.value = merged(update.reset ? [] : presentPoints.value, update.points);
        if (update.runs) runs.value = update.runs;
        if (update.traitSets) people.value = update.traitSets;
        if (update.inspection !== undefined) inspection.value = update.inspection;
        if (decoded) {
          const traitSets = decoded.traitSets ?? frame.value?.traitSets;
          frame.value = { ...decoded, ...(traitSets && { traitSets }) };
        }
      });
    } catch (error) {
      notice.value = `The server sent something that this page does not understand: ${(error as Error).message.slice(0, 200)}`;
    }
    acknowledge();
  });
  socket.connect();
}

/** Points in the order of ticks; later news about a tick replace earlier ones. */
function merged(known: readonly Point[], news: readonly Point[]): Point[] {
  const all = [...known];
  for (const point of news) all[point.tick] = point;
  return all;
}

/** @param after called with whether the command was obeyed; never when the connection is lost before the answer */
export function command(payload: Command, after: (obeyed: boolean) => void = () => {}): void {
  if (!socket.connected) return;
  socket.emit('command', payload, (reply) => after(heard(reply)));
}

/** Without a connection the question is asked when there is one again. */
export function inspect(agent: number | null): void {
  selected.value = agent;
  if (socket.connected) socket.emit('inspect', { agent }, heard);
}

function heard(payload: Reply): boolean {
  const reply = replySchema.safeParse(payload);
  notice.value = reply.success && !reply.data.ok ? reply.data.message : undefined;
  return reply.success && reply.data.ok;
}

/** Something of the status that people choose here. */
export interface Choice<T> {
  /** What was chosen here and is on its way, otherwise what the server says. */
  readonly shown: ReadonlySignal<T | undefined>;
  choose(value: T): void;
}

/** Shows a choice at once and until the server has answered, so that no control jumps back under the hand. */
export function choice<T>(read: (status: Status) => T, payload: (value: T) => Command): Choice<T> {
  const wanted = signal<{ readonly value: T; readonly answered: boolean } | undefined>(undefined);
  // What the server says after its answer has taken the command into account.
  effect(() => {
    void status.value;
    if (wanted.peek()?.answered) wanted.value = undefined;
  });
  // An answer that was under way when the connection was lost never comes.
  effect(() => {
    if (connection.value !== 'connected') wanted.value = undefined;
  });
  return {
    shown: computed(() => wanted.value?.value ?? (status.value && read(status.value))),
    choose(value) {
      const mine = { value, answered: false };
      wanted.value = mine;
      command(payload(value), (obeyed) => {
        if (wanted.peek() === mine) wanted.value = obeyed ? { value, answered: true } : undefined;
      });
    },
  };
}

import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { io, type Socket } from 'socket.io-client';
import { decodeFrame } from '../frame.ts';
import type { Command } from '../protocol/commands.ts';
import { helloSchema } from '../protocol/hello.ts';
import type { Point } from '../protocol/runs.ts';
import {
  awaySchema,
  PROTOCOL,
  type Reply,
  replySchema,
  type ServerToViewer,
  type ViewerToServer,
} from '../protocol/socket.ts';
import type { Status } from '../protocol/status.ts';
import { updateSchema } from '../protocol/update.ts';
import { takeContrast } from './contrast.ts';
import {
  connection,
  found,
  frame,
  hasToken,
  hello,
  inspection,
  lostSince,
  notice,
  people,
  presentPoints,
  restarted,
  runs,
  selected,
  shownSince,
  status,
  townAway,
} from './store.ts';

export const socket: Socket<ServerToViewer, ViewerToServer> = io({
  path: '/socket',
  transports: ['websocket'],
  autoConnect: false,
  reconnectionDelayMax: 2000,
  auth: (send) => {
    const known = token();
    hasToken.value = known !== undefined;
    send({ token: known });
  },
});

/** The token of the printed URL; kept for this tab, so that a reload keeps control. */
function token(): string | undefined {
  const given = tokenInHash();
  try {
    if (given) sessionStorage.setItem('token', given);
    return given ?? sessionStorage.getItem('token') ?? undefined;
  } catch {
    return given; // no storage in this browser's mode
  }
}

const tokenInHash = () => new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;

/** A URL that is pasted over this one changes the hash alone, which loads nothing: the server is asked again with it. */
function readHash(): void {
  const given = tokenInHash();
  if (given === undefined || given === presented) return;
  presented = given;
  socket.disconnect().connect();
}
let presented = tokenInHash();

/** The start of the server that this page heard of last. */
let boot: string | undefined;

/** Says what is gone if the server is not the one that was there before. */
function noteRestart(now: string): void {
  const before = status.value;
  if (boot !== undefined && boot !== now && before)
    restarted.value = {
      at: new Date(),
      ticks: presentPoints.value.length,
      ...{ policy: before.policy, seed: before.seed },
    };
  boot = now;
}

/** Begins to listen. Called once everything that shows something is there. */
export function connect(): void {
  socket.on('connect', () => {
    connection.value = 'connected';
    lostSince.value = undefined;
    townAway.value = undefined;
  });
  socket.on('disconnect', (reason) => {
    // A page that asks again with another token has lost nothing.
    if (reason === 'io client disconnect' && connection.value !== 'refused') connection.value = 'connecting';
    if (reason === 'io client disconnect') return;
    connection.value = reason === 'io server disconnect' ? 'refused' : 'lost';
    lostSince.value = new Date();
    if (reason === 'io server disconnect')
      notice.value = 'The server has closed the connection: this page asked too much of it. Reload the page.';
  });
  socket.on('connect_error', () => {
    if (connection.value === 'refused') return;
    connection.value = hello.value ? 'lost' : 'connecting';
    lostSince.value ??= new Date();
  });
  addEventListener('hashchange', readHash);
  listenForSilence();
  socket.on('hello', (payload) => {
    const parsed = helloSchema.safeParse(payload);
    if (!parsed.success || parsed.data.protocol !== PROTOCOL) {
      connection.value = 'refused';
      notice.value = 'The server speaks another version of the protocol than this page. Reload the page.';
      socket.disconnect();
      return;
    }
    noteRestart(parsed.data.boot);
    hello.value = parsed.data;
    arrive();
    if (selected.value !== null) inspect(selected.value < parsed.data.agents ? selected.value : null);
  });
  socket.on('away', (payload) => {
    const { words, forMs } = awaySchema.parse(payload);
    townAway.value = words;
    connection.value = 'lost';
    lostSince.value = new Date(Date.now() - forMs);
  });
  socket.on('update', (payload, bytes, acknowledge) => {
    hear();
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
        if (update.found !== undefined) found.value = update.found;
        if (decoded) {
          const traitSets = decoded.traitSets ?? frame.value?.traitSets;
          frame.value = { ...decoded, ...(traitSets && { traitSets }) };
        }
        takeContrast(update);
      });
    } catch (error) {
      notice.value = `The server sent something that this page does not understand: ${(error as Error).message.slice(0, 200)}`;
    }
    acknowledge();
  });
  socket.connect();
}

/** The town is there again that was out of the server's reach. */
function arrive(): void {
  if (townAway.value === undefined) return;
  townAway.value = undefined;
  connection.value = 'connected';
  lostSince.value = undefined;
}

/** The server pings every 10 seconds; a while later it is not known to play. */
const SILENCE_MS = 16_000;
let lastHeard = 0;

function hear(): void {
  lastHeard = performance.now();
  if (connection.value !== 'silent') return;
  connection.value = 'connected';
  lostSince.value = undefined;
}

/** A server that hangs closes nothing: nobody is told but by its silence. */
function listenForSilence(): void {
  socket.on('connect', hear);
  socket.io.on('ping', hear);
  setInterval(() => {
    const silent = performance.now() - lastHeard;
    if (connection.value !== 'connected' || silent < SILENCE_MS) return;
    lostSince.value = new Date(Date.now() - silent);
    connection.value = 'silent';
  }, 1000);
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

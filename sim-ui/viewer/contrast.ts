import { effect, signal } from '@preact/signals';
import { decodeFrame, type Frame } from '../frame.ts';
import { type Differences, replySchema, type TwinStatus, type Update } from '../protocol.ts';
import { socket } from './connection.ts';
import { colouring, connection, frame, hello } from './store.ts';

/** The run's twin, if it has one. */
export const twin = signal<TwinStatus | null>(null);
/** A twin that a link holds, which begins when somebody says so. */
export const offeredTwin = signal<{ readonly policy: string; readonly since: number } | undefined>(undefined);
/** Its town. */
export const twinFrame = signal<Frame | undefined>(undefined);

/** How far two policies lie apart at each distinct observation of a frame, as a byte each. */
export interface Apart {
  readonly tick: number;
  readonly levels: Uint8Array;
}
/** Of the run's tick on show, and of its twin's; with the policies that are compared. */
export const apart = signal<{
  readonly left: string;
  readonly right: string;
  readonly run: Apart;
  readonly twin?: Apart;
} | null>(null);
/** Where two policies differ most in the tick on show. */
export const differences = signal<Differences | null>(null);
/** Whether they are on show. */
export const differencesOpen = signal(false);

/** What an update says of two policies that are held against each other. @throws FrameError as decodeFrame does */
export function takeContrast({ twin: news, apart: distances, differences: most }: Update): void {
  if (news === null) {
    twin.value = null;
    twinFrame.value = undefined;
  } else if (news) {
    const { frame: bytes, ...status } = news;
    twin.value = status;
    // People are the same on both sides.
    if (bytes) twinFrame.value = decodeFrame(bytesOf(bytes));
  }
  if (distances === null) apart.value = null;
  else if (distances) {
    const { left, right, tick, levels, twin: other } = distances;
    apart.value = {
      ...{ left, right, run: { tick, levels: bytesOf(levels) } },
      ...(other && { twin: { tick: other.tick, levels: bytesOf(other.levels) } }),
    };
  }
  if (most !== undefined) differences.value = most;
}

const bytesOf = (data: Uint8Array | ArrayBuffer): Uint8Array =>
  data instanceof Uint8Array ? data : new Uint8Array(data);

/** Tells the server what of it is on show here, so that nothing else is worked out or sent. */
export function askForContrast(): void {
  effect(() => {
    void hello.value;
    const wishes = { twin: true, distances: colouring.value.by === 'distance', differences: differencesOpen.value };
    if (connection.value !== 'connected') return;
    if (!wishes.distances) apart.value = null;
    if (!wishes.differences) differences.value = null;
    socket.emit('contrast', wishes, (reply) => replySchema.safeParse(reply));
  });
  socket.on('hello', () => {
    twin.value = null;
    twinFrame.value = undefined;
  });
}

/** The twin's town with the people of the run. */
export const withPeople = (of: Frame | undefined): Frame | undefined => {
  const traitSets = frame.value?.traitSets;
  return of && traitSets && !of.traitSets ? { ...of, traitSets } : of;
};

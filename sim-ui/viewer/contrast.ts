import { effect, signal } from '@preact/signals';
import { decodeFrame, type Frame } from '../frame.ts';
import type { Differences, TwinStatus } from '../protocol/pairs.ts';
import { replySchema } from '../protocol/socket.ts';
import type { Update } from '../protocol/update.ts';
import { socket } from './connection.ts';
import { colouring, connection, frame, hello, notice } from './store.ts';

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
/** Distances at which their colours may end. */
const ENDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1];
/**
 * The distance of the last colour: the first of these that is as far as any agent's since the two policies are compared. It
 * never falls meanwhile, so that what stands out in one tick is not more than what stood out in another.
 */
export const apartEnd = signal(ENDS[0]!);
/** Where two policies differ most in the tick on show. */
export const differences = signal<Differences | null>(null);
/** Whether they are on show. */
export const differencesOpen = signal(false);

/** Another run whose town is seen beside this one, as it was told last; and that it is wanted. */
export const alongside = signal<{
  readonly run: number;
  readonly tick: number;
  readonly seed: number;
  readonly agents: number;
  readonly policy: string;
} | null>(null);
export const alongsideWanted = signal<number | null>(null);
/** Its town, and the traits of each trait set of its people. */
export const alongsideFrame = signal<Frame | undefined>(undefined);
export const alongsidePeople = signal<readonly (readonly number[])[]>([]);

/** What an update says of two policies that are held against each other. @throws FrameError as decodeFrame does */
export function takeContrast({ twin: news, apart: distances, differences: most, alongside: other }: Update): void {
  if (other === null) forgetAlongside();
  else if (other) {
    const { frame: bytes, traitSets, ...told } = other;
    alongside.value = told;
    alongsidePeople.value = traitSets;
    alongsideFrame.value = decodeFrame(bytesOf(bytes));
  }
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
    const before = apart.peek();
    const now = {
      ...{ left, right, run: { tick, levels: bytesOf(levels) } },
      ...(other && { twin: { tick: other.tick, levels: bytesOf(other.levels) } }),
    };
    const least = before?.left === left && before.right === right ? apartEnd.peek() : 0;
    const largest = Math.max(largestOf(now.run), now.twin ? largestOf(now.twin) : 0);
    apartEnd.value = ENDS.find((end) => end >= least && end >= largest) ?? 1;
    apart.value = now;
  }
  if (most !== undefined) differences.value = most;
}

/** Level 0 says that a distance is not known, and 1 that it is 0. */
const largestOf = ({ levels }: Apart): number => (levels.reduce((a, b) => Math.max(a, b), 1) - 1) / 254;

function forgetAlongside(): void {
  alongside.value = null;
  alongsideFrame.value = undefined;
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
  let boot: string | undefined;
  effect(() => {
    const run = alongsideWanted.value;
    const now = hello.value?.boot;
    if (connection.value !== 'connected') return;
    // Another start of the server has other runs under the same numbers.
    if (boot !== undefined && now !== boot) alongsideWanted.value = null;
    boot = now;
    socket.emit('alongside', { run }, (reply) => {
      const answer = replySchema.safeParse(reply);
      if (!answer.success || answer.data.ok) return;
      notice.value = answer.data.message;
      alongsideWanted.value = null;
    });
    if (run === null) forgetAlongside();
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

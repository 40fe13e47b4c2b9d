import { merge, of, Subject, type Subscription } from 'rxjs';
import { UnderstudyError } from '../../env/error.ts';
import { decodeFrame } from '../frame.ts';
import { type ContrastWish, contrastSchema } from '../protocol/pairs.ts';
import type { Reply, ViewerToServer } from '../protocol/socket.ts';
import type { Update } from '../protocol/update.ts';
import { AT_ONCE } from '../server/budget.ts';
import { messageOf } from '../server/cast.ts';
import { feed } from '../server/feed.ts';
import { requestNames } from '../server/requests.ts';
import type { ViewerSocket } from '../server/sockets.ts';
import { type OnShow, Telling } from '../server/telling.ts';
import type { DistantTown, OwnNews } from './distant-town.ts';
import { newsOf, pictureOf } from './replica.ts';

type Personal = Pick<Update, 'inspection' | 'found' | 'alongside'>;

/** What a viewer has of its own. */
interface Belongings {
  /** The tick that it looks back at. */
  past?: OnShow | undefined;
  /** What it has not been told yet, and what says that it was. */
  untold: Personal;
  got: (() => void)[];
}

/**
 * A viewer of a town that another process plays. What everybody sees it is told at its own pace from the replica; what is
 * its own it asks the town for.
 */
export class Seat {
  readonly #town: DistantTown;
  readonly #socket: ViewerSocket;
  readonly #number: number;
  readonly #token: string | undefined;
  /** Some viewer of this process wants something else of two policies. */
  readonly #onWish: () => void;
  readonly #news = new Subject<void>();
  readonly #turning: Subscription;
  #telling: Telling | undefined;
  #wishes: ContrastWish = { twin: false, distances: false, differences: false };
  #own: Belongings = { untold: {}, got: [] };
  #entered: Promise<boolean> | undefined;
  #feeds: Subscription[] = [];
  #asked = 0;
  /** Counts how often it began. */
  #begun = 0;

  constructor(
    town: DistantTown,
    socket: ViewerSocket,
    { number, token, onWish }: { number: number; token: string | undefined; onWish: () => void },
  ) {
    this.#town = town;
    this.#socket = socket;
    this.#number = number;
    this.#token = token;
    this.#onWish = onWish;
    for (const event of requestNames)
      socket.on(event, async (payload: unknown, reply: unknown) => {
        const answered = await this.#ask(event, payload);
        if (typeof reply === 'function') reply(...answered);
      });
    this.#turning = town.turns.subscribe(() => this.#turn());
    this.#turn();
  }

  /** What it wants to know of two policies. */
  get wishes(): ContrastWish {
    return this.#wishes;
  }

  leave(): void {
    this.#turning.unsubscribe();
    this.#end();
    this.#town.leave(this.#number);
  }

  /** There is a town, or another, or none. */
  #turn(): void {
    this.#end();
    const { absence } = this.#town;
    if (absence) {
      this.#socket.emit('away', { words: absence.words, forMs: Date.now() - absence.since.getTime() });
      return;
    }
    const turn = ++this.#begun;
    if (this.#token === undefined) this.#begin(false);
    else
      this.#enter().then(
        (control) => {
          if (turn === this.#begun) this.#begin(control);
        },
        // Gone again: the next turn tells of it.
        () => {},
      );
  }

  #end(): void {
    this.#begun++;
    for (const one of this.#feeds) one.unsubscribe();
    this.#feeds = [];
    this.#telling = undefined;
    this.#entered = undefined;
    this.#wishes = { twin: false, distances: false, differences: false };
    this.#own = { untold: {}, got: [] };
  }

  #begin(control: boolean): void {
    const town = this.#town;
    const { hello, replica } = town;
    if (!hello) return;
    this.#onWish();
    this.#socket.emit('hello', { ...hello, control });
    const telling = new Telling(replica);
    this.#telling = telling;
    this.#feeds = [
      feed(
        merge(of(undefined), town.changes, this.#news),
        () => this.#compose(telling),
        ({ update, frame, got }) =>
          new Promise<void>((acknowledged) =>
            this.#socket.emit('update', update, frame, () => {
              for (const one of got) one();
              acknowledged();
            }),
          ),
      ),
      feed(
        merge(of(undefined), town.workChanges),
        () => town.workshop,
        (state) => new Promise<void>((acknowledged) => this.#socket.emit('workshop', state, () => acknowledged())),
      ),
    ];
  }

  #compose(telling: Telling): { update: Update; frame: Uint8Array | null; got: (() => void)[] } {
    const { untold, got, past } = this.#own;
    this.#own = { past, untold: {}, got: [] };
    const { shared, frame } = telling.compose(past ?? this.#town.replica);
    return { update: { ...shared, ...untold }, frame, got };
  }

  /** Something of its own comes: one message at a time, the next once this one was told. */
  #hear({ own: { past, apart, differences, ...personal }, got }: OwnNews): void {
    const own = this.#own;
    if (past !== undefined) own.past = past ? lookedAt(past) : undefined;
    if (own.past)
      own.past = {
        ...own.past,
        ...(apart !== undefined && { apart: () => newsOf(apart) }),
        ...(differences !== undefined && { differences: () => newsOf(differences) }),
      };
    own.untold = { ...own.untold, ...personal };
    own.got.push(got);
    this.#news.next();
  }

  /** The town hears of it, and of its wishes: a tick that it looks back at is its own, with all that it wants to know of it. */
  #enter(): Promise<boolean> {
    if (this.#entered) return this.#entered;
    this.#entered = this.#town.enter(this.#number, this.#token, (own) => this.#hear(own));
    const wishes = this.#wishes;
    if (Object.values(wishes).includes(true))
      this.#town.request(this.#number, 'contrast', wishes).catch(() => {
        // Gone: it is asked anew when there is a town.
      });
    return this.#entered;
  }

  async #ask(event: keyof ViewerToServer, payload: unknown): Promise<[Reply, unknown?]> {
    try {
      const wished = event === 'contrast' && this.#wish(payload);
      // The town need not know of somebody who has nothing of its own and wants nothing but what others see.
      if (!this.#entered && (wished || isNothing(event, payload))) return [{ ok: true }];
      if (this.#asked >= AT_ONCE)
        throw new UnderstudyError('SERVE_COMMAND', 'too many questions wait for an answer; try again in a moment');
      this.#asked++;
      try {
        await this.#enter();
        return await this.#town.request(this.#number, event, payload);
      } finally {
        this.#asked--;
      }
    } catch (error) {
      const code = error instanceof UnderstudyError ? error.code : 'REFUSED';
      return [{ ok: false, code, message: messageOf(error) }];
    }
  }

  /** Of the present it is told from the replica, which has what any viewer here wants. @returns whether it is a wish */
  #wish(payload: unknown): boolean {
    const { success, data } = contrastSchema.safeParse(payload);
    if (!success) return false;
    this.#wishes = data;
    this.#telling?.wish(data);
    this.#onWish();
    this.#news.next();
    return true;
  }
}

/** Whether an event puts away what a viewer may have of its own, and wants nothing else. */
const isNothing = (event: keyof ViewerToServer, payload: unknown): boolean =>
  ['inspect', 'find', 'look', 'alongside'].includes(event) &&
  payload !== null &&
  typeof payload === 'object' &&
  Object.keys(payload).length > 0 &&
  Object.values(payload).every((value) => value === null || value === false);

/** A tick that somebody looks back at. */
const lookedAt = ({ run, status, frame, traitSets }: NonNullable<OwnNews['own']['past']>): OnShow => ({
  ...{ run, picture: pictureOf(decodeFrame(frame)), past: status as NonNullable<OnShow['past']> },
  ...{ traitSets: () => traitSets, apart: () => undefined, differences: () => undefined },
});

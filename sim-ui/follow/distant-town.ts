import { randomBytes } from 'node:crypto';
import { type Observable, Subject } from 'rxjs';
import { UnderstudyError } from '../../env/error.ts';
import type { Hello } from '../protocol/hello.ts';
import type { ContrastWish } from '../protocol/pairs.ts';
import type { Reply, ViewerToServer } from '../protocol/socket.ts';
import type { WorkshopState } from '../protocol/work.ts';
import type { Carrier } from './carrier.ts';
import { answerChannel, heard, linkChannels, text } from './channels.ts';
import { Link } from './link.ts';
import { answers, calls, type Downward, downward, mismatch, type Upward } from './messages.ts';
import { proofOf } from './proof.ts';
import { Replica } from './replica.ts';

/** How often a town is looked for, in milliseconds. */
const SEEK_MS = 500;

/** Why there is no town to show, and since when. */
export interface Absence {
  readonly words: string;
  readonly since: Date;
}

/** What one viewer has of its own, with what says that it was taken in. */
export type OwnNews = Omit<Extract<Downward, { say: 'own' }>, 'say' | 'id' | 'guest'> & { readonly got: () => void };

type Answer = Extract<Downward, { say: 'answer' | 'entered' | 'page' }>;

/** A town that another process plays, as far as it is within reach; it is looked for again and again. */
export class DistantTown {
  readonly #carrier: Carrier;
  readonly #version: string;
  readonly #turned = new Subject<void>();
  readonly #changed = new Subject<void>();
  readonly #work = new Subject<void>();
  readonly #guests = new Map<number, (own: OwnNews) => void>();
  readonly #asked = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  #follower = '';
  #unlisten: () => void = () => {};
  #seeking: NodeJS.Timeout | undefined;
  #link: Link | undefined;
  #linkName = '';
  #joining = false;
  #numbers = 0;
  #absence: Absence | undefined;
  #hello: Hello | undefined;
  #replica = new Replica();
  #workshop: WorkshopState | undefined;
  #viewers = 0;
  #wishes: ContrastWish = { twin: false, distances: false, differences: false };
  #closed = false;

  constructor(carrier: Carrier, version: string) {
    this.#carrier = carrier;
    this.#version = version;
    this.#away(`no town is shared through ${carrier.name} yet`);
    carrier.turns.subscribe((there) => {
      if (there) this.#away(`no town is shared through ${carrier.name} any more`);
      else {
        this.#drop();
        this.#away(`there is no connection to ${carrier.name}`);
      }
    });
    this.#seek();
    this.#seeking = setInterval(() => this.#seek(), SEEK_MS);
  }

  /** It is there, with another world perhaps, or it is away. */
  get turns(): Observable<void> {
    return this.#turned;
  }

  /** Something that everybody sees has changed. */
  get changes(): Observable<void> {
    return this.#changed;
  }

  get workChanges(): Observable<void> {
    return this.#work;
  }

  /** Why there is nothing to show; undefined if there is. */
  get absence(): Absence | undefined {
    return this.#absence;
  }

  /** What does not change while its world is played, without control. */
  get hello(): Hello | undefined {
    return this.#absence ? undefined : this.#hello;
  }

  get replica(): Replica {
    return this.#replica;
  }

  get workshop(): WorkshopState | undefined {
    return this.#workshop;
  }

  /** How many viewers look at it from here. */
  count(viewers: number): void {
    this.#viewers = viewers;
    this.#say({ say: 'audience', viewers });
  }

  /** What some of them want to know of two policies. */
  wish(wishes: ContrastWish): void {
    const before = this.#wishes;
    if (
      before.twin === wishes.twin &&
      before.distances === wishes.distances &&
      before.differences === wishes.differences
    )
      return;
    this.#wishes = wishes;
    this.#replica.forget(wishes);
    this.#say({ say: 'wish', wishes });
  }

  /**
   * A viewer has something of its own from now on.
   * @returns whether it may control the run
   * @throws {UnderstudyError} SERVE_AWAY without a town
   */
  async enter(guest: number, token: string | undefined, hear: (own: OwnNews) => void): Promise<boolean> {
    this.#guests.set(guest, hear);
    const proof = token === undefined ? undefined : proofOf(token, this.#linkName, guest);
    const answer = await this.#ask((id) => ({ say: 'enter', id, guest, ...(proof !== undefined && { proof }) }));
    return answer.say === 'entered' && answer.control;
  }

  leave(guest: number): void {
    this.#guests.delete(guest);
    this.#say({ say: 'leave', guest });
  }

  /** @throws {UnderstudyError} SERVE_AWAY without a town */
  async request(guest: number, event: keyof ViewerToServer, payload: unknown): Promise<[Reply, unknown?]> {
    const answer = await this.#ask((id) => ({ say: 'ask', id, guest, event, payload }));
    return answer.say === 'answer' ? [answer.reply, answer.more] : [{ ok: true }];
  }

  /** What the town serves at a path. @throws {UnderstudyError} SERVE_AWAY without a town */
  async fetch(path: string): Promise<Extract<Downward, { say: 'page' }>> {
    return (await this.#ask((id) => ({ say: 'fetch', id, path }))) as Extract<Downward, { say: 'page' }>;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#seeking);
    await this.#link?.close('has ended');
    this.#drop();
    this.#unlisten();
    this.#turned.complete();
    this.#changed.complete();
    this.#work.complete();
  }

  #away(words: string): void {
    if (this.#absence?.words === words) return;
    this.#absence = { words, since: this.#absence?.since ?? new Date() };
    this.#turned.next();
  }

  /** Closes the link; the town is away until there is another. */
  #drop(): void {
    void this.#link?.close();
    this.#link = undefined;
    this.#joining = false;
    this.#follower = '';
    this.#hello = undefined;
    this.#workshop = undefined;
    this.#guests.clear();
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(new UnderstudyError('SERVE_AWAY', 'the town went away before it answered'));
  }

  /** Calls for a town, under another name for each link. */
  #seek(): void {
    if (this.#link || this.#joining || this.#closed) return;
    const call = async () => {
      if (this.#follower === '') {
        const follower = randomBytes(8).toString('hex');
        this.#follower = follower;
        this.#unlisten();
        this.#unlisten = await this.#carrier.listen(answerChannel(this.#carrier, follower), (bytes) =>
          this.#answered(follower, bytes),
        );
      }
      await this.#carrier.publish(this.#carrier.prefix, text(calls.parse({ say: 'seek', follower: this.#follower })));
    };
    call().catch(() => {
      // No connection: it is said elsewhere, and tried again.
      this.#follower = '';
    });
  }

  #answered(follower: string, bytes: Buffer): void {
    const answer = heard(answers, bytes);
    if (!answer || follower !== this.#follower || this.#closed) return;
    if (answer.say === 'refusal') {
      this.#drop();
      this.#away(answer.words);
      return;
    }
    if (this.#link || this.#joining) return;
    const wrong = mismatch(answer, this.#version);
    if (wrong !== undefined) {
      this.#away(wrong);
      return;
    }
    this.#joining = true;
    this.#join(follower, answer.boot).catch(() => {
      this.#joining = false;
    });
  }

  async #join(follower: string, boot: string): Promise<void> {
    const { up, down, name } = linkChannels(this.#carrier, follower, boot);
    const link = await Link.open(this.#carrier, {
      ...{ in: down, out: up },
      hear: (message) => this.#hear(downward.parse(message)),
      onEnd: (why) => {
        this.#drop();
        this.#away(`the town ${why}`);
      },
    });
    this.#joining = false;
    if (follower !== this.#follower || this.#closed) {
      await link.close();
      return;
    }
    this.#link = link;
    this.#linkName = name;
    await this.#carrier.publish(this.#carrier.prefix, text(calls.parse({ say: 'join', follower, boot })));
  }

  #hear(said: Downward): void {
    switch (said.say) {
      case 'hello':
        this.#hello = said.hello;
        this.#replica = new Replica();
        this.#guests.clear();
        this.#say({ say: 'audience', viewers: this.#viewers });
        this.#say({ say: 'wish', wishes: this.#wishes });
        break;
      case 'update': {
        const first = !this.#replica.told;
        this.#replica.take(said.update, said.frame);
        this.#say({ say: 'got', id: said.id });
        if (first) {
          this.#absence = undefined;
          this.#turned.next();
        }
        this.#changed.next();
        break;
      }
      case 'workshop':
        this.#workshop = said.state;
        this.#say({ say: 'got', id: said.id });
        this.#work.next();
        break;
      case 'own': {
        const { id, guest, own } = said;
        const got = () => this.#say({ say: 'got', id });
        const hear = this.#guests.get(guest);
        if (hear) hear({ own, got });
        else got();
        break;
      }
      default:
        this.#asked.get(said.id)?.resolve(said);
        this.#asked.delete(said.id);
    }
  }

  #say(message: Upward): void {
    this.#link?.send(message);
  }

  #ask(message: (id: number) => Upward): Promise<Answer> {
    const link = this.#link;
    if (!link || this.#absence)
      return Promise.reject(
        new UnderstudyError('SERVE_AWAY', `the town is away: ${this.#absence?.words ?? 'not yet there'}`),
      );
    const id = ++this.#numbers;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      link.send(message(id));
    });
  }
}

import type { FastifyInstance } from 'fastify';
import { merge, of, type Subscription } from 'rxjs';
import { type Attendance, attend } from '../server/attend.ts';
import { Budget } from '../server/budget.ts';
import { feed } from '../server/feed.ts';
import { sameToken } from '../server/guard.ts';
import { MOST_VIEWERS } from '../server/sockets.ts';
import type { Town } from '../server/town.ts';
import type { Link } from './link.ts';
import { type Downward, type Upward, upward } from './messages.ts';
import { proofOf } from './proof.ts';

/** What a follower may fetch: what the town serves of itself. */
const FETCHED = /^\/(api\/(health|students\/[0-9a-f]{64}\.onnx)|report(\/[\w./-]*)?)$/;

/** A viewer of a follower that has asked for something of its own. */
interface Guest {
  readonly attendance: Attendance;
  readonly budget: Budget;
}

/** One follower at the town: it is told once what everybody sees, and each of its viewers what is its own. */
export class Delegation {
  readonly #town: Town;
  readonly #app: FastifyInstance;
  readonly #link: Link;
  readonly #name: string;
  readonly #shared: Attendance;
  readonly #hearing: Subscription;
  readonly #guests = new Map<number, Guest>();
  readonly #underWay = new Map<number, () => void>();
  #numbers = 0;
  #viewers = 0;

  /** @param name of the link, which proofs of the token are about */
  constructor(town: Town, app: FastifyInstance, link: Link, name: string) {
    this.#town = town;
    this.#app = app;
    this.#link = link;
    this.#name = name;
    this.#shared = attend(town, false, {
      hello: (hello) => this.#say({ say: 'hello', hello }),
      compose: (session) => session.compose(),
      deliver: ({ update, frame }) => this.#deliver((id) => ({ say: 'update', id, update, frame })),
      viewers: () => this.#viewers,
    });
    this.#hearing = feed(
      merge(of(undefined), town.workshop.changes),
      () => town.workshop.state(),
      (state) => this.#deliver((id) => ({ say: 'workshop', id, state })),
    );
  }

  /** @throws {ZodError} for what a follower does not say */
  hear(message: unknown): void {
    const said = upward.parse(message);
    switch (said.say) {
      case 'got':
        this.#underWay.get(said.id)?.();
        this.#underWay.delete(said.id);
        break;
      case 'audience':
        this.#viewers = Math.min(said.viewers, MOST_VIEWERS);
        this.#town.theatre.stage.announce();
        break;
      case 'wish':
        void this.#shared.ask('contrast', said.wishes);
        break;
      case 'enter':
        this.#enter(said);
        break;
      case 'leave':
        this.#guests.get(said.guest)?.attendance.leave();
        this.#guests.delete(said.guest);
        break;
      case 'ask':
        void this.#ask(said);
        break;
      case 'fetch':
        void this.#fetch(said);
    }
  }

  /** The link is over. */
  close(): void {
    this.#hearing.unsubscribe();
    this.#shared.leave();
    for (const { attendance } of this.#guests.values()) attendance.leave();
    this.#guests.clear();
    this.#underWay.clear();
  }

  /** Ends the link from here. @param why what the follower is told */
  async end(why?: string): Promise<void> {
    this.close();
    await this.#link.close(why);
  }

  #say(message: Downward): void {
    this.#link.send(message);
  }

  /** Resolves when the follower has taken it in. */
  #deliver(message: (id: number) => Downward): Promise<void> {
    return new Promise((resolve) => {
      const id = ++this.#numbers;
      this.#underWay.set(id, resolve);
      this.#say(message(id));
    });
  }

  #enter({ id, guest, proof }: Extract<Upward, { say: 'enter' }>): void {
    this.#guests.get(guest)?.attendance.leave();
    this.#guests.delete(guest);
    if (this.#guests.size >= MOST_VIEWERS) {
      this.#say({ say: 'entered', id, control: false });
      return;
    }
    const control = sameToken(proof, proofOf(this.#town.token, this.#name, guest));
    this.#say({ say: 'entered', id, control });
    const attendance = attend(this.#town, control, {
      hello: () => {},
      compose: (session) => session.composeOwn(),
      deliver: (own) => this.#deliver((number) => ({ say: 'own', id: number, guest, own })),
      // What is its own comes in order, the next when the last was taken in.
      window: 1,
      viewers: () => 0,
    });
    this.#guests.set(guest, { attendance, budget: new Budget() });
  }

  async #ask({ id, guest, event, payload }: Extract<Upward, { say: 'ask' }>): Promise<void> {
    const asker = this.#guests.get(guest);
    const [reply, more] =
      asker?.budget.spend() === 'heard'
        ? await asker.attendance.ask(event, payload)
        : [{ ok: false, code: 'SERVE_BUDGET', message: Budget.refusal } as const];
    this.#say({ say: 'answer', id, reply, more });
  }

  async #fetch({ id, path }: Extract<Upward, { say: 'fetch' }>): Promise<void> {
    if (!FETCHED.test(path)) return this.#say({ say: 'page', id, status: 404, body: Buffer.alloc(0), headers: {} });
    const { statusCode, rawPayload, headers } = await this.#app.inject({ url: path, headers: { host: 'localhost' } });
    const kept = ['content-type', 'content-security-policy', 'location'];
    this.#say({
      ...{ say: 'page', id, status: statusCode, body: rawPayload },
      headers: Object.fromEntries(kept.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : []))),
    });
  }
}

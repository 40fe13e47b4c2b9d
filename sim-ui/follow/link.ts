import { z } from 'zod';
import type { Carrier } from './carrier.ts';
import { pack, unpack } from './packet.ts';

/** A message travels in pieces of this size, and so many of them may be on their way without having been confirmed. */
const PIECE_BYTES = 256 * 1024;
const PIECES_UNDER_WAY = 16;
/** The other end confirms after so many, and at every beat. */
const CONFIRMED_AT_ONCE = 4;
/** An end says that it is there this often, and the other one gives it up after a silence of so long. In milliseconds. */
const BEAT_MS = 2000;
const SILENCE_MS = 16_000;

/** Pieces of a message, of which one is the last; how far the other end was heard; a farewell with its reason. */
const [PIECE, LAST, HEARD, BYE] = [1, 2, 3, 4];
const HEADER_BYTES = 8;

export interface LinkEnds {
  /** Channels of the carrier, one for each direction. */
  readonly out: string;
  readonly in: string;
  hear(message: unknown): void;
  /** Called once when it is over, unless it was closed here. @param why what the other end did: "has ended" */
  onEnd(why: string): void;
}

/**
 * One end of a link between two processes: messages arrive whole, in order and each once, or the link is over. What is on
 * its way is bounded: an end that reads slowly holds the other one up, and fills nobody's memory.
 *
 * ```
 * byte 0     kind: 1 a piece of a message, 2 its last piece, 3 heard, 4 a farewell
 * byte 4–7   number of the piece, from 1; of the last piece that was heard, u32, little-endian
 * byte 8–    the piece; why it is over
 * ```
 */
export class Link {
  readonly #carrier: Carrier;
  readonly #ends: LinkEnds;
  #unlisten: () => void = () => {};
  #beat: NodeJS.Timeout | undefined;
  #waiting: { readonly bytes: Buffer; at: number }[] = [];
  #sent = 0;
  #confirmed = 0;
  #heard = 0;
  /** What the other end was told of it. */
  #toldHeard = 0;
  #pieces: Buffer[] = [];
  #lastHeard = performance.now();
  /** Whether the other end was heard at all. */
  #met = false;
  #over = false;

  private constructor(carrier: Carrier, ends: LinkEnds) {
    this.#carrier = carrier;
    this.#ends = ends;
  }

  /** Listens, and speaks when it is told to: the other end has to listen by then. */
  static async open(carrier: Carrier, ends: LinkEnds): Promise<Link> {
    const link = new Link(carrier, ends);
    link.#unlisten = await carrier.listen(ends.in, (bytes) => link.#hear(bytes));
    if (link.#over) link.#unlisten();
    link.#lastHeard = performance.now();
    link.#beat = setInterval(() => link.#tick(), BEAT_MS);
    link.#beat.unref();
    return link;
  }

  send(message: object): void {
    if (this.#over) return;
    this.#waiting.push({ bytes: pack(message), at: 0 });
    this.#pour();
  }

  /**
   * Ends it without a word to this side.
   * @param why what this end did, which the other one is told: "has ended"
   * @returns when that is on its way
   */
  async close(why?: string): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    // Who hears nobody at this end before the farewell would take it for lost.
    if (why !== undefined) await this.#put(BYE!, 0, Buffer.from(why)).catch(() => {});
    this.#end();
  }

  #end(): void {
    this.#over = true;
    clearInterval(this.#beat);
    this.#unlisten();
    this.#waiting = [];
    this.#pieces = [];
  }

  #fail(why: string): void {
    if (this.#over) return;
    this.#end();
    this.#ends.onEnd(why);
  }

  #pour(): void {
    while (!this.#over && this.#waiting.length > 0 && this.#sent - this.#confirmed < PIECES_UNDER_WAY) {
      const message = this.#waiting[0]!;
      const piece = message.bytes.subarray(message.at, message.at + PIECE_BYTES);
      message.at += piece.length;
      const last = message.at === message.bytes.length;
      if (last) this.#waiting.shift();
      this.#say(last ? LAST! : PIECE!, ++this.#sent, piece);
    }
  }

  #tick(): void {
    if (performance.now() - this.#lastHeard > SILENCE_MS) this.#fail(`was not heard of for ${SILENCE_MS / 1000} s`);
    else this.#confirm();
  }

  #confirm(): void {
    this.#toldHeard = this.#heard;
    this.#say(HEARD!, this.#heard);
  }

  #say(kind: number, number: number, bytes?: Uint8Array): void {
    this.#put(kind, number, bytes).then(
      (receivers) => {
        // Who was never heard may still be on the way.
        if (receivers === 0 && this.#met) this.#fail('is not there any more');
      },
      () => this.#fail(`is out of reach: there is no connection to ${this.#carrier.name}`),
    );
  }

  #put(kind: number, number: number, bytes: Uint8Array = Buffer.alloc(0)): Promise<number> {
    const packet = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
    packet.fill(0, 0, HEADER_BYTES);
    packet[0] = kind;
    packet.writeUInt32LE(number, 4);
    packet.set(bytes, HEADER_BYTES);
    return this.#carrier.publish(this.#ends.out, packet);
  }

  #hear(packet: Buffer): void {
    if (this.#over || packet.length < HEADER_BYTES) return;
    this.#lastHeard = performance.now();
    this.#met = true;
    const number = packet.readUInt32LE(4);
    const rest = packet.subarray(HEADER_BYTES);
    switch (packet[0]) {
      case HEARD:
        this.#confirmed = number;
        this.#pour();
        break;
      case BYE:
        this.#fail(rest.toString());
        break;
      case PIECE:
      case LAST:
        if (number !== this.#heard + 1) {
          this.#fail('said something that was lost on the way');
          return;
        }
        this.#heard = number;
        this.#pieces.push(rest);
        if (this.#heard - this.#toldHeard >= CONFIRMED_AT_ONCE) this.#confirm();
        if (packet[0] === LAST) this.#take();
    }
  }

  #take(): void {
    const packet = Buffer.concat(this.#pieces);
    this.#pieces = [];
    try {
      this.#ends.hear(unpack(packet));
    } catch (error) {
      void this.close('did not understand what it was told');
      this.#ends.onEnd(`said something that is not understood here (${whyNot(error)})`);
    }
  }
}

/** What is wrong with a message, in a line. */
function whyNot(error: unknown): string {
  if (!(error instanceof z.ZodError)) return (error as Error).message.slice(0, 200);
  const { path, message } = error.issues[0]!;
  return `${path.join('.')}: ${message}`.slice(0, 200);
}

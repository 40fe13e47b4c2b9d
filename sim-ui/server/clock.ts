import { setImmediate, setTimeout } from 'node:timers/promises';

export interface ClockOptions {
  /** Plays one tick; false when there is none left. Must leave everything as it was when aborted. */
  readonly advance: (signal: AbortSignal) => Promise<boolean>;
  /** Called whenever something that people see has changed. */
  readonly onChange: () => void;
  readonly onFailure: (error: unknown) => void;
  /** Ticks a second. */
  readonly speed?: number;
}

/** A playing clock that is late by no more than this catches up. */
const MOST_BEHIND_MS = 100;

/** Plays ticks: one after another at a speed, or one at a time. Only one tick is ever under way. */
export class Clock {
  readonly #options: ClockOptions;
  #running = false;
  /** Whether a single tick is still to be played while paused. */
  #owed = false;
  #closed = false;
  #ticksPerSecond: number;
  #underWay?: AbortController;
  #wake = new AbortController();
  #recent: number[] = [];
  readonly #loop: Promise<void>;

  constructor(options: ClockOptions) {
    this.#options = options;
    this.#ticksPerSecond = options.speed ?? 2;
    this.#loop = this.#run();
  }

  get playing(): boolean {
    return this.#running;
  }

  get speed(): number {
    return this.#ticksPerSecond;
  }

  /** Ticks a second over the last few ticks; 0 when none was played lately. */
  get rate(): number {
    const now = performance.now();
    const window = this.#recent.filter((at) => at > now - 5000);
    return window.length < 2 ? 0 : ((window.length - 1) * 1000) / (window.at(-1)! - window[0]!);
  }

  play(): void {
    this.#running = true;
    this.#owed = false;
    this.#changed();
  }

  /** Also gives up a tick that is under way. */
  pause(): void {
    this.#running = false;
    this.#owed = false;
    this.#recent = [];
    this.#underWay?.abort(new DOMException('paused', 'AbortError'));
    this.#changed();
  }

  /** Plays one tick, then pauses. A tick that is under way is that one. */
  step(): void {
    this.#running = false;
    this.#owed = true;
    this.#recent = [];
    this.#changed();
  }

  setSpeed(ticksPerSecond: number): void {
    this.#ticksPerSecond = ticksPerSecond;
    this.#recent = [];
    this.#changed();
  }

  /** Gives up a tick that is under way and begins it anew, with whatever has changed meanwhile. */
  renew(): void {
    this.#underWay?.abort(new DOMException('begun anew', 'AbortError'));
    this.#changed();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.pause();
    await this.#loop;
  }

  #changed(): void {
    this.#wake.abort();
    this.#options.onChange();
  }

  async #run(): Promise<void> {
    // When the last tick was due. The next is due an interval later, whenever that one began: what one wait lasts too
    // long is not added to all that follow.
    let last = Number.NEGATIVE_INFINITY;
    while (!this.#closed) {
      // A step is played at once; a tick of the playing clock when it is due.
      const due = last + 1000 / this.#ticksPerSecond;
      const wait = this.#owed ? 0 : this.#running ? due - performance.now() : Number.POSITIVE_INFINITY;
      if (wait > 0) {
        this.#wake = new AbortController();
        await setTimeout(Math.min(wait, 2 ** 31 - 1), undefined, { signal: this.#wake.signal }).catch(() => {});
        continue;
      }
      const now = performance.now();
      // Whoever was held up for longer, by a teacher that thought, does not make up for it.
      last = this.#owed || due < now - MOST_BEHIND_MS ? now : due;
      this.#underWay = new AbortController();
      const { signal } = this.#underWay;
      try {
        const more = await this.#options.advance(signal);
        this.#owed = false;
        if (!more) this.#running = false;
        this.#recent = [...this.#recent.slice(-59), performance.now()];
      } catch (error) {
        if (!signal.aborted) {
          this.#running = false;
          this.#owed = false;
          this.#options.onFailure(error);
        }
      }
      this.#underWay = undefined;
      this.#options.onChange();
      // Sockets and commands get their turn even when ticks take longer than they should.
      await setImmediate();
    }
  }
}

/** Events that a viewer may send at once, and a second from then on; a slider under the hand sends some 60. */
export const AT_ONCE = 240;
const PER_SECOND = 80;

/** Events over the budget, without a rest in which it fills up, after which a viewer is shown the door. */
const GROSS = 2000;

/**
 * What one viewer may ask of the server: a bucket of events that fills up again (token bucket). Over it, an event is
 * refused unread; who goes on regardless is disconnected.
 */
export class Budget {
  readonly #now: () => number;
  #left = AT_ONCE;
  #over = 0;
  #filled: number;

  /** @param now milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#filled = now();
  }

  /** Whether the next event is heard, refused, or one too many. */
  spend(): 'heard' | 'refused' | 'gross' {
    const now = this.#now();
    this.#left = Math.min(AT_ONCE, this.#left + ((now - this.#filled) * PER_SECOND) / 1000);
    this.#filled = now;
    if (this.#left === AT_ONCE) this.#over = 0;
    if (this.#left >= 1) {
      this.#left--;
      return 'heard';
    }
    return ++this.#over > GROSS ? 'gross' : 'refused';
  }

  static readonly refusal = `too many events: at most ${PER_SECOND} a second are heard, ${AT_ONCE} at once; slow down`;
}

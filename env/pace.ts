/** Rates cover this time only: remembered answers come in a burst that says nothing about the rest. In milliseconds. */
const WINDOW_MS = 15_000;

/** How fast a piece of work goes, by what was done when. Times are in milliseconds. */
export class Pace {
  readonly #marks: { readonly at: number; readonly done: number }[] = [];

  /** So much is done by then. */
  mark(done: number, at: number): void {
    this.#marks.push({ at, done });
    while (this.#marks.length > 2 && this.#marks[1]!.at < at - WINDOW_MS) this.#marks.shift();
  }

  /** How much is done a second; undefined while there is too little to say. */
  get rate(): number | undefined {
    const [first, latest] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !latest) return undefined;
    const seconds = (latest.at - first.at) / 1000;
    return seconds > 0.2 ? (latest.done - first.done) / seconds : undefined;
  }

  /** Until all is done at this rate; undefined while nothing can be said. */
  secondsLeft(of: number): number | undefined {
    const done = this.#marks.at(-1)?.done ?? 0;
    const { rate } = this;
    return rate && done < of ? (of - done) / rate : undefined;
  }
}

import type { run } from './program.ts';
import type { SharedBytes } from './shared-bytes.ts';
import type { Shares } from './shares.ts';

/** Bytes of bins that a tick may need of each sort. */
const BIN_BYTES = 2 ** 27;

/** Bins of one sort: of all threads one after the other, and by thread. */
export class ThreadBins {
  readonly #bytes: SharedBytes;
  readonly #shares: Shares;
  readonly #word: (typeof run)['acted' | 'moved'];
  readonly #kinds: number;
  #room = 0;
  #at = 0;
  #stride = 0;
  #all: Uint32Array = new Uint32Array(0);
  #own: readonly Uint32Array[] = [];

  /** @param word of a run that holds the address of its bins */
  constructor(bytes: SharedBytes, shares: Shares, word: (typeof run)['acted' | 'moved'], kinds: number) {
    this.#bytes = bytes;
    this.#shares = shares;
    this.#word = word;
    this.#kinds = kinds;
  }

  /** Whether there is room for so many bins a kind. */
  holds(perKind: number): boolean {
    return 4 * this.#kinds * strideOf(perKind) * this.#shares.calls.length <= BIN_BYTES;
  }

  /**
   * Room for so many bins a kind, all 0, for each thread; their addresses go into the runs.
   * @returns places of a kind: bins are added up four at a time
   */
  clear(perKind: number): number {
    const stride = strideOf(perKind);
    const words = this.#kinds * stride;
    const threads = this.#shares.calls.length;
    if (stride !== this.#stride) {
      if (words > this.#room) {
        this.#room = Math.max(words, 2 * this.#room);
        this.#at = this.#bytes.allot(4 * this.#room * threads);
      }
      this.#stride = stride;
      this.#all = this.#bytes.words(this.#at, words * threads);
      this.#own = Array.from({ length: threads }, (_, t) => this.#all.subarray(t * words, (t + 1) * words));
      this.#shares.pointTo(this.#word, (thread, kind) => this.#at + 4 * (words * thread + stride * kind));
    }
    this.#all.fill(0);
    return stride;
  }

  /** The bins of all threads together, in those of the first. */
  sum(): Uint32Array {
    const [sum, ...others] = this.#own;
    for (const own of others) for (let i = 0; i < own.length; i++) sum![i]! += own[i]!;
    return sum!;
  }
}

const strideOf = (perKind: number): number => 4 * Math.ceil(perKind / 4);

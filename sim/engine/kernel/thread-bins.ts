import { COPIED_BINS, type run } from './program.ts';
import type { SharedBytes } from './shared-bytes.ts';
import type { Shares } from './shares.ts';

/** Bytes of bins that a tick may need of each sort. */
const BIN_BYTES = 2 ** 27;

/** Bins of one sort, by thread and kind. A program writes those of the kinds that its thread has; the others stay 0. */
export class ThreadBins {
  readonly #bytes: SharedBytes;
  readonly #shares: Shares;
  readonly #word: (typeof run)['acted' | 'moved'];
  readonly #kinds: number;
  #room = 0;
  #at = 0;
  #stride = 0;
  /** Those of all threads, one after the other. */
  #all: Uint32Array = new Uint32Array(0);
  #own: readonly Uint32Array[] = [];
  #sum: Uint32Array = new Uint32Array(0);

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
   * Room for so many bins a kind, for each thread; their addresses go into the runs.
   * @returns places of a kind: bins are added up four at a time
   */
  begin(perKind: number): number {
    const stride = strideOf(perKind);
    // Ticks of different forms take turns: a little more room than one needs costs less than to arrange the bins anew.
    if (stride > this.#stride || 4 * stride < this.#stride) this.#arrange(stride);
    // Few bins are counted elsewhere and then written, many are counted where they are.
    else if (perKind > COPIED_BINS) this.#all.fill(0);
    return this.#stride;
  }

  /** The bins of all threads together; valid until the next call. */
  sum(): Uint32Array {
    const [first, ...others] = this.#own;
    const sum = this.#sum;
    sum.set(first!);
    for (const own of others) for (let i = 0; i < own.length; i++) sum[i]! += own[i]!;
    return sum;
  }

  #arrange(stride: number): void {
    const words = this.#kinds * stride;
    const threads = this.#shares.calls.length;
    if (words > this.#room) {
      this.#room = Math.max(words, 2 * this.#room);
      this.#at = this.#bytes.allot(4 * this.#room * threads);
    }
    this.#stride = stride;
    this.#all = this.#bytes.words(this.#at, words * threads).fill(0);
    this.#own = Array.from({ length: threads }, (_, t) => this.#all.subarray(t * words, (t + 1) * words));
    this.#sum = new Uint32Array(words);
    this.#shares.pointTo(this.#word, (thread, kind) => this.#at + 4 * (words * thread + stride * kind));
  }
}

const strideOf = (perKind: number): number => 4 * Math.ceil(perKind / 4);

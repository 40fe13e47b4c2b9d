/** Somebody who waits to evaluate tokens. */
interface Waiting {
  readonly least: number;
  readonly most: number;
  readonly go: (length: number) => void;
}

/**
 * Lets sequences evaluate in turns, in each turn equally many tokens of everybody: prompts with prompts, the single tokens
 * of replies with single tokens. llama.cpp cuts a batch whose sequences have different lengths into pieces, at a fixed
 * price each, and computes a piece of one token by other kernels than the same token within a longer piece. The last bits
 * then differ, and now and then a number by some 1e-4. Prompts of equal length are never cut, so an answer depends on its
 * question alone.
 */
export class Turns {
  private readonly room: number;
  private under = 0;
  private scheduled = false;
  private readonly replies: Waiting[] = [];
  private readonly prompts: Waiting[] = [];
  /** Prompts that are read before any reply goes on, the longest first. */
  private reading: Waiting[] = [];

  /** @param room tokens that are evaluated in one turn at most, unless one prompt is longer */
  constructor(room: number) {
    this.room = room;
  }

  /** Evaluates the next token of a reply. Replies go on before prompts are read, so that many prompts are read together. */
  reply<T>(evaluate: () => Promise<T>): Promise<T> {
    return this.take(this.replies, 1, 1, evaluate);
  }

  /**
   * Evaluates the end of a prompt.
   * @param least tokens that are not there yet, two or more
   * @param most tokens of the whole prompt
   * @param evaluate is told how many tokens to evaluate, so that it may drop some that are there
   */
  prompt<T>(least: number, most: number, evaluate: (length: number) => Promise<T>): Promise<T> {
    return this.take(this.prompts, least, most, evaluate);
  }

  private async take<T>(
    queue: Waiting[],
    least: number,
    most: number,
    evaluate: (length: number) => Promise<T>,
  ): Promise<T> {
    const length = await new Promise<number>((go) => {
      queue.push({ least, most, go });
      this.release();
    });
    try {
      return await evaluate(length);
    } finally {
      this.under--;
      this.release();
    }
  }

  private release(): void {
    if (this.under > 0 || this.scheduled) return;
    this.scheduled = true;
    // Whoever ended the last turn in this turn of the event loop takes part in the next one.
    setImmediate(() => {
      this.scheduled = false;
      if (this.reading.length === 0 && this.replies.length === 0)
        this.reading = this.prompts.splice(0).sort(longestFirst);
      const [length, together] = this.reading.length > 0 ? this.nextPrompts() : ([1, this.nextReplies()] as const);
      this.under = together.length;
      for (const { go } of together) go(length);
    });
  }

  private nextReplies(): Waiting[] {
    return this.replies.splice(0, this.room);
  }

  /** The longest prompt, with the next longest that can be read from so far back. */
  private nextPrompts(): [number, Waiting[]] {
    const { least } = this.reading[0]!;
    const fitting = this.reading.filter(({ most }) => most >= least);
    const together = fitting.slice(0, Math.max(1, Math.floor(this.room / least)));
    this.reading = this.reading.filter((one) => !together.includes(one));
    return [least, together];
  }
}

const longestFirst = (a: Waiting, b: Waiting) => b.least - a.least;

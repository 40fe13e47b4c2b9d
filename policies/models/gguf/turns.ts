import type { LlamaContextSequence, Token } from 'node-llama-cpp';

/** Somebody who waits to evaluate tokens. */
interface Waiting {
  readonly least: number;
  readonly most: number;
  readonly go: (length: number) => void;
}

/**
 * Lets sequences evaluate in turns, in each turn equally many tokens of everybody: prompts with prompts, the single
 * tokens of replies with single tokens. llama.cpp cuts a batch whose sequences have different lengths into pieces, at a
 * fixed price each, and computes a piece of one token by other kernels than the same token within a longer piece. The
 * last bits then differ, and now and then a number by some 1e-4. Prompts of equal length are never cut, so an answer
 * depends on its question alone.
 */
export class Turns {
  readonly #room: number;
  #under = 0;
  #scheduled = false;
  readonly #replies: Waiting[] = [];
  readonly #prompts: Waiting[] = [];
  /** Prompts that are read before any reply goes on, the longest first. */
  #reading: Waiting[] = [];

  /** @param room tokens that are evaluated in one turn at most, unless one prompt is longer */
  constructor(room: number) {
    this.#room = room;
  }

  /**
   * Evaluates the next token of a reply. Replies go on before prompts are read, so that many prompts are read together.
   */
  reply<T>(evaluate: () => Promise<T>): Promise<T> {
    return this.#take(this.#replies, 1, 1, evaluate);
  }

  /**
   * Evaluates the end of a prompt.
   * @param least tokens that are not there yet, two or more
   * @param most tokens of the whole prompt
   * @param evaluate called with how many tokens to evaluate, so that it may drop some that are there
   */
  prompt<T>(least: number, most: number, evaluate: (length: number) => Promise<T>): Promise<T> {
    return this.#take(this.#prompts, least, most, evaluate);
  }

  async #take<T>(queue: Waiting[], least: number, most: number, evaluate: (length: number) => Promise<T>): Promise<T> {
    const length = await new Promise<number>((go) => {
      queue.push({ least, most, go });
      this.#release();
    });
    try {
      return await evaluate(length);
    } finally {
      this.#under--;
      this.#release();
    }
  }

  #release(): void {
    if (this.#under > 0 || this.#scheduled) return;
    this.#scheduled = true;
    // Sequences that ended the last turn in this turn of the event loop take part in the next one.
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#reading.length === 0 && this.#replies.length === 0)
        this.#reading = this.#prompts.splice(0).sort(longestFirst);
      const [length, together] = this.#reading.length > 0 ? this.#nextPrompts() : ([1, this.#nextReplies()] as const);
      this.#under = together.length;
      for (const { go } of together) go(length);
    });
  }

  #nextReplies(): Waiting[] {
    return this.#replies.splice(0, this.#room);
  }

  /** The longest prompt, with the next longest that can be read from so far back. */
  #nextPrompts(): [number, Waiting[]] {
    const { least } = this.#reading[0]!;
    const fitting = this.#reading.filter(({ most }) => most >= least);
    const together = fitting.slice(0, Math.max(1, Math.floor(this.#room / least)));
    this.#reading = this.#reading.filter((one) => !together.includes(one));
    return [least, together];
  }
}

const longestFirst = (a: Waiting, b: Waiting) => b.least - a.least;

/**
 * Evaluates a prompt, keeping what its sequence holds of it already.
 * @param unseen how many of the last tokens are evaluated whatever the sequence holds, for what follows them
 * @param evaluate evaluates the tokens from an index on
 */
export async function evaluatePrompt<T>(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  unseen: number,
  turns: Turns,
  evaluate: (from: number) => Promise<T>,
): Promise<T> {
  const held = await keep(sequence, tokens.slice(0, -Math.max(2, unseen)));
  return turns.prompt(tokens.length - held, tokens.length, async (length) =>
    evaluate(await keep(sequence, tokens.slice(0, tokens.length - length))),
  );
}

/** Makes a sequence hold nothing but the beginning of `tokens`; returns how many it holds. */
async function keep(sequence: LlamaContextSequence, tokens: Token[]): Promise<number> {
  await sequence.adaptStateToTokens(tokens, false);
  return sequence.nextTokenIndex;
}

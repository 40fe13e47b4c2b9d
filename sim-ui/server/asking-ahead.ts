import { messageOf, type Ready } from './cast.ts';

/**
 * What a policy is asked before a tick that it is to decide, so that a failure is known to be its own, and how far the
 * questions are.
 */
export class AskingAhead {
  readonly #onChange: () => void;
  #progress?: { readonly done: number; readonly of: number };
  #problem?: string;

  /** @param onChange more is answered, or nothing is asked any more */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** How far a teacher's questions are; absent while none is asked. */
  get progress(): { readonly done: number; readonly of: number } | undefined {
    return this.#progress;
  }

  /** What went wrong with the last question. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** @throws what the policy throws, and the signal's reason */
  async ask({ policy, role }: Ready, masks: Uint32Array, signal: AbortSignal): Promise<void> {
    try {
      await policy.learn(masks, {
        signal,
        onProgress: (done, of) => {
          if (signal.aborted || role !== 'teacher') return;
          this.#progress = { done, of };
          this.#onChange();
        },
      });
      this.#problem = undefined;
    } catch (error) {
      if (!signal.aborted) this.#problem = messageOf(error);
      throw error;
    } finally {
      this.#progress = undefined;
      this.#onChange();
    }
  }
}

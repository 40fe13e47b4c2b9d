import type { Answer } from '../policy.ts';
import type { Asking } from './asking.ts';

/** One question to a language model, put into words. */
export interface Question {
  /** Names the question in answers. */
  readonly row: number;
  readonly prompt: string;
  /** For `sample`: the question's own; 0 elsewhere. */
  readonly seed: number;
}

/** What runs a language model: a file in a process of its own, or servers. It puts questions and knows no label. */
export interface Backend extends AsyncDisposable {
  /** Chat template as it frames a question, with {prompt} in the question's place. */
  readonly template: string;
  /** Why the numbers of this model cannot be read as distributions; absent where they can. */
  readonly unreadable?: string;
  /** What a person should know about how questions are framed. */
  readonly caveat?: string;
  /** What runs the model, for people. */
  readonly device?: string;
  /**
   * Asks, and resolves when every question has its answer. Each answer depends on its question and the asking only.
   * @param questions sorted by prompt, so that neighbours share a beginning
   * @throws {UnderstudyError} where the model cannot be asked any further; the signal's reason when aborted
   */
  ask(
    questions: readonly Question[],
    asking: Asking,
    options: { readonly signal?: AbortSignal; readonly onAnswer: (row: number, answer: Answer) => void },
  ): Promise<void>;
}

/** A language model before anything is loaded or reached: what is known of it, and how to open it. */
export interface LanguageModel<B extends Backend = Backend> {
  /** Begins the teacher's id. */
  readonly name: string;
  readonly caveat?: string;
  /** SHA-256 of the model, or its name and address where a server keeps the file. */
  readonly model: string;
  /** What runs it, with its version. */
  readonly library: string;
  /** Where it is known without opening the model. */
  readonly template?: string;
  /** Whether it cannot be opened, so that only a label store can answer for it; default false. */
  readonly missing?: boolean;
  /** Addresses of the servers that run it. */
  readonly endpoints?: readonly string[];
  readonly open: (signal?: AbortSignal) => Promise<B>;
}

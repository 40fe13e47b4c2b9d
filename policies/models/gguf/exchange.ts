import type { EngineError } from './backend.ts';
import type { Placement } from './placement.ts';

/** The first message to the process of a model, whatever the model is for. */
export interface OpenRequest extends Placement {
  readonly type: 'open';
  /** Path of the file. */
  readonly model: string;
}

/** What is asked in one go. Each question is answered on its own, by its id. */
export interface AskRequest {
  readonly type: 'ask';
  readonly job: number;
  readonly questions: readonly { readonly id: number }[];
}

export interface CancelMessage {
  readonly type: 'cancel';
  readonly job: number;
}

/** What the process of a model sends: that it is loaded, or why not; then answers and failures, by job. */
export type Reply<Opened, Answer> = Opened | Failed | JobReply<Answer>;

interface Failed {
  readonly type: 'failed';
  readonly kind: EngineError['kind'];
  readonly message: string;
}

export type JobReply<Answer> =
  | { readonly type: 'answers'; readonly job: number; readonly answers: readonly Answer[] }
  | {
      readonly type: 'job-failed';
      readonly job: number;
      readonly kind: Exclude<EngineError['kind'], 'device' | 'model'> | 'other';
      readonly message: string;
    };

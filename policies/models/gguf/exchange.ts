/** A problem of a model's process that its parent puts into words. */
export class EngineError extends Error {
  readonly kind: 'device' | 'model' | 'template' | 'length' | 'unsupported';
  constructor(kind: EngineError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Where a model runs. */
export interface Placement {
  /** `auto`: CUDA or Metal if present, otherwise the CPU. */
  readonly gpu: 'auto' | 'cuda' | 'metal' | false;
  /** 0: as many threads as the machine has cores for. */
  readonly threads: number;
}

/** Up to this size a model runs fastest on one thread of a CPU. */
const SMALL_BYTES = 64e6;

export const isSmall = (bytes: number) => bytes < SMALL_BYTES;

/** One thread of the CPU for a model under 64 MB, which a GPU does not speed up; all that is there for others. */
export function placementOf(bytes: number): Placement {
  return isSmall(bytes) ? { gpu: false, threads: 1 } : { gpu: 'auto', threads: 0 };
}

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
      readonly kind: Exclude<EngineError['kind'], 'device' | 'model' | 'template'> | 'other';
      readonly message: string;
    };

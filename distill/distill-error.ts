/** Raised by the steps from teacher to student. The code is stable; the message is for people. */
export class DistillError extends Error {
  readonly code:
    | 'DISTILL_ARGUMENT'
    | 'DISTILL_SIZE'
    | 'DISTILL_FILE'
    | 'DISTILL_ANSWERS'
    | 'DISTILL_TRAINING'
    | 'DISTILL_PROCESS'
    | 'PULL_MODEL'
    | 'PULL_NETWORK'
    | 'PULL_DENIED'
    | 'PULL_MISSING'
    | 'PULL_BUSY'
    | 'PULL_DAMAGED'
    | 'PULL_CHANGED'
    | 'PULL_SPACE';
  constructor(code: DistillError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DistillError';
    this.code = code;
  }
}

/** Raised for a command that is used wrongly: exit code 2. */
export class UsageError extends Error {
  readonly code = 'USAGE';
  /** The verb whose help tells more. */
  readonly verb?: string;
  constructor(message: string, verb?: string) {
    super(message);
    this.name = 'UsageError';
    this.verb = verb;
  }
}

/** Raised by the server. The code is stable; the message is for people. */
export class ServeError extends Error {
  readonly code: 'SERVE_PORT' | 'SERVE_HOST' | 'SERVE_VIEWER' | 'SERVE_SCENARIO' | 'SERVE_COMMAND';
  constructor(code: ServeError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServeError';
    this.code = code;
  }
}

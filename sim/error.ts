/** Raised by runs. The code is stable; the message is for people. */
export class SimulationError extends Error {
  readonly code:
    | 'SIMULATION_ARGUMENT'
    | 'SIMULATION_SIZE'
    | 'SIMULATION_UNANSWERED'
    | 'SIMULATION_SCENARIO'
    | 'SIMULATION_ENDED';
  constructor(code: SimulationError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SimulationError';
    this.code = code;
  }
}

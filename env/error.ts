/** Every code that an error of Understudy can carry, by the part that raises it. A code is stable, its message is for people. */
export const errorCodes = [
  // What a scenario declares.
  'SCENARIO_NAME',
  'SCENARIO_MEMBER',
  'SCENARIO_FACTOR',
  'SCENARIO_LEVEL',
  'SCENARIO_ROW',
  'SCENARIO_CYCLE',
  'SCENARIO_CROWD',
  'SCENARIO_IMPURE',
  'SCENARIO_TABLE',
  'SCENARIO_PHRASE',
  'SCENARIO_CONFLICT',
  'SCENARIO_GROUP',
  'SCENARIO_PARAMETER',
  'SCENARIO_POLICY',
  'SCENARIO_ACTION',
  'SCENARIO_PROMPT',
  'SCENARIO_MAP',
  'SCENARIO_STAGING',
  'SCENARIO_FILE',
  'SCENARIO_DYNAMICS',
  // Observations of a scenario.
  'OBSERVATION_WIDTH',
  'OBSERVATION_PHRASE',
  'OBSERVATION_CONFLICT',
  // Policies, teachers and the files that they are read from.
  'POLICY_UNKNOWN',
  'POLICY_DISPOSED',
  'POLICY_SCENARIO',
  'POLICY_FILE',
  'POLICY_ARGUMENT',
  'TEACHER_CRASHED',
  'TEACHER_UNSUPPORTED',
  'SPENDING_LIMIT',
  // Running populations.
  'SIMULATION_ARGUMENT',
  'SIMULATION_SIZE',
  'SIMULATION_THREAD',
  'SIMULATION_UNANSWERED',
  'SIMULATION_DECISION',
  'SIMULATION_SCENARIO',
  'SIMULATION_RECORD',
  'SIMULATION_SNAPSHOT',
  'SIMULATION_SHAPE',
  'SIMULATION_ENVIRONMENT',
  'SIMULATION_NETWORK',
  // From teacher to student, and the files of a workspace.
  'DISTILL_ARGUMENT',
  'DISTILL_SIZE',
  'DISTILL_FILE',
  'DISTILL_ANSWERS',
  'DISTILL_TRAINING',
  'DISTILL_PROCESS',
  'STUDY_SCENARIO',
  // Work that is done in shards.
  'SHARD_ARGUMENT',
  'SHARD_FILE',
  'SHARD_CONFLICT',
  'SHARD_MISSING',
  'PULL_MODEL',
  'PULL_NETWORK',
  'PULL_DENIED',
  'PULL_MISSING',
  'PULL_BUSY',
  'PULL_DAMAGED',
  'PULL_CHANGED',
  'PULL_SPACE',
  // The viewer.
  'SERVE_PORT',
  'SERVE_HOST',
  'SERVE_VIEWER',
  'SERVE_SCENARIO',
  'SERVE_COMMAND',
  'SERVE_PAST',
  // A town whose viewers other processes serve.
  'SERVE_SHARE',
  'SERVE_AWAY',
  // Work that is shared out by a queue.
  'QUEUE_SERVER',
  'QUEUE_WORKER',
  'QUEUE_JOB',
  // The command line.
  'USAGE',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** The one error that Understudy raises: what happened in words, with both values and the next step where one is known. */
export class UnderstudyError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnderstudyError';
    this.code = code;
  }
}

import { UnderstudyError } from '../env/error.ts';
import type { Peopling } from '../env/people.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import type { WorkOptions } from '../env/work.ts';
import { defaultPolicy } from '../policies/open.ts';
import { isTeacher } from '../policies/policy.ts';
import { Recorder } from './record.ts';
import { type RunSummary, run } from './run.ts';

export interface SimulateOptions extends WorkOptions {
  readonly scenario: Vocabulary;
  /** Directory in which policies and labels are looked up; a teacher's answers are kept there. */
  readonly workspace: string;
  /** Name of a policy, as openPolicy takes it. Default: that of defaultPolicy. */
  readonly policy?: string;
  readonly agents: number;
  /** Default: the scenario's horizon. */
  readonly ticks?: number;
  readonly seed?: number;
  /** Counts of alike agents in place of agents. */
  readonly cohorts?: boolean;
  /** Whether trait sets are drawn (the default) or as many as their shares say. */
  readonly people?: Peopling;
  /** Policies that take over at a tick. */
  readonly swaps?: readonly { readonly tick: number; readonly policy: string }[];
  /** The same run under another policy on the same random numbers. */
  readonly twin?: string;
  /** What agents do without an answer: `stop` (the default), `skip`, or the name of a policy that is asked instead. */
  readonly onFailure?: string;
  /** Folder that the run is recorded to. */
  readonly record?: string;
}

/**
 * Runs a population under policies that are opened by their names, each once, and closed at the end.
 * @throws {UnderstudyError} as openPolicy, Recorder.open and run do; SIMULATION_ARGUMENT for a swap beyond the run
 */
export async function simulate(options: SimulateOptions): Promise<RunSummary> {
  const { workspace, twin, agents, seed = 0, cohorts = false, people } = options;
  const scenario = requireDynamics(options.scenario, 'a simulation');
  const { ticks = scenario.horizon, policy = await defaultPolicy(scenario, workspace) } = options;
  const { swaps = [], onFailure = 'stop', signal, progress, log } = options;
  for (const { tick } of swaps)
    if (tick >= ticks)
      throw new UnderstudyError('SIMULATION_ARGUMENT', `swap at tick ${tick}: the run has ticks 0 to ${ticks - 1}`);
  let recorder: Recorder | undefined;
  try {
    // A folder that cannot take the run is known before any policy is opened.
    if (options.record !== undefined) recorder = await Recorder.open(options.record, { cohorts });
    let played = 0;
    const tell = (note: string) => progress?.({ stage: 'simulating', done: played, of: ticks, note });
    const summary = await run({
      ...{ scenario, workspace, policy, agents, cohorts, ticks, seed, swaps, signal, log },
      ...(people && { people }),
      ...(twin !== undefined && { twin }),
      onFailure: onFailure === 'stop' || onFailure === 'skip' ? onFailure : { fallback: onFailure },
      onTick: async (record, simulation) => {
        played = record.tick + 1;
        await recorder?.record(record, simulation);
        tell(`day ${record.day}`);
      },
      onAsking: (asked, done, of, name) => isTeacher(asked) && tell(`asking ${name} ${done}/${of}`),
    });
    await recorder?.close(summary);
    return summary;
  } finally {
    await recorder?.[Symbol.asyncDispose]();
  }
}

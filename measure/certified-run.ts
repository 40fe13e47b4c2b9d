import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import type { WorkOptions } from '../env/work.ts';
import { defaultPolicy, openPolicy } from '../policies/open.ts';
import { NamedPolicies } from '../sim/named-policies.ts';
import type { RunSummary } from '../sim/run.ts';
import { type Certificate, certify } from './certificate.ts';

export interface CertifyRunOptions extends WorkOptions {
  readonly scenario: Vocabulary;
  /** A run of one policy from the first tick to the last. */
  readonly summary: RunSummary;
  /** The name of its policy; default: the one that `simulate` takes. */
  readonly policy?: string;
  /** Name of the teacher, or other policy, that might have decided in its place. */
  readonly teacher: string;
  readonly questions: number;
  readonly workspace?: string;
}

/**
 * How far a run is from the one that a teacher would have brought about; see `certify`.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for a run with swaps, and what openPolicy and certify throw
 */
export async function certifyRun(options: CertifyRunOptions): Promise<Certificate> {
  const { summary, questions, workspace = '.', signal, log } = options;
  const scenario = requireDynamics(options.scenario, 'a certificate');
  if (summary.swaps.length > 0)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      'a certificate is about a run of one policy, and this one has swaps',
    );
  await using named = new NamedPolicies({ scenario, workspace, labels: true, signal });
  await using teacher = await openPolicy(options.teacher, { scenario, workspace, labels: true, log, signal });
  return await certify({
    ...{ scenario, teacher, questions, signal, log },
    policy: await named.of(options.policy ?? (await defaultPolicy(scenario, workspace))),
    ...{ agents: summary.agents, seed: summary.seed, ticks: summary.ticks },
    totals: { ...summary.actions, ...summary.measures, reward: summary.reward },
  });
}

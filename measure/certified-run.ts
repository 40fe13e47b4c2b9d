import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import type { WorkOptions } from '../env/work.ts';
import { defaultPolicy, openPolicy } from '../policies/open.ts';
import { NamedPolicies } from '../sim/named-policies.ts';
import type { RunSummary } from '../sim/run.ts';
import { hashOfScenario } from '../sim/snapshot.ts';
import { writeCertificate } from '../workspace/certificates.ts';
import { ownPackage } from '../workspace/package.ts';
import { workspace as paths } from '../workspace/paths.ts';
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
  /** Where policies and labels are looked up, and the certificate is kept. Default: the current directory, which keeps none. */
  readonly workspace?: string;
}

/**
 * How far a run is from the one that a teacher would have brought about; see `certify`. Writes results/certificates/NAME.json.
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
  const { agents, seed, ticks } = summary;
  const policy = options.policy ?? (await defaultPolicy(scenario, workspace));
  const certificate = await certify({
    ...{ scenario, teacher, questions, signal, log, agents, seed, ticks },
    policy: await named.of(policy),
    totals: { ...summary.actions, ...summary.measures, reward: summary.reward },
  });
  if (options.workspace !== undefined)
    await writeCertificate(paths(workspace), {
      understudy: ownPackage().version,
      ...{ scenario: scenario.id, sha256: hashOfScenario(scenario), cohorts: summary.engine === 'cohorts' },
      parameters: Object.fromEntries(Object.entries(scenario.parameters).map(([name, { value }]) => [name, value])),
      ...{ policy, teacher: options.teacher, agents, seed, ticks, atMost: questions, asked: certificate.questions },
      ...{ level: certificate.level, covered: certificate.covered, outcomes: certificate.outcomes },
    });
  return certificate;
}

import type { Scenario } from '../env/scenario.ts';
import { grouped } from '../report/wording.ts';
import type { ReplicateOptions } from '../sim/replications.ts';
import type { MeanEstimate } from '../stats/t-intervals.ts';
import type { Options } from './options.ts';
import type { Work } from './verb.ts';
import { decimal, table } from './wording.ts';

type Asked = Pick<
  ReplicateOptions,
  'policy' | 'ticks' | 'cohorts' | 'people' | 'twin' | 'replications' | 'swaps' | 'rollback' | 'shadow'
> & {
  readonly scenario: Scenario;
  readonly workspace: string;
  readonly agents: number | undefined;
  readonly seed: number;
  readonly 'on-failure': string | undefined;
};

/** Plays a run on several seeds and reports what the runs come to. */
export async function reportReplications(
  asked: Asked,
  { signal, progress, log, report }: Pick<Work<Options>, 'signal' | 'progress' | 'log' | 'report'>,
): Promise<void> {
  const {
    scenario,
    workspace,
    policy,
    ticks,
    seed,
    cohorts,
    people,
    twin,
    swaps,
    rollback,
    shadow,
    replications,
    agents = 10_000,
  } = asked;
  const { 'on-failure': onFailure = 'stop' } = asked;
  const { replicate } = await import('../sim/replications.ts');
  const result = await replicate({
    ...{ scenario, workspace, policy, ticks, seed, cohorts, people, twin, swaps, replications, agents, signal, log },
    ...{ rollback, shadow },
    onFailure: onFailure === 'stop' || onFailure === 'skip' ? onFailure : { fallback: onFailure },
    onRun: (run, done) => progress({ stage: 'simulating', done, of: replications, note: `seed ${run.seed}` }),
  });
  report(result, [
    `${result.policy}: ${grouped(result.replications)} runs of ${grouped(result.agents)} agents × ${grouped(result.ticks)} ticks, ${result.replications < replications ? `of the ${grouped(replications)} ` : ''}seeds ${seed} to ${seed + replications - 1}`,
    ...table([
      ['', 'mean', 'sd', '95 % interval'],
      ...Object.entries(result.outcomes).map(([name, estimate]) => [`  ${name}`, ...estimateCells(estimate)]),
    ]),
  ]);
}

/** Mean, standard deviation and interval as people read them. */
export function estimateCells({ mean, sd, interval: { lower, upper } }: MeanEstimate): string[] {
  return [amountOf(mean), amountOf(sd), Number.isNaN(lower) ? 'undefined' : `${amountOf(lower)} to ${amountOf(upper)}`];
}

/** A number with as many decimals as say something. */
export function amountOf(value: number): string {
  if (!Number.isFinite(value)) return 'undefined';
  return Math.abs(value) >= 1000 ? grouped(Math.round(value)) : decimal(value, Math.abs(value) >= 10 ? 2 : 4);
}

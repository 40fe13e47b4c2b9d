import { UnderstudyError } from '../env/error.ts';
import type { Scenario } from '../env/scenario.ts';
import { stateSpace } from '../env/state-space.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import { defaultPolicy } from '../policies/open.ts';
import { failureOf, playPieces } from '../policies/shards/pieces.ts';
import { mean } from '../stats/moments.ts';
import { type MeanEstimate, meanWithInterval } from '../stats/t-intervals.ts';
import { hashOf } from '../workspace/hash.ts';
import { ownPackage } from '../workspace/package.ts';
import { Plans } from './engine/plans.ts';
import { NamedPolicies } from './named-policies.ts';
import { networkOf, openNetwork } from './network.ts';
import { type RunOptions, type RunSummary, run } from './run.ts';
import { hashOfScenario } from './snapshot.ts';

/** A run that repeats others on seeds of its own keeps nothing and goes on from nothing. */
export interface ReplicateOptions extends Omit<RunOptions, 'policy' | 'resume' | 'checkpoint' | 'plans'> {
  /** Default: that of defaultPolicy. */
  readonly policy?: RunOptions['policy'];
  /** Runs, with the seeds from `seed` on. */
  readonly replications: number;
  /** Called after each run. */
  readonly onRun?: (summary: RunSummary, done: number) => void | Promise<void>;
}

/** What some runs that differ in their seeds alone come to; counts and totals are means over the runs. */
export interface Replications
  extends Pick<
    RunSummary,
    | 'scenario'
    | 'parameters'
    | 'policy'
    | 'agents'
    | 'engine'
    | 'ticks'
    | 'actions'
    | 'measures'
    | 'meanProbabilities'
    | 'reward'
    | 'failed'
    | 'agentStepsPerSecond'
    | 'twin'
    | 'disagreement'
    | 'gap'
  > {
  readonly replications: number;
  readonly seeds: readonly number[];
  /** By outcome, over the runs, with a 95 % t interval. */
  readonly outcomes: Readonly<Record<string, MeanEstimate>>;
  readonly runs: readonly RunSummary[];
}

/**
 * What a run comes to, as one number for each name: how often each action was taken (`agents_NAME`), the mean of its
 * probability (`mean_p_NAME`), reward and measures; with a twin also their gaps (`gap_NAME`), the disagreement, the
 * mean total variation (`total_variation`) and the drift of states (`drift`); with a shadow audit its mean (`shadow_divergence`).
 */
export function outcomesOf(
  summary: Pick<
    RunSummary,
    'actions' | 'meanProbabilities' | 'reward' | 'measures' | 'gap' | 'disagreement' | 'split' | 'shadow'
  >,
): Record<string, number> {
  const prefixed = (prefix: string, values: Readonly<Record<string, number>> = {}) =>
    Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value] as const);
  const own = [
    ...prefixed('agents_', summary.actions),
    ...prefixed('mean_p_', summary.meanProbabilities),
    ['reward', summary.reward] as const,
  ];
  const taken = new Set(own.map(([name]) => name));
  return Object.fromEntries([
    ...own,
    ...Object.entries(summary.measures).map(
      ([name, value]) => [taken.has(name) ? `measure_${name}` : name, value] as const,
    ),
    ...(summary.disagreement === undefined ? [] : [['disagreement', summary.disagreement] as const]),
    ...(summary.split
      ? [['total_variation', summary.split.totalVariation.mean] as const, ['drift', summary.split.drift.mean] as const]
      : []),
    ...(summary.shadow ? [['shadow_divergence', summary.shadow.divergence.mean] as const] : []),
    ...prefixed('gap_', summary.gap),
  ]);
}

/** The largest seed that there is. */
const LAST_SEED = Number.MAX_SAFE_INTEGER;

/** Seeds from `seed` on. @throws {UnderstudyError} SIMULATION_ARGUMENT for a number of replications that there cannot be */
export function seedsFrom(seed: number, replications: number): number[] {
  if (!Number.isInteger(replications) || replications < 1 || replications > 1e7)
    throw new UnderstudyError('SIMULATION_ARGUMENT', `expected 1 to 10,000,000 replications, got ${replications}`);
  if (!(seed + replications - 1 <= LAST_SEED))
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `${replications} replications from seed ${seed} on go beyond the largest seed, ${LAST_SEED}; begin with a smaller one`,
    );
  return Array.from({ length: replications }, (_, i) => seed + i);
}

/**
 * The same run on one seed after the other, each exactly as `run` would play it. Policies are opened, and asked about each
 * observation, once for all of them.
 * @throws {UnderstudyError} as `run` does; SIMULATION_ARGUMENT for a number of replications that there cannot be
 * @example await replicate({ scenario, policy: 'uniform', agents: 1000, days: 1, replications: 20 })
 */
export async function replicate(options: ReplicateOptions): Promise<Replications> {
  const {
    replications,
    seed = 0,
    workspace = '.',
    log,
    signal,
    onRun,
    swaps = [],
    onFailure = 'stop',
    ...rest
  } = options;
  const seeds = seedsFrom(seed, replications);
  const scenario = requireDynamics(options.scenario, 'a run');
  await using named = new NamedPolicies({ scenario, workspace, labels: true, log, signal });
  const memos = new Map<string | object, AskedOnce>();
  const once = async (policy: RunOptions['policy']): Promise<AskedOnce> => {
    const known = memos.get(policy) ?? AskedOnce.of(scenario, await named.of(policy));
    memos.set(policy, known);
    return known;
  };
  const shared = {
    ...rest,
    ...{ workspace, log, signal, plans: new Plans(stateSpace(scenario)) },
    ...(typeof rest.network === 'string' && { network: await openNetwork(rest.network, log) }),
    policy: await once(options.policy ?? (await defaultPolicy(scenario, workspace))),
    swaps: await Promise.all(swaps.map(async ({ policy, ...swap }) => ({ ...swap, policy: await once(policy) }))),
    shadow: options.shadow && { ...options.shadow, teacher: await once(options.shadow.teacher) },
    twin: options.twin === undefined ? undefined : await once(options.twin),
    onFailure: typeof onFailure === 'object' ? { fallback: await once(onFailure.fallback) } : onFailure,
  };
  const keyOf = keysOf(scenario, shared);
  const ends = await playPieces<number, RunSummary>({
    ...{ workspace, keyOf, pieces: seeds },
    play: async (seed) => {
      try {
        return { run: await run({ ...shared, seed }) };
      } catch (error) {
        return failureOf(error, signal);
      }
    },
    onEnd: async (end, done) => {
      if ('run' in end) await onRun?.(end.run, done);
    },
  });
  const lost = ends.find((end) => end && 'failure' in end);
  if (lost && 'failure' in lost) throw new UnderstudyError('SIMULATION_UNANSWERED', lost.failure);
  const runs = ends.flatMap((end) => (end && 'run' in end ? [end.run] : []));
  if (runs.length === 0) throw new UnderstudyError('SHARD_MISSING', 'no shard brought a run');
  const seconds = runs.reduce((sum, run) => sum + (run.agents * run.ticks) / run.agentStepsPerSecond, 0);
  const { scenario: id, parameters, policy, agents, engine, ticks, twin } = runs[0]!;
  const average = (of: (run: RunSummary) => number) => mean(runs.map(of));
  const averages = (of: (run: RunSummary) => Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.keys(of(runs[0]!)).map((name) => [name, average((run) => of(run)[name]!)]));
  return {
    ...{ scenario: id, parameters, policy, agents, engine, ticks },
    ...{ replications: runs.length, seeds: runs.map((run) => run.seed) },
    actions: averages((run) => run.actions),
    measures: averages((run) => run.measures),
    meanProbabilities: averages((run) => run.meanProbabilities),
    reward: average((run) => run.reward),
    failed: average((run) => run.failed),
    agentStepsPerSecond: Math.round((agents * ticks * runs.length) / seconds),
    ...(twin !== undefined && {
      twin,
      ...(runs[0]!.disagreement !== undefined && { disagreement: average((run) => run.disagreement!) }),
      gap: averages((run) => run.gap!),
    }),
    outcomes: estimatesOf(runs),
    runs,
  };
}

/** The policies of runs, open, and what else decides them beside the seed. */
type SharedRun = Pick<RunOptions, 'agents' | 'ticks' | 'days' | 'cohorts' | 'people' | 'network' | 'rollback'> & {
  readonly policy: AskedOnce;
  readonly swaps: readonly { readonly tick: number; readonly policy: AskedOnce; readonly only?: object }[];
  readonly twin?: AskedOnce;
  readonly shadow?: { readonly share: number; readonly bound: number; readonly teacher: AskedOnce };
  readonly onFailure: 'stop' | 'skip' | { readonly fallback: AskedOnce };
};

/** The keys of runs by their seeds: what everything that decides a run hashes to. */
function keysOf(scenario: Scenario, shared: SharedRun): (seed: number) => string {
  let same: object | undefined;
  return (seed) => {
    same ??= {
      ...{ verb: 'simulate', understudy: ownPackage().version, sha256: hashOfScenario(scenario) },
      ...decidedBy(scenario, shared),
    };
    return hashOf({ ...same, seed });
  };
}

/** What decides a run beside its world and its seed, as data: policies by their ids. */
function decidedBy(scenario: Scenario, shared: SharedRun): object {
  const { policy, swaps, twin, shadow, onFailure, network } = shared;
  return JSON.parse(
    JSON.stringify({
      agents: shared.agents,
      ticks: shared.ticks ?? (shared.days ?? scenario.horizon / scenario.ticksPerDay) * scenario.ticksPerDay,
      cohorts: shared.cohorts ?? null,
      people: shared.people ?? 'drawn',
      network: networkOf(scenario, network)?.id ?? null,
      rollback: shared.rollback ?? null,
      policy: policy.id,
      swaps: swaps.map(({ policy: next, ...swap }) => ({ ...swap, policy: next.id })),
      twin: twin?.id ?? null,
      shadow: shadow ? { ...shadow, teacher: shadow.teacher.id } : null,
      onFailure: typeof onFailure === 'object' ? onFailure.fallback.id : onFailure,
    }),
  );
}

/** Of some runs with the same outcomes. */
export function estimatesOf(runs: readonly RunSummary[]): Record<string, MeanEstimate> {
  const all = runs.map(outcomesOf);
  return Object.fromEntries(
    Object.keys(all[0] ?? {}).map((name) => [name, meanWithInterval(all.map((outcomes) => outcomes[name]!))]),
  );
}

import { UnderstudyError } from '../env/error.ts';
import { stateSpace } from '../env/state-space.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import type { Policy } from '../policies/policy.ts';
import type { Checkpoint } from '../workspace/checkpoint.ts';
import { Canaries, type CanarySummary, type PlannedCanary } from './canaries.ts';
import { CohortTwin } from './cohort-twin.ts';
import { chooseEngine } from './engine/cohort-choice.ts';
import type { SwapEntry } from './engine/decider.ts';
import { isSameSelection, requireSelection, type Selection } from './engine/selection.ts';
import { requireCohorts } from './engine/size.ts';
import { NamedPolicies } from './named-policies.ts';
import { type NetworkChoice, type NetworkFacts, openNetwork } from './network.ts';
import { Shadow, type ShadowOptions, type ShadowSummary } from './shadow.ts';
import { Simulation, type SimulationOptions } from './simulation.ts';
import { readSnapshot } from './snapshot.ts';
import { requireSwaps, shareOf } from './swaps.ts';
import type { TickRecord } from './tick-record.ts';
import { Totals } from './totals.ts';
import { type TwinDistance, type TwinSplit, TwinWatch } from './twin.ts';
import type { Watch } from './watch.ts';

export interface RunOptions extends Omit<SimulationOptions, 'policy' | 'onFailure' | 'cohorts' | 'network'> {
  /**
   * Counts of alike agents (true) or single agents (false). Default: that of the run that is resumed; otherwise counts
   * where they cost less, unless there is a twin or an `onTick`, which may look at single agents. The two engines give
   * the same law and, on the same seed, different runs.
   */
  readonly cohorts?: boolean;
  /** A policy, or the name of one, as openPolicy takes it: that is opened for the run, and closed when it ends. */
  readonly policy: Policy | string;
  /** Default `stop`. */
  readonly onFailure?: 'stop' | 'skip' | { readonly fallback: Policy | string };
  /** Who are neighbours: as for a Simulation, or a CSV file of edges. */
  readonly network?: NetworkChoice;
  /** Where named policies are looked up, and where a teacher's answers are kept. Default: the current directory. */
  readonly workspace?: string;
  /** Days of scenario.ticksPerDay ticks; default: the scenario's horizon. */
  readonly days?: number;
  /** Number of ticks, in place of days. */
  readonly ticks?: number;
  /** Policies that take over at a tick: for everybody, or for a part of the agents (a canary). */
  readonly swaps?: readonly { readonly tick: number; readonly policy: Policy | string; readonly only?: Selection }[];
  /** Canaries go back once the mean total variation between their decisions and the others' is above this. */
  readonly rollback?: number;
  /**
   * The same run, without its swaps, under another policy on the same random numbers; of cohorts, in the same world: these are
   * compared as counts.
   */
  readonly twin?: Policy | string;
  /** Somebody who is asked about decisions that are drawn in each tick. */
  readonly shadow?: ShadowOptions & { readonly teacher: Policy | string };
  readonly signal?: AbortSignal;
  /** A run of the same scenario, agents and seed to go on from; swaps before its tick are taken as made. */
  readonly resume?: RunState;
  /** Keeps the run every so many ticks, at its end, and where it is stopped between two ticks. */
  readonly checkpoint?: { readonly every?: number; readonly save: (state: RunState) => void | Promise<void> };
  readonly onTick?: (record: TickRecord, simulation: Simulation) => void | Promise<void>;
  /** `name` is what a policy was opened as, or the id of one that was given. */
  readonly onAsking?: (policy: Policy, done: number, of: number, name: string) => void;
  /** One line for the log. */
  readonly log?: (line: string) => void;
}

/** A run between two ticks, with all that it takes to go on. */
export type RunState = Pick<
  Checkpoint,
  'tick' | 'began' | 'fallback' | 'totals' | 'twinTotals' | 'canaries' | 'shadow' | 'compared' | 'snapshot' | 'twin'
>;

export interface RunSummary {
  readonly scenario: string;
  /** Values of the scenario's parameters. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly policy: string;
  readonly seed: number;
  readonly agents: number;
  /** Who lived in it: agents one by one, or counts of alike ones. */
  readonly engine: 'agents' | 'cohorts';
  readonly ticks: number;
  /** How often each action was taken, over agents and ticks. */
  readonly actions: Readonly<Record<string, number>>;
  /** Total of each measure over agents and ticks. */
  readonly measures: Readonly<Record<string, number>>;
  /** Mean of the probability of each action over the agent-ticks that got one; NaN if none did. */
  readonly meanProbabilities: Readonly<Record<string, number>>;
  /** Total over agents and ticks, not discounted. */
  readonly reward: number;
  /** Agent-ticks for which the policy gave no probability. */
  readonly failed: number;
  readonly agentStepsPerSecond: number;
  /** The network in which agents are neighbours, if they are. */
  readonly network?: NetworkFacts;
  readonly stateHash: string;
  /** Who took over from whom, for whom and why; the canaries' ends too. */
  readonly swaps: readonly SwapEntry[];
  /** What became of the canaries, if there were any. */
  readonly canaries?: readonly CanarySummary[];
  /** What the shadow audit found, if there was one. */
  readonly shadow?: ShadowSummary;
  /** The policy that stepped in for answers that were missing, if there was to be one. */
  readonly fallback?: string;
  /** The policy of the twin, if there is one. */
  readonly twin?: string;
  /** With a twin of single agents: the share of agent-ticks in which the two took different actions. */
  readonly disagreement?: number;
  /** With a twin: what the disagreement is made of, with intervals. */
  readonly split?: TwinDistance & Partial<TwinSplit>;
  /**
   * With a twin: this run's total of each measure, or of each action in a scenario without measures, minus the twin's; and
   * of the reward, unless a measure has that name.
   */
  readonly gap?: Readonly<Record<string, number>>;
}

/** Random numbers are addressed by the tick in 32 bits: beyond, a run would repeat its own luck. */
const TICK_LIMIT = 2 ** 32 - 1;

/**
 * Runs a population for some days.
 * @throws {UnderstudyError} for a length or a swap that does not fit, and what openPolicy and Simulation.step throw
 * @example await run({ scenario, policy: 'constant:0.3', agents: 1000, days: 1, seed: 7 })
 */
export async function run(options: RunOptions): Promise<RunSummary> {
  const { workspace = '.', signal, log, onTick, onAsking, swaps = [], resume, checkpoint } = options;
  const scenario = requireDynamics(options.scenario, 'a run');
  const ticks = options.ticks ?? (options.days === undefined ? scenario.horizon : options.days * scenario.ticksPerDay);
  if (!Number.isInteger(ticks) || ticks < 1)
    throw new UnderstudyError('SIMULATION_ARGUMENT', `a run has at least 1 whole tick, got ${ticks}`);
  if (ticks > TICK_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `a run has at most ${TICK_LIMIT} ticks, got ${ticks}; simulate fewer days`,
    );
  requireCohorts(options.agents);
  if (options.agents * ticks > Number.MAX_SAFE_INTEGER)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `${options.agents} agents over ${ticks} ticks: totals are counted up to ${Number.MAX_SAFE_INTEGER} and would be rounded beyond; simulate fewer agents or ticks`,
    );
  requireSwaps(swaps, ticks);

  const { cohorts } =
    resume && options.cohorts === undefined
      ? { cohorts: readSnapshot(resume.snapshot).engine === 'cohorts' }
      : chooseEngine(stateSpace(scenario), options.agents, {
          cohorts: options.cohorts,
          individuals: options.twin || onTick ? 'somebody looks at them' : shareOf(swaps),
        });
  const from = resume?.tick ?? 0;
  if (from > ticks)
    throw new UnderstudyError('SIMULATION_ARGUMENT', `the run is at tick ${from}; it cannot end at tick ${ticks}`);
  if (resume && (resume.twin === undefined) !== (options.twin === undefined))
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `the run was kept ${resume.twin ? 'with' : 'without'} a twin; resume it ${resume.twin ? 'with' : 'without'} one`,
    );

  // The run and its twin share what a policy has answered, whatever part it plays in either.
  const memos = new Map<Policy, AskedOnce>();
  const once = (policy: Policy): AskedOnce => {
    let memo = memos.get(policy);
    if (!memo) memos.set(policy, (memo = AskedOnce.of(scenario, policy)));
    return memo;
  };
  await using named = new NamedPolicies({ scenario, workspace, labels: true, log, signal });
  // Only who still decides is opened: the last who took over for everybody up to now, what lives of the canaries since, and
  // those who are to come.
  const parts = [{ tick: 0, policy: options.policy }, ...swaps.filter(({ only }) => !only)].sort(
    (a, b) => a.tick - b.tick,
  );
  const current = resume ? parts.findLastIndex(({ tick }) => tick <= from) : 0;
  const deciding: { tick: number; memo: AskedOnce }[] = [];
  for (const { tick, policy } of parts.slice(current)) deciding.push({ tick, memo: once(await named.of(policy)) });
  const [first, ...takingOver] = deciding as [(typeof deciding)[0], ...typeof deciding];
  const planned: PlannedCanary[] = [];
  for (const { tick, policy, only } of swaps) {
    if (!only) continue;
    requireSelection(scenario, only);
    const known = resume?.canaries?.find((one) => one.tick === tick && isSameSelection(one.only, only));
    const over = known?.ended !== undefined || tick < first.tick;
    const memo = over ? undefined : once(await named.of(policy));
    if (memo && known) requireSamePolicy(known.policy, memo.id, from);
    planned.push({ tick, only, ...(memo && { memo }), ...(known && { known }) });
  }
  const twinPolicy = options.twin === undefined ? undefined : await named.of(options.twin);
  const auditor = options.shadow && once(await named.of(options.shadow.teacher));
  const { onFailure = 'stop' } = options;
  const fallback = typeof onFailure === 'object' ? once(await named.of(onFailure.fallback)) : undefined;
  const shared = {
    ...{ ...options, cohorts, policy: first.memo },
    network: typeof options.network === 'string' ? await openNetwork(options.network, log) : options.network,
    onFailure: typeof onFailure === 'object' ? { fallback: fallback! } : onFailure,
  };
  const simulation = new Simulation(shared);
  const twin = twinPolicy && new Simulation({ ...shared, policy: once(twinPolicy) });
  const canaries = new Canaries(simulation, planned, { bound: options.rollback, from, since: first.tick });
  if (resume) {
    simulation.restore(resume.snapshot);
    twin?.restore(resume.twin!);
    const kept = readSnapshot(resume.snapshot).policy;
    if (current === 0 || first.tick < from) requireSamePolicy(kept, first.memo.id, from);
    if (twin) requireSamePolicy(readSnapshot(resume.twin!).policy, twin.policy.id, from);
    if (fallback && resume.fallback !== undefined) requireSamePolicy(resume.fallback, fallback.id, from);
  }
  const began = resume?.began ?? first.memo.id;
  const { actions } = scenario;
  const measures = Object.keys(scenario.measures);
  const totals = new Totals(actions, measures, resume?.totals);
  const twinTotals = new Totals(actions, measures, resume?.twinTotals);
  const compared = twin && comparisonOf(simulation, twin, cohorts, resume?.compared);
  const shadow = auditor && new Shadow(simulation, auditor, options.shadow!, resume?.shadow);
  const watches: Watch[] = [canaries, ...(shadow ? [shadow] : []), ...(compared ? [compared] : [])];
  const asking = (policy: Policy) => {
    const asked = policy instanceof AskedOnce ? policy.policy : policy;
    return onAsking && ((done: number, of: number) => onAsking(asked, done, of, named.nameOf(asked)));
  };
  const save = async (tick: number) =>
    checkpoint?.save({
      ...{ tick, began, totals: totals.soFar, snapshot: simulation.snapshot() },
      ...(planned.length > 0 && { canaries: canaries.soFar }),
      ...(shadow && { shadow: shadow.soFar }),
      ...(compared && { compared: compared.soFar }),
      ...(fallback && { fallback: fallback.id }),
      ...(twin && { twinTotals: twinTotals.soFar, twin: twin.snapshot() }),
    });
  const start = performance.now();

  let tick = from;
  try {
    for (; tick < ticks; tick++) {
      signal?.throwIfAborted();
      for (const swap of takingOver)
        if (swap.tick === tick) {
          simulation.swap(swap.memo);
          canaries.end(tick);
        }
      canaries.begin(tick);
      for (const watch of watches) await watch.before({ signal });
      const both = twin ? [simulation, twin] : [simulation];
      const [record, twinRecord] = await Simulation.stepTogether(
        both.map((run) => [run, { signal, onAsking: asking(run.policy) }]),
      );
      totals.add(record!);
      if (twinRecord) twinTotals.add(twinRecord);
      const told: TickRecord = Object.assign({}, record, ...watches.map((watch) => watch.after(record!)));
      await onTick?.(told, simulation);
      if ((tick + 1) % (checkpoint?.every ?? Infinity) === 0 && tick + 1 < ticks) await save(tick + 1);
    }
  } catch (error) {
    // A step that fails leaves the run where it was, unless a thread broke; whatever else fails leaves a tick that is half
    // recorded.
    if (simulation.tick === tick && (twin?.tick ?? tick) === tick)
      await save(tick).catch((failed: Error) => log?.(`the run could not be kept at tick ${tick}: ${failed.message}`));
    throw error;
  }
  await save(ticks);

  const seconds = (performance.now() - start) / 1000;
  return {
    scenario: scenario.id,
    parameters: Object.fromEntries(Object.entries(scenario.parameters).map(([name, { value }]) => [name, value])),
    policy: began,
    seed: simulation.seed,
    agents: simulation.agents,
    engine: cohorts ? 'cohorts' : 'agents',
    ticks,
    actions: totals.actions,
    measures: totals.measures,
    meanProbabilities: totals.meanProbabilities,
    reward: totals.reward,
    failed: totals.failed,
    agentStepsPerSecond: Math.round((simulation.agents * (ticks - from)) / seconds),
    ...(simulation.network && { network: simulation.network }),
    stateHash: simulation.stateHash(),
    swaps: simulation.swaps,
    ...(planned.length > 0 && { canaries: canaries.summary }),
    ...(shadow && { shadow: shadow.summary }),
    ...(fallback && { fallback: fallback.id }),
    ...(twin && {
      twin: twin.policy.id,
      ...(compared instanceof TwinWatch && { disagreement: compared.differing / (simulation.agents * ticks) }),
      split: compared!.split,
      gap: {
        reward: totals.reward - twinTotals.reward,
        ...(measures.length > 0
          ? gapOf(totals.measures, twinTotals.measures)
          : gapOf(totals.actions, twinTotals.actions)),
      },
    }),
  };
}

function comparisonOf(run: Simulation, twin: Simulation, cohorts: boolean, before: RunState['compared']) {
  if (cohorts) return new CohortTwin(run, twin, before && 'ticks' in before ? before : undefined);
  return new TwinWatch(run, twin, before && 'agents' in before ? before : undefined);
}

function requireSamePolicy(kept: string, opened: string, tick: number): void {
  if (kept !== opened)
    throw new UnderstudyError(
      'SIMULATION_SNAPSHOT',
      `the run was kept at tick ${tick} under ${kept}, and its policy is ${opened} now; name the policy that takes over there to fork it`,
    );
}

const gapOf = (totals: Readonly<Record<string, number>>, twin: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, total - twin[name]!]));

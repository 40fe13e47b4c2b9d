import { UnderstudyError } from '../env/error.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import type { Policy } from '../policies/policy.ts';
import type { SwapEntry } from './engine/decider.ts';
import { NamedPolicies } from './named-policies.ts';
import { Simulation, type SimulationOptions, type TickRecord } from './simulation.ts';

export interface RunOptions extends Omit<SimulationOptions, 'policy' | 'onFailure'> {
  /** A policy, or the name of one, as openPolicy takes it: that is opened for the run, and closed when it ends. */
  readonly policy: Policy | string;
  /** Default `stop`. */
  readonly onFailure?: 'stop' | 'skip' | { readonly fallback: Policy | string };
  /** Where named policies are looked up, and where a teacher's answers are kept. Default: the current directory. */
  readonly workspace?: string;
  /** Days of scenario.ticksPerDay ticks; default: the scenario's horizon. */
  readonly days?: number;
  /** Number of ticks, in place of days. */
  readonly ticks?: number;
  /** Policies that take over at a tick. */
  readonly swaps?: readonly { readonly tick: number; readonly policy: Policy | string }[];
  /** The same run, without its swaps, under another policy on the same random numbers; not for cohorts. */
  readonly twin?: Policy | string;
  readonly signal?: AbortSignal;
  readonly onTick?: (record: TickRecord, simulation: Simulation) => void | Promise<void>;
  /** `name` is what a policy was opened as, or the id of one that was given. */
  readonly onAsking?: (policy: Policy, done: number, of: number, name: string) => void;
  /** One line for the log. */
  readonly log?: (line: string) => void;
}

export interface RunSummary {
  readonly scenario: string;
  /** Values of the scenario's parameters. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly policy: string;
  readonly seed: number;
  readonly agents: number;
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
  readonly stateHash: string;
  readonly swaps: readonly SwapEntry[];
  /** The policy of the twin, if there is one. */
  readonly twin?: string;
  /** With a twin: the share of agent-ticks in which the two took different actions. */
  readonly disagreement?: number;
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
  const { workspace = '.', signal, log, onTick, onAsking, swaps = [] } = options;
  const scenario = requireDynamics(options.scenario, 'a run');
  const ticks = options.ticks ?? (options.days === undefined ? scenario.horizon : options.days * scenario.ticksPerDay);
  if (!Number.isInteger(ticks) || ticks < 1)
    throw new UnderstudyError('SIMULATION_ARGUMENT', `a run has at least 1 whole tick, got ${ticks}`);
  if (ticks > TICK_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `a run has at most ${TICK_LIMIT} ticks, got ${ticks}; simulate fewer days`,
    );
  for (const { tick } of swaps)
    if (!Number.isInteger(tick) || tick < 0 || tick >= ticks)
      throw new UnderstudyError(
        'SIMULATION_ARGUMENT',
        `cannot swap at tick ${tick}: the run has ticks 0 to ${ticks - 1}`,
      );

  if (options.cohorts && options.twin)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      'cohorts have no single agents to compare with a twin; leave out one of the two',
    );

  // The run and its twin share what a policy has answered, whatever part it plays in either.
  const memos = new Map<Policy, AskedOnce>();
  const once = (policy: Policy): AskedOnce => {
    let memo = memos.get(policy);
    if (!memo) memos.set(policy, (memo = AskedOnce.of(scenario, policy)));
    return memo;
  };
  await using named = new NamedPolicies({ scenario, workspace, labels: true, log, signal });
  const policy = await named.of(options.policy);
  const takingOver: { tick: number; memo: AskedOnce }[] = [];
  for (const swap of swaps) takingOver.push({ tick: swap.tick, memo: once(await named.of(swap.policy)) });
  const twinPolicy = options.twin === undefined ? undefined : await named.of(options.twin);
  const { onFailure = 'stop' } = options;
  const shared = {
    ...options,
    policy: once(policy),
    onFailure: typeof onFailure === 'object' ? { fallback: once(await named.of(onFailure.fallback)) } : onFailure,
  };
  const simulation = new Simulation(shared);
  const twin = twinPolicy && new Simulation({ ...shared, policy: once(twinPolicy) });
  const { actions } = scenario;
  const measures = Object.keys(scenario.measures);
  const [totals, twinTotals] = [new Totals(actions, measures), new Totals(actions, measures)];
  const probabilities = new Float64Array(actions.length);
  const sums = { reward: 0, twinReward: 0, failed: 0, decided: 0, differing: 0 };
  const asking = (policy: Policy) => {
    const asked = policy instanceof AskedOnce ? policy.policy : policy;
    return onAsking && ((done: number, of: number) => onAsking(asked, done, of, named.nameOf(asked)));
  };
  const began = performance.now();

  for (let tick = 0; tick < ticks; tick++) {
    signal?.throwIfAborted();
    for (const swap of takingOver) if (swap.tick === tick) simulation.swap(swap.memo);
    const record = await simulation.step({ signal, onAsking: asking(simulation.policy) });
    totals.add(record);
    if (record.decided > 0) record.meanProbability.forEach((p, a) => (probabilities[a]! += p * record.decided));
    sums.reward += record.reward;
    sums.failed += record.failed;
    sums.decided += record.decided;
    if (twin) {
      const other = await twin.step({ signal, onAsking: asking(twin.policy) });
      twinTotals.add(other);
      sums.twinReward += other.reward;
      sums.differing += simulation.differing(twin);
    }
    await onTick?.(record, simulation);
  }

  const seconds = (performance.now() - began) / 1000;
  return {
    scenario: scenario.id,
    parameters: Object.fromEntries(Object.entries(scenario.parameters).map(([name, { value }]) => [name, value])),
    policy: policy.id,
    seed: simulation.seed,
    agents: simulation.agents,
    ticks,
    actions: totals.actions,
    measures: totals.measures,
    meanProbabilities: Object.fromEntries(actions.map((action, a) => [action, probabilities[a]! / sums.decided])),
    reward: sums.reward,
    failed: sums.failed,
    agentStepsPerSecond: Math.round((simulation.agents * ticks) / seconds),
    stateHash: simulation.stateHash(),
    swaps: simulation.swaps,
    ...(twinPolicy && {
      twin: twinPolicy.id,
      disagreement: sums.differing / (simulation.agents * ticks),
      gap: {
        reward: sums.reward - sums.twinReward,
        ...(measures.length > 0
          ? gapOf(totals.measures, twinTotals.measures)
          : gapOf(totals.actions, twinTotals.actions)),
      },
    }),
  };
}

/** What a run adds up to, by name. */
class Totals {
  readonly actions: Record<string, number>;
  readonly measures: Record<string, number>;
  readonly #names: readonly string[];

  constructor(actions: readonly string[], measures: readonly string[]) {
    this.#names = actions;
    this.actions = Object.fromEntries(actions.map((action) => [action, 0]));
    this.measures = Object.fromEntries(measures.map((measure) => [measure, 0]));
  }

  add({ counts, measures }: TickRecord): void {
    this.#names.forEach((action, a) => (this.actions[action]! += counts[a]!));
    for (const [name, value] of Object.entries(measures)) this.measures[name]! += value;
  }
}

const gapOf = (totals: Readonly<Record<string, number>>, twin: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, total - twin[name]!]));

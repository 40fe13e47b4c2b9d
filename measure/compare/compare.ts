import { UnderstudyError } from '../../env/error.ts';
import type { Peopling } from '../../env/people.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { stateSpace } from '../../env/state-space.ts';
import { requireDynamics } from '../../env/vocabulary.ts';
import type { WorkOptions } from '../../env/work.ts';
import { AskedOnce } from '../../policies/asked-once.ts';
import { defaultPolicy, openPolicy } from '../../policies/open.ts';
import type { Policy } from '../../policies/policy.ts';
import { Plans } from '../../sim/engine/plans.ts';
import { seedsFrom } from '../../sim/replications.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { Interval } from '../../stats/bootstrap.ts';
import { mean } from '../../stats/moments.ts';
import { meanDifference } from '../../stats/t-intervals.ts';
import { type ComparedStatistic, type Distance, sameDistribution } from '../../stats/two-samples.ts';
import { workspace as paths } from '../../workspace/paths.ts';
import { writePopulationComparison } from '../../workspace/population-comparison.ts';
import { type PopulationStatistic, populationStatistics } from './population-statistics.ts';

/** One of the two that are compared. */
export interface Side {
  readonly scenario: Vocabulary;
  /** A policy, or the name of one. Default: that of defaultPolicy. */
  readonly policy?: Policy | string;
}

export interface CompareOptions extends WorkOptions {
  readonly a: Side;
  readonly b: Side;
  /** Where policies and labels are looked up. Default: the current directory. */
  readonly workspace?: string;
  /** Default 1,000. */
  readonly agents?: number;
  /** Runs of each side, all on seeds of their own; default 20, at least 4. */
  readonly replications?: number;
  /** The first seed; default 0. */
  readonly seed?: number;
  /** Default: the scenario's horizon. */
  readonly ticks?: number;
  readonly people?: Peopling;
  /** What difference counts as none: of a share; of an amount, as a share of its mean in a. Default .02. */
  readonly margin?: number;
  /** Exchanges of labels; default 1,999. */
  readonly resamples?: number;
  /** The command that makes the comparison again: with it, results/metrics/compare.json is written, which the report shows. */
  readonly command?: string;
}

/** One statistic of the two populations. */
export interface StatisticComparison extends ComparedStatistic {
  readonly name: string;
  readonly kind: PopulationStatistic['kind'];
  readonly meanA: number;
  readonly meanB: number;
  readonly difference: number;
  /** Of the difference: 90 %, by Welch, so that lying within the margin is a test at .05 (Schuirmann 1987). */
  readonly interval: Interval;
  readonly margin: number;
  readonly equivalent: boolean;
}

export interface Comparison {
  readonly a: {
    readonly scenario: string;
    readonly parameters: Readonly<Record<string, number>>;
    readonly policy: string;
  };
  readonly b: Comparison['a'];
  readonly agents: number;
  readonly ticks: number;
  readonly replications: number;
  /** By distance: the probability that luck alone makes some statistic lie as far apart, if a and b are the same. */
  readonly p: Readonly<Record<Distance, number>>;
  /** Whether the p of the energy distance is at most .05. */
  readonly differs: boolean;
  /** Whether every statistic is equivalent within its margin, at .05. */
  readonly equivalent: boolean;
  readonly margin: number;
  /** The statistics that lie farthest apart first. */
  readonly statistics: readonly StatisticComparison[];
  /** Statistics that only one side has, or that some run has nobody for. */
  readonly leftOut: readonly string[];
}

/** With fewer, no exchange of labels is rare enough. */
const LEAST = 4;

/**
 * Compares two policies, scenarios or settings by what their populations come to, run by run: whether any statistic is
 * distributed otherwise, with the probability of a false alarm held over all of them (`sameDistribution`), and whether every
 * mean is the same within a margin. All runs have seeds of their own, so that runs are independent.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for sides that have nothing in common and numbers that do not fit; as openPolicy
 *   and Simulation.step do
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { agents = 1000, replications = 20, seed = 0, margin = 0.02, resamples = 1999, signal, progress } = options;
  const wrong = (message: string) => new UnderstudyError('SIMULATION_ARGUMENT', message);
  if (!(replications >= LEAST)) throw wrong(`a comparison needs ${LEAST} replications or more, got ${replications}`);
  if (!(margin > 0 && Number.isFinite(margin))) throw wrong(`a margin is a number above 0, got ${margin}`);
  const seeds = seedsFrom(seed, 2 * replications);
  const ticks = options.ticks ?? requireDynamics(options.a.scenario, 'a comparison').horizon;
  const tell = (done: number) => progress?.({ stage: 'simulating', done, of: 2 * replications });
  const sides: { readonly about: Comparison['a']; readonly runs: PopulationStatistic[][] }[] = [];
  for (const [s, side] of [options.a, options.b].entries()) {
    const own = seeds.slice(s * replications, (s + 1) * replications);
    sides.push(await played(side, { ...options, agents, ticks, seeds: own, onRun: (n) => tell(s * replications + n) }));
    signal?.throwIfAborted();
  }
  const [a, b] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const { kept, leftOut } = inCommon(a.runs, b.runs);
  if (kept.length === 0)
    throw wrong(
      `${a.about.scenario} and ${b.about.scenario} have no statistic in common; compare worlds with the same words`,
    );
  const valuesOf = (runs: readonly PopulationStatistic[][]) =>
    runs.map((run) => {
      const byName = new Map(run.map(({ name, value }) => [name, value]));
      return kept.map(({ name }) => byName.get(name)!);
    });
  const [first, second] = [valuesOf(a.runs), valuesOf(b.runs)];
  const { p, statistics } = sameDistribution(first, second, { seed, resamples });
  const compared = kept.map(({ name, kind }, j): StatisticComparison => {
    const [x, y] = [first, second].map((rows) => rows.map((row) => row[j]!)) as [number[], number[]];
    const { difference, interval } = meanDifference(x, y, 0.9);
    const allowed = kind === 'share' ? margin : margin * Math.abs(mean(x));
    const equivalent = interval.lower > -allowed && interval.upper < allowed;
    const about = { name, kind, meanA: mean(x), meanB: mean(y) };
    return { ...about, difference, interval, margin: allowed, equivalent, ...statistics[j]! };
  });
  const result: Comparison = {
    ...{ a: a.about, b: b.about, agents, ticks, replications, p, differs: p.energy <= 0.05, margin },
    equivalent: compared.every((statistic) => statistic.equivalent),
    statistics: compared.sort((one, other) => other.energy - one.energy),
    leftOut,
  };
  if (options.command !== undefined) {
    const { workspace = '.', command } = options;
    await writePopulationComparison(paths(workspace), { ...result, seed, command, leftOut: [...leftOut] });
  }
  return result;
}

/** The statistics of one side, run by run. */
async function played(
  { scenario: vocabulary, policy }: Side,
  {
    workspace = '.',
    agents,
    ticks,
    people,
    seeds,
    signal,
    log,
    onRun,
  }: CompareOptions & {
    readonly agents: number;
    readonly ticks: number;
    readonly seeds: readonly number[];
    readonly onRun: (done: number) => void;
  },
) {
  const scenario = requireDynamics(vocabulary, 'a comparison');
  const name = policy ?? (await defaultPolicy(scenario, workspace));
  const more = { ...(signal && { signal }), ...(log && { log }) };
  const opened =
    typeof name === 'string' ? await openPolicy(name, { scenario, workspace, labels: true, ...more }) : name;
  try {
    const memo = AskedOnce.of(scenario, opened);
    if (memo.caveat && typeof name === 'string') log?.(`${name}: ${memo.caveat}`);
    const plans = new Plans(stateSpace(scenario));
    const runs: PopulationStatistic[][] = [];
    for (const seed of seeds) {
      const simulation = new Simulation({ scenario, policy: memo, agents, seed, plans, ...(people && { people }) });
      runs.push(await populationStatistics(simulation, ticks, signal));
      onRun(runs.length);
    }
    const parameters = Object.fromEntries(Object.entries(scenario.parameters).map(([key, { value }]) => [key, value]));
    return { about: { scenario: scenario.id, parameters, policy: memo.id }, runs };
  } finally {
    if (typeof name === 'string') await opened[Symbol.asyncDispose]();
  }
}

/** The statistics that all runs of both sides have a number for, and the names of the others. */
function inCommon(a: readonly PopulationStatistic[][], b: readonly PopulationStatistic[][]) {
  const runs = [...a, ...b];
  const counts = new Map<string, number>();
  for (const run of runs)
    for (const { name, value } of run) counts.set(name, (counts.get(name) ?? 0) + (Number.isFinite(value) ? 1 : 0));
  const kept = a[0]!.filter(({ name }) => counts.get(name) === runs.length);
  const names = new Set(kept.map(({ name }) => name));
  return { kept, leftOut: [...counts.keys()].filter((name) => !names.has(name)) };
}

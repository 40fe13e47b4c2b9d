import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import type { Peopling } from '../env/people.ts';
import type { Scenario, Vocabulary } from '../env/scenario.ts';
import { stateSpace } from '../env/state-space.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import type { WorkOptions } from '../env/work.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import { defaultPolicy } from '../policies/open.ts';
import { isTeacher } from '../policies/policy.ts';
import { type Checkpoint, type RunPlan, readCheckpoint, writeCheckpoint } from '../workspace/checkpoint.ts';
import { releaseLock, takeLock } from '../workspace/file-lock.ts';
import { ownPackage } from '../workspace/package.ts';
import { clearParts } from '../workspace/write-file.ts';
import { chooseEngine } from './engine/cohort-choice.ts';
import { plainSelection, type Selection } from './engine/selection.ts';
import { type Expected, expectedTotals } from './expected.ts';
import { NamedPolicies } from './named-policies.ts';
import { Recorder } from './record.ts';
import { formatOf, type RecordFormat } from './record-tables.ts';
import { watchedIn } from './record-ticks.ts';
import { type RunState, type RunSummary, run } from './run.ts';
import type { ShadowOptions } from './shadow.ts';
import { hashOfScenario, readSnapshot } from './snapshot.ts';
import { shareOf } from './swaps.ts';

/** Seconds of work that a run without a word about it loses at most, about. */
const CHECKPOINT_TICKS = 100;

export interface SimulateOptions extends WorkOptions {
  readonly scenario: Vocabulary;
  /** Directory in which policies and labels are looked up; a teacher's answers are kept there. */
  readonly workspace: string;
  /**
   * Name of a policy, as openPolicy takes it. Default: that of defaultPolicy. With `resume`: who takes over there, in place
   * of whoever was to decide from there on.
   */
  readonly policy?: string;
  /** Default: 10,000; of a run that is resumed: its own, as are seed, cohorts, people, network, twin and onFailure. */
  readonly agents?: number;
  /** Default: the scenario's horizon. */
  readonly ticks?: number;
  readonly seed?: number;
  /**
   * Counts of alike agents (true) or single agents (false). Default: counts where they cost less, unless a twin or a
   * recording asks for single agents.
   */
  readonly cohorts?: boolean;
  /** Whether trait sets are drawn (the default) or as many as their shares say. */
  readonly people?: Peopling;
  /** Who are neighbours: the name of a generator, or a CSV file of edges. Default: the scenario's. */
  readonly network?: string;
  /** Policies that take over at a tick. */
  readonly swaps?: readonly { readonly tick: number; readonly policy: string; readonly only?: Selection }[];
  /** Canaries go back once the mean total variation between their decisions and the others' is above this. */
  readonly rollback?: number;
  /** Somebody who is asked about decisions that are drawn in each tick. */
  readonly shadow?: ShadowOptions & { readonly teacher: string };
  /** The same run under another policy on the same random numbers. */
  readonly twin?: string;
  /** What agents do without an answer: `stop` (the default), `skip`, or the name of a policy that is asked instead. */
  readonly onFailure?: string;
  /** Folder that the run is recorded to. Default for a run that is resumed without a change: where it was recorded. */
  readonly record?: string;
  /** Default `csv`; of a run that is resumed: its own. */
  readonly recordFormat?: RecordFormat;
  /** Ticks between two rows of each agent in the recording's panel; default: no panel. */
  readonly panel?: number;
  /** File that the run is kept in, to be resumed. Default for a run that is resumed without a change: its own. */
  readonly checkpoint?: string;
  /** Ticks between two checkpoints; default 100. */
  readonly checkpointEvery?: number;
  /** Checkpoint to go on from. */
  readonly resume?: string;
  /** Whether to say too what theory expects of the run: of one policy from the first tick to the last. */
  readonly expected?: boolean;
}

export interface SimulateSummary extends RunSummary {
  readonly expected?: Expected;
  /** Why its engine played it. */
  readonly engineReason: string;
}

/**
 * Runs a population under policies that are opened by their names, each once, and closed at the end.
 * @throws {UnderstudyError} as openPolicy, Recorder.open and run do; SIMULATION_ARGUMENT for a swap beyond the run, or a
 *   checkpoint that another process writes; SIMULATION_SNAPSHOT for one that cannot be resumed
 */
export async function simulate(options: SimulateOptions): Promise<SimulateSummary> {
  const { workspace, signal, progress, log } = options;
  const scenario = requireDynamics(options.scenario, 'a simulation');
  const kept = options.resume === undefined ? undefined : await readCheckpoint(options.resume);
  if (kept) requireScenario(kept, scenario, options.resume!);
  const forks = kept !== undefined && options.policy !== undefined;
  const { plan, engineReason } = kept
    ? { plan: resumedPlan(kept, options), engineReason: 'as the run was begun' }
    : await planOf(options);
  const { ticks, swaps, onFailure, cohorts } = plan;
  for (const { tick } of swaps)
    if (tick >= ticks)
      throw new UnderstudyError('SIMULATION_ARGUMENT', `swap at tick ${tick}: the run has ticks 0 to ${ticks - 1}`);
  const file = options.checkpoint ?? (forks ? undefined : options.resume);
  const record = options.record ?? (forks ? undefined : kept?.record?.directory);
  if (kept && record !== undefined && !kept.record)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `${options.resume} is of a run that was not recorded; what came before tick ${kept.tick} cannot be recorded now`,
    );
  const begun = kept?.record && formatOf(Object.keys(kept.record.bytes));
  const format = options.recordFormat ?? begun ?? 'csv';
  if (begun !== undefined && format !== begun)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `${options.resume} is of a run that is recorded as ${begun}, which cannot become ${format}; leave it out`,
    );
  if (file !== undefined && record !== undefined && resolve(file).startsWith(resolve(record) + sep))
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `the checkpoint ${file} would lie in ${record}, which the recording takes as a whole; name a file elsewhere`,
    );
  if (file !== undefined) await claim(file, file === options.resume);
  let recorder: Recorder | undefined;
  try {
    // What cannot be said is known before the run.
    const expected = options.expected ? await expectedOf(plan, options) : undefined;
    // A folder that cannot take the run is known before any policy is opened.
    if (record !== undefined)
      recorder = await Recorder.open(record, {
        cohorts,
        ...(kept?.record && { from: { record: kept.record, ...(kept.rows && { rows: kept.rows }) } }),
        ...(format === 'parquet' && { parquet: scenario }),
        ...(options.panel !== undefined && { panel: options.panel }),
        ...(file !== undefined && { checkpoint: file }),
        watched: watchedIn(plan),
      });
    let played = kept?.tick ?? 0;
    const tell = (note: string) => progress?.({ stage: 'simulating', done: played, of: ticks, note });
    const save = async (state: RunState) =>
      writeCheckpoint(file!, {
        understudy: ownPackage().version,
        scenario: scenario.id,
        plan,
        ...(recorder && (await recorder.mark())),
        ...state,
      });
    const summary = await run({
      ...{ scenario, workspace, ...plan, signal, log },
      onFailure: onFailure === 'stop' || onFailure === 'skip' ? onFailure : { fallback: onFailure },
      ...(kept && { resume: kept }),
      ...(file !== undefined && { checkpoint: { every: options.checkpointEvery ?? CHECKPOINT_TICKS, save } }),
      onTick: async (record, simulation) => {
        played = record.tick + 1;
        await recorder?.record(record, simulation);
        tell(`day ${record.day}`);
      },
      onAsking: (asked, done, of, name) => isTeacher(asked) && tell(`asking ${name} ${done}/${of}`),
    });
    await recorder?.close(summary, {
      ...{ understudy: ownPackage().version, sha256: hashOfScenario(scenario), plan },
      ...(recorder.panel !== undefined && { panel: recorder.panel }),
    });
    return { ...summary, engineReason, ...(expected && { expected }) };
  } finally {
    await recorder?.[Symbol.asyncDispose]();
    if (file !== undefined) releaseLock(lockOf(file));
  }
}

/** @throws {UnderstudyError} SIMULATION_ARGUMENT for a run under several policies, and as expectedTotals does */
async function expectedOf(plan: RunPlan, { scenario: vocabulary, workspace, signal }: SimulateOptions) {
  const scenario = requireDynamics(vocabulary, 'a simulation');
  if (plan.swaps.length > 0 || plan.onFailure !== 'stop')
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `what is expected is computed for one policy from the first tick to the last, and ${plan.swaps[0]?.policy ?? plan.onFailure} may decide here too; leave one of the two out`,
    );
  await using named = new NamedPolicies({ scenario, workspace, labels: true, signal });
  return await expectedTotals(scenario, AskedOnce.of(scenario, await named.of(plan.policy)), plan);
}

async function planOf(options: SimulateOptions): Promise<{ plan: RunPlan; engineReason: string }> {
  const scenario = requireDynamics(options.scenario, 'a simulation');
  const { twin, network, agents = 10_000 } = options;
  const { cohorts, reason } = chooseEngine(stateSpace(scenario), agents, {
    cohorts: options.cohorts,
    individuals: individualsFor(options),
  });
  const plan: RunPlan = {
    policy: options.policy ?? (await defaultPolicy(scenario, options.workspace)),
    agents,
    seed: options.seed ?? 0,
    ticks: options.ticks ?? scenario.horizon,
    cohorts,
    people: options.people ?? 'drawn',
    swaps: (options.swaps ?? []).map(({ only, ...swap }) => ({ ...swap, ...(only && { only: plainSelection(only) }) })),
    ...(options.rollback !== undefined && { rollback: options.rollback }),
    ...(options.shadow && { shadow: { ...options.shadow } }),
    ...(twin !== undefined && { twin }),
    ...(network !== undefined && { network }),
    onFailure: options.onFailure ?? 'stop',
  };
  return { plan, engineReason: reason };
}

/** Why a run needs single agents; undefined if it does not. */
function individualsFor({ twin, record, swaps = [] }: SimulateOptions): string | undefined {
  const share = shareOf(swaps);
  if (share !== undefined) return share;
  if (twin !== undefined) return 'a twin is compared agent by agent';
  return record === undefined ? undefined : 'the recording says what each agent does';
}

/** @throws {UnderstudyError} SIMULATION_SCENARIO for a checkpoint of another scenario, or of the same with other tables */
function requireScenario({ snapshot }: Checkpoint, scenario: Scenario, file: string): void {
  const { scenario: id, sha256 } = readSnapshot(snapshot);
  const own = hashOfScenario(scenario);
  if (id !== scenario.id || sha256 !== own)
    throw new UnderstudyError(
      'SIMULATION_SCENARIO',
      `${file} is of ${id} with tables ${sha256.slice(0, 12)}, and the scenario is ${scenario.id} with ${own.slice(0, 12)}; name the one that the run was begun with (--scenario, --set, --population)`,
    );
}

/**
 * What a resumed run is: as it was begun; if a policy is named, that takes over now and later swaps are those named.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for what cannot change in the middle of a run
 */
function resumedPlan({ plan, tick, record }: Checkpoint, options: SimulateOptions): RunPlan {
  const { shadow } = options;
  if (shadow && JSON.stringify(plan.shadow) !== JSON.stringify({ ...shadow }))
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `${options.resume} is of a run ${plan.shadow ? `that ${plan.shadow.teacher} audits (a share of ${plan.shadow.share}, bound ${plan.shadow.bound})` : 'without a shadow audit'}, which cannot change now; leave it out`,
    );
  for (const name of ['agents', 'seed', 'cohorts', 'people', 'network', 'twin', 'onFailure', 'rollback'] as const)
    if (options[name] !== undefined && options[name] !== plan[name])
      throw new UnderstudyError(
        'SIMULATION_ARGUMENT',
        `${options.resume} is of a run with ${name} ${plan[name] ?? 'none'}, which cannot become ${options[name]}; leave it out`,
      );
  const panel = record?.panel;
  if (options.panel !== undefined && record && options.panel !== panel)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `${options.resume} is of a run ${panel === undefined ? 'without a panel' : `with a panel every ${panel} ticks`}, which cannot get one every ${options.panel} ticks now; leave it out`,
    );
  const { policy, swaps = [] } = options;
  const late = swaps.find((swap) => swap.tick < tick);
  if (late)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `swap at tick ${late.tick}: ${options.resume} is at tick ${tick} already`,
    );
  const before = policy === undefined ? plan.swaps : plan.swaps.filter((swap) => swap.tick < tick);
  const fork: RunPlan['swaps'] = policy === undefined ? [] : [{ tick, policy }];
  const later = swaps.map(({ only, ...swap }) => ({ ...swap, ...(only && { only: plainSelection(only) }) }));
  return { ...plan, ticks: options.ticks ?? plan.ticks, swaps: [...before, ...fork, ...later] };
}

const lockOf = (file: string): string => `${resolve(file)}.lock`;

/**
 * @param resumed whether the run goes on from this very file
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for a file that another process writes, that keeps a run which is not over,
 *   or that cannot be a checkpoint
 */
async function claim(file: string, resumed: boolean): Promise<void> {
  const wrong = (what: string, cause?: unknown) =>
    new UnderstudyError('SIMULATION_ARGUMENT', `cannot keep the run in ${file}: ${what}`, { cause });
  if ((await stat(file).catch(() => undefined))?.isDirectory()) throw wrong('it is a folder; name a file');
  const found = resumed || !(await stat(file).catch(() => undefined)) ? undefined : await readCheckpoint(file);
  if (found && found.tick < found.plan.ticks)
    throw wrong(
      `it keeps a run at tick ${found.tick} of ${found.plan.ticks}; go on with --resume ${file}, or remove it to begin again`,
    );
  let holder: ReturnType<typeof takeLock>;
  try {
    await mkdir(dirname(resolve(file)), { recursive: true });
    holder = takeLock(lockOf(file));
  } catch (cause) {
    throw wrong(`${(cause as Error).message}; name a file in a folder that can be written to`, cause);
  }
  if (holder) throw wrong(`process ${holder.pid} on ${holder.host} does; wait for it, or name another file`);
  await clearParts(file);
}

import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import type { Peopling } from '../../env/people.ts';
import type { Scenario } from '../../env/scenario.ts';
import { requireDynamics } from '../../env/vocabulary.ts';
import type { WorkOptions } from '../../env/work.ts';
import { defaultPolicy } from '../../policies/open.ts';
import { currentMerge, currentShard, piecesAreDone } from '../../policies/shards/current.ts';
import type { MergeWork } from '../../policies/shards/merge-work.ts';
import { currentBudget } from '../../policies/spending/budget.ts';
import { filesOfScenario } from '../../scenarios/load.ts';
import { openScenario } from '../../scenarios/open.ts';
import { partsOfName } from '../../scenarios/open-scenario.ts';
import { withPeople } from '../../scenarios/population.ts';
import { releaseLock, takeLock } from '../../workspace/file-lock.ts';
import { hashOf, sha256 } from '../../workspace/hash.ts';
import { ownPackage } from '../../workspace/package.ts';
import { workspace as paths } from '../../workspace/paths.ts';
import type { SweepManifest } from '../../workspace/sweep.ts';
import { hashOfScenario } from '../snapshot.ts';
import { type Design, designOf, type Point, type Settings } from './design.ts';
import { readDesign } from './design-file.ts';
import { type Ends, Journal, type RunEnd, type RunResult, ShardJournal } from './journal.ts';
import { type Arm, type PlannedRun, planOf } from './plan.ts';
import { Player, type Shared } from './player.ts';
import { playApart } from './pool.ts';
import { writeSweep } from './results.ts';

export interface SweepOptions extends WorkOptions {
  /** As openScenario takes it. */
  readonly scenario: string;
  /** Parameters that no point of the design sets. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Where policies and labels are looked up. Default: the current directory. */
  readonly workspace?: string;
  /** What the parameters are set to: values, or a range. */
  readonly settings?: Readonly<Record<string, Settings>>;
  /** A design file in their place: one run a line. */
  readonly file?: string;
  /** Names of its columns, if it has no header. */
  readonly columns?: readonly string[];
  /** Default `grid`; of a file, `saltelli` says that its rows are such a design. */
  readonly design?: Design;
  readonly samples?: number;
  /** Names of policies. Default: that of defaultPolicy. */
  readonly policies?: readonly string[];
  /** Numbers of agents; default 1,000. */
  readonly agents?: readonly number[];
  /** Seed of the design and of the first replication; default 0. */
  readonly seed?: number;
  /** Runs of each arm, on the same seeds in every arm; default 1. */
  readonly replications?: number;
  /** Ticks, or days; default: the scenario's horizon. */
  readonly ticks?: number;
  readonly days?: number;
  readonly cohorts?: boolean;
  readonly people?: Peopling;
  /** Tables of people, each in place of the scenario's own. Default: the scenario's own. */
  readonly populations?: readonly string[];
  /** `stop` (the default: such a run fails), `skip`, or the name of a policy. */
  readonly onFailure?: string;
  /** Folder of the tables; an earlier sweep in it is replaced. Default: results/sweep in the workspace. */
  readonly out?: string;
  /** Default `csv`. */
  readonly format?: 'csv' | 'parquet';
  /** Processes that play at the same time; default: the cores, or 1 for a policy that is a language model. */
  readonly processes?: number;
}

export interface SweepReport {
  readonly scenario: string;
  readonly arms: number;
  readonly runs: number;
  readonly failed: number;
  /** Runs that were played now, and those that were known from before. */
  readonly played: number;
  readonly known: number;
  /** The reasons of failed runs with how often each occurred, most frequent first. */
  readonly failures: readonly { readonly reason: string; readonly runs: number }[];
  /** Paths of the files. */
  readonly files: readonly string[];
  readonly manifest: SweepManifest;
}

/** Policies that need next to no memory and no process of their own: any number of processes may have them. */
const isLight = (name: string): boolean =>
  /^(?:student:|constant:|policy:|recorded:|uniform$|oracle(?:\?|$))|\.onnx$/i.test(name);

/** What is written to the disk is on it so many milliseconds later. */
const SYNC_MS = 1000;

const wrong = (message: string) => new UnderstudyError('SIMULATION_ARGUMENT', message);

/**
 * Plays a scenario at many settings, under several policies and on several seeds, and writes one table with a row a run.
 * Every run is noted when it ends: the same sweep goes on after whatever stopped it, and its tables come out the same to the
 * byte. A run that fails costs itself only; the next time, it is tried again.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for a design that cannot be played or a folder that another process writes;
 *   as openScenario and openPolicy do
 * @example await sweep({ scenario: 'mobility-v1', settings: { fuel: [1, 2, 4] }, policies: ['oracle'], replications: 20 })
 */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const { workspace = '.', seed = 0, replications = 1, agents = [1000], onFailure = 'stop', signal, log } = options;
  const { parameters = {}, ticks, days, cohorts = false, people = 'drawn' } = options;
  const scenario = requireDynamics(await openScenario(options.scenario, { parameters }), 'a sweep');
  const points = await pointsOf(options, scenario, seed);
  const policies = options.policies?.length ? options.policies : [await defaultPolicy(scenario, workspace)];
  const { populations = [] } = options;
  for (const [what, names] of Object.entries({ policy: policies, population: populations })) {
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) throw wrong(`the ${what} ${twice} is there twice; name each once`);
  }
  const plan = planOf({
    ...{ points, policies, agents, seed, replications },
    ...(populations.length > 0 && { populations }),
  });
  const peopled = await populationHashes(plan.arms, scenario);
  const shared: Shared = {
    ...{ scenario: options.scenario, parameters, workspace, cohorts, people, onFailure },
    ...(ticks !== undefined && { ticks }),
    ...(days !== undefined && { days }),
  };
  const out = options.out ?? paths(workspace).sweep;
  const [shard, merge] = [currentShard(), currentMerge()];
  // Shards write nothing there.
  const release = shard ? () => {} : await takeFolder(out);
  try {
    await using player = new Player(shared, { ...(signal && { signal }), ...(log && { log }) });
    const ids = new Map<string, string>();
    const stepIn = onFailure === 'stop' || onFailure === 'skip' ? [] : [onFailure];
    for (const { policy } of [...plan.arms, ...stepIn.map((policy) => ({ policy }))])
      if (!ids.has(policy)) ids.set(policy, await player.policyId(policy));
    const same = {
      understudy: ownPackage().version,
      sha256: hashOfScenario(scenario),
      ...(await fileHash(options.scenario)),
      ...{ parameters, cohorts, people, ticks: ticks ?? null, days: days ?? null },
      onFailure: ids.get(onFailure) ?? onFailure,
    };
    const runs: KeyedRun[] = plan.runs.map(({ arm, seed }) => {
      const { number: _, population, ...what } = arm;
      const people = population === undefined ? {} : { population: peopled.get(population)! };
      return { arm, seed, key: hashOf({ ...same, ...what, ...people, policyId: ids.get(arm.policy)!, seed }) };
    });
    const light = [...ids.keys()].every(isLight);
    const asked = options.processes ?? (light ? availableParallelism() : 1);
    // A budget, and the answers of a shard, are held in one process.
    const processes = !light && (currentBudget()?.limited || shard) ? 1 : asked;
    if (processes < asked)
      log?.(
        `runs are played one after the other, as ${shard ? 'answers of a shard' : 'limits on what is spent'} are held in one process`,
      );
    const path = join(out, 'journal.jsonl');
    const journal: Ends = shard ? new ShardJournal(path, shard) : await Journal.open(path);
    let played: number;
    try {
      const own = shard ? runs.filter(({ key }) => shard.takes(key)) : runs;
      played = merge
        ? await takeOpen(runs, journal, merge)
        : await playOpen(own, journal, player, { ...options, processes, shared });
    } finally {
      await journal.close();
    }
    await piecesAreDone();
    const ended = runs.map(({ arm, seed, key }) => {
      const end = journal.get(key) ?? { failure: merge!.whyOpen(key) };
      return { arm, seed, ...end };
    });
    return await writeSweep({ options, out, scenario, plan, runs: ended, policies: Object.fromEntries(ids), played });
  } finally {
    release();
  }
}

/**
 * Makes the folder of a sweep this process's own. @returns gives it back
 * @throws {UnderstudyError} SIMULATION_ARGUMENT where it cannot be a folder, or another process sweeps into it
 */
async function takeFolder(out: string): Promise<() => void> {
  const lock = join(resolve(out), 'journal.jsonl.lock');
  await mkdir(out, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new UnderstudyError('SIMULATION_ARGUMENT', `${out} cannot be a folder (${cause.code}); name another`, {
      cause,
    });
  });
  const holder = takeLock(lock);
  if (holder)
    throw wrong(`process ${holder.pid} on ${holder.host} sweeps into ${out}; wait for it, or name another with --out`);
  return () => releaseLock(lock);
}

interface KeyedRun extends PlannedRun {
  /** What everything that decides the run hashes to. */
  readonly key: string;
}

const openOf = (runs: readonly KeyedRun[], journal: Ends) =>
  runs.filter(({ key }) => !('result' in (journal.get(key) ?? {})));

/** Takes what is not known yet from shards, in the order in which it would be played. @returns the number of runs */
async function takeOpen(runs: readonly KeyedRun[], journal: Ends, merge: MergeWork): Promise<number> {
  const brought = openOf(runs, journal).flatMap(({ key }) => {
    const found = merge.run(key, true);
    if (!found) return [];
    const end = 'run' in found ? { result: found.run as RunResult } : found;
    return [{ key, end }];
  });
  await piecesAreDone();
  for (const { key, end } of brought) await journal.add(key, end);
  merge.adds(brought.length);
  return brought.length;
}

/** Plays what is not known yet. @returns the number of runs that were played */
async function playOpen(
  runs: readonly KeyedRun[],
  journal: Ends,
  player: Player,
  { processes, shared, progress, signal, log }: SweepOptions & { readonly processes: number; readonly shared: Shared },
): Promise<number> {
  const open = openOf(runs, journal);
  currentShard()?.knows(runs.length - open.length);
  let [played, failed] = [0, 0];
  let synced = performance.now();
  const onEnd = async ({ key }: KeyedRun, end: RunEnd) => {
    await journal.add(key, end);
    played++;
    if ('failure' in end) failed++;
    if (performance.now() - synced > SYNC_MS || 'failure' in end) {
      await journal.sync();
      synced = performance.now();
    }
    progress?.({
      ...{ stage: 'simulating', done: runs.length - open.length + played, of: runs.length },
      ...(failed > 0 && { note: `${failed} failed` }),
    });
  };
  const atOnce = Math.min(processes, open.length);
  if (atOnce > 1)
    await playApart(open, shared, { ...{ processes: atOnce, onEnd }, ...(signal && { signal }), ...(log && { log }) });
  else
    for (const run of open) {
      signal?.throwIfAborted();
      await onEnd(run, await player.play(run.arm, run.seed));
    }
  return played;
}

/** The points of the design, from a file or from settings. */
async function pointsOf(options: SweepOptions, scenario: Scenario, seed: number): Promise<readonly Point[]> {
  const { settings = {}, file, columns, design, samples } = options;
  if (file === undefined) {
    if (columns) throw wrong('columns are those of a design file: name one');
    return designOf(scenario, {
      parameters: settings,
      seed,
      ...(design && { design }),
      ...(samples !== undefined && { samples }),
    });
  }
  if (Object.keys(settings).length > 0)
    throw wrong(`${file} is the design; leave out ${Object.keys(settings).join(', ')}`);
  if (design && design !== 'saltelli')
    throw wrong(`${file} is the design; leave out ${design} (saltelli says that its rows are such a design)`);
  return readDesign(file, scenario, { ...(columns && { columns }), repeats: design === 'saltelli' });
}

/** SHA-256 of the world with the people of each table. @throws {UnderstudyError} as withPeople does */
async function populationHashes(arms: readonly Arm[], scenario: Scenario): Promise<Map<string, string>> {
  const tables = new Set(arms.flatMap(({ population }) => population ?? []));
  const hashes = new Map<string, string>();
  for (const table of tables) hashes.set(table, hashOfScenario(await withPeople(scenario, table)));
  return hashes;
}

/** A scenario's file, and those that it imports, decide what its functions do at other settings, too. */
async function fileHash(scenario: string): Promise<{ readonly file?: string }> {
  const { file } = partsOfName(scenario);
  if (!existsSync(file)) return {};
  const files = await filesOfScenario(file);
  return { file: hashOf(await Promise.all(files.map(async (one) => sha256(await readFile(one))))) };
}

import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import type { WorkOptions } from '../env/work.ts';
import { readRecordedRun } from '../workspace/recorded-run.ts';
import { sha256Of } from './record-folder.ts';
import { formatOf } from './record-tables.ts';
import { simulate } from './simulate.ts';
import { hashOfScenario } from './snapshot.ts';

export interface ReplayOptions extends WorkOptions {
  /** Folder of a recorded run. */
  readonly directory: string;
  readonly scenario: Vocabulary;
  /** Directory in which policies and labels are looked up. */
  readonly workspace: string;
}

/** A file of a recording beside the same file of its replay. */
export interface ReplayedFile {
  readonly name: string;
  /** `edited` is a file that is not the one that was recorded, so that nothing can be said of the run by it. */
  readonly outcome: 'same' | 'different' | 'edited';
  /** Of the first line that differs, from 1; absent for a Parquet file, which has none. */
  readonly line?: number;
}

export interface ReplayReport {
  readonly directory: string;
  /** Whether all files are the same to the byte. */
  readonly same: boolean;
  readonly files: readonly ReplayedFile[];
  readonly stateHash: { readonly recorded: string; readonly replayed: string };
}

/**
 * Makes a recorded run again, from what its run.json says and from the labels of the workspace, and compares the two byte by
 * byte. The recording is not touched.
 * @throws {UnderstudyError} SIMULATION_RECORD for a folder that is not a recorded run, SIMULATION_SCENARIO for one of another
 *   scenario, and what simulate throws
 */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { directory, workspace, signal, progress, log } = options;
  const scenario = requireDynamics(options.scenario, 'a replay');
  const recorded = await readRecordedRun(directory);
  const own = hashOfScenario(scenario);
  if (recorded.scenario !== scenario.id || recorded.sha256 !== own)
    throw new UnderstudyError(
      'SIMULATION_SCENARIO',
      `${directory} is of ${recorded.scenario} with tables ${recorded.sha256.slice(0, 12)}, and the scenario is ${scenario.id} with ${own.slice(0, 12)}; name the one that was recorded (--scenario, --set, --population)`,
    );
  const temporary = await mkdtemp(join(tmpdir(), 'understudy-replay-'));
  try {
    const again = join(temporary, 'run');
    const { panel, plan } = recorded;
    const summary = await simulate({
      ...{ scenario, workspace, ...plan, record: again, signal, progress, log },
      ...(panel !== undefined && { panel }),
      recordFormat: formatOf(Object.keys(recorded.files)),
    });
    const files: ReplayedFile[] = [];
    for (const [name, { sha256 }] of Object.entries({ ...recorded.files, 'run.json': { sha256: undefined } }))
      files.push(await compare(name, join(directory, name), join(again, name), sha256));
    return {
      directory,
      same: files.every(({ outcome }) => outcome === 'same'),
      files,
      stateHash: { recorded: recorded.stateHash, replayed: summary.stateHash },
    };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** @param sha256 of the file as it was recorded, where that is known */
async function compare(name: string, recorded: string, again: string, sha256?: string): Promise<ReplayedFile> {
  if (sha256 !== undefined && (await sha256Of(recorded).catch(() => 'gone')) !== sha256)
    return { name, outcome: 'edited' };
  const line = await firstDifference(recorded, again);
  if (line === undefined) return { name, outcome: 'same' };
  return { name, outcome: 'different', ...(!name.endsWith('.parquet') && { line }) };
}

const CHUNK_BYTES = 2 ** 20;
const LINE_FEED = 0x0a;

/** The line, from 1, of the first byte that differs; undefined for equal files. */
async function firstDifference(one: string, other: string): Promise<number | undefined> {
  await using a = await open(one);
  await using b = await open(other);
  const [own, others] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)];
  for (let line = 1, at = 0; ; at += CHUNK_BYTES) {
    const { bytesRead: m } = await a.read(own, 0, CHUNK_BYTES, at);
    const { bytesRead: n } = await b.read(others, 0, CHUNK_BYTES, at);
    const equal = m === n && own.subarray(0, m).equals(others.subarray(0, n));
    if (equal && m < CHUNK_BYTES) return undefined;
    for (let i = 0; i < Math.max(m, n); i++) {
      if (!equal && (i >= Math.min(m, n) || own[i] !== others[i])) return line;
      if (own[i] === LINE_FEED) line++;
    }
  }
}

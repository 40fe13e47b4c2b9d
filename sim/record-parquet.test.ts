import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { compiled } from '../tools/compiled.ts';
import { csvLine } from '../workspace/csv.ts';
import { Recorder } from './record.ts';
import { replay } from './replay.ts';
import { type SimulateOptions, simulate } from './simulate.ts';

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'understudy-record-parquet-'));
});
afterEach(() => rm(workspace, { recursive: true }));

const within = (name: string) => join(workspace, name);
const contents = async (folder: string) =>
  Object.fromEntries(
    await Promise.all((await readdir(folder)).sort().map(async (name) => [name, await readFile(join(folder, name))])),
  ) as Record<string, Buffer>;
const fileOf = async (path: string) => {
  const bytes = await readFile(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
};

/** As many as it takes for the panel to fill a row group. */
const options = (): SimulateOptions => ({
  ...{ scenario: mobilityTown(), workspace, policy: 'oracle', agents: 12_500, ticks: 20, seed: 4 },
  ...{ swaps: [{ tick: 15, policy: 'uniform' }], panel: 2 },
});
const stoppedAt = async (tick: number, more: SimulateOptions) => {
  const stop = new AbortController();
  const progress: SimulateOptions['progress'] = ({ done }) => done === tick && stop.abort(new Error('stopped here'));
  await expect(simulate({ ...more, progress, signal: stop.signal })).rejects.toThrow('stopped here');
};

describe('a run recorded in Parquet', () => {
  it('says what the same run says in CSV, in columns that have types', async () => {
    await simulate({ ...options(), record: within('csv') });
    await simulate({ ...options(), record: within('parquet'), recordFormat: 'parquet' });
    expect((await readdir(within('parquet'))).sort()).toEqual(
      ['actions.parquet', 'agents.parquet', 'panel.parquet', 'run.json', 'ticks.parquet'], // biome-ignore format: one line
    );
    for (const name of ['ticks', 'actions', 'agents', 'panel']) {
      const [header, ...lines] = (await readFile(within(`csv/${name}.csv`), 'utf8')).trimEnd().split('\n');
      const rows = await parquetReadObjects({ file: await fileOf(within(`parquet/${name}.parquet`)) });
      expect(Object.keys(rows[0]!).join(',')).toBe(header);
      expect(rows.length).toBe(lines.length);
      const cells = (row: object) => Object.values(row).map((cell: unknown) => (cell === null ? '' : String(cell)));
      expect(rows.findIndex((row, i) => csvLine(cells(row)) !== lines[i])).toBe(-1);
    }
    const types = async (name: string) =>
      Object.fromEntries(
        parquetMetadata(await fileOf(within(`parquet/${name}.parquet`))).schema.map(({ name, type }) => [name, type]),
      );
    expect(await types('actions')).toMatchObject({ tick: 'INT32', agent: 'INT32', action: 'BYTE_ARRAY' });
    expect(await types('ticks')).toMatchObject({
      weather: 'BYTE_ARRAY',
      agents_walk: 'INT64',
      policy: 'BYTE_ARRAY',
      reward: 'DOUBLE',
    });
    expect(parquetMetadata(await fileOf(within('parquet/panel.parquet'))).row_groups.length).toBe(2);
    const sizes = await Promise.all(
      ['csv/actions.csv', 'parquet/actions.parquet'].map((name) => readFile(within(name))),
    );
    expect(sizes[1]!.length).toBeLessThan(sizes[0]!.length / 10);
  });

  it('that is stopped and resumed, longer than planned, ends with the same bytes, and can be replayed', async () => {
    await simulate({ ...options(), record: within('whole'), recordFormat: 'parquet' });
    const kept = { checkpoint: within('kept'), checkpointEvery: 3, record: within('run') };
    const { scenario } = options();
    await stoppedAt(7, { ...options(), ticks: 18, ...kept, recordFormat: 'parquet' });
    expect(existsSync(within('run'))).toBe(false);
    await stoppedAt(16, { scenario, workspace, resume: within('kept') });
    await expect(simulate({ scenario, workspace, resume: within('kept'), recordFormat: 'csv' })).rejects.toThrow(
      'is of a run that is recorded as parquet, which cannot become csv',
    );
    await simulate({ scenario, workspace, resume: within('kept') });
    await simulate({ scenario, workspace, resume: within('kept'), ticks: 20 });
    expect(await contents(within('run'))).toEqual(await contents(within('whole')));
    expect((await readdir(workspace)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await replay({ directory: within('run'), scenario, workspace })).toMatchObject({ same: true });
  });

  it('that is killed again and again ends with the bytes of one that was not', async () => {
    const length = ['--policy', 'constant:0.3', '--agents', '3000', '--ticks', '120', '--panel', '20'];
    const parquet = ['--record-format', 'parquet', '--record'];
    const kept = ['--checkpoint', within('kept'), '--checkpoint-every', '2'];
    const command = (args: readonly string[]) => {
      const program = compiled(new URL('../cli/understudy.ts', import.meta.url));
      const child = spawn(process.execPath, [program, 'simulate', ...args, '--workspace', workspace], {
        stdio: 'ignore',
      });
      return { child, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
    };
    const writtenAt = () => statSync(within('kept'), { throwIfNoEntry: false })?.mtimeMs;
    for (let kills = 0; kills < 3; kills++) {
      const before = writtenAt();
      const { child, ended } = command(
        before === undefined ? [...length, ...kept, ...parquet, within('run')] : ['--resume', within('kept')],
      );
      while (child.exitCode === null && writtenAt() === before) await setTimeout(2);
      await setTimeout(7 * kills);
      child.kill('SIGKILL');
      expect(await ended).toBe(null);
    }
    expect(await command(['--resume', within('kept')]).ended).toBe(0);
    expect(await command([...length, ...parquet, within('whole')]).ended).toBe(0);
    expect(await contents(within('run'))).toEqual(await contents(within('whole')));
    expect((await readdir(workspace)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('replaces a recorded run in either format, and no other table', async () => {
    const short = { ...options(), agents: 20, ticks: 3, swaps: [], record: within('run') };
    await simulate({ ...short, recordFormat: 'parquet' });
    await simulate(short);
    expect(await readdir(within('run'))).toContain('actions.csv');
    await simulate({ ...short, recordFormat: 'parquet' });
    expect(await readdir(within('run'))).not.toContain('actions.csv');
    const foreign = parquetWriteBuffer({ columnData: [{ name: 'tick', data: [1, 2], type: 'INT32' }] });
    await mkdir(within('other'));
    await writeFile(within('other/actions.parquet'), new Uint8Array(foreign));
    await expect(Recorder.open(within('other'))).rejects.toThrow('holds actions.parquet, which is not part of');
  });
});

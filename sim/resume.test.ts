import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnderstudyError } from '../env/error.ts';
import { philox4x32 } from '../env/random.ts';
import { FakeServer } from '../policies/models/server/fake-server.test-support.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { compiled } from '../tools/compiled.ts';
import { readCheckpoint } from '../workspace/checkpoint.ts';
import { readRecordedRun } from '../workspace/recorded-run.ts';
import { Team } from './engine/kernel/team.ts';
import { type SimulateOptions, simulate } from './simulate.ts';

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'understudy-resume-'));
});
afterEach(() => rm(workspace, { recursive: true }));

const within = (name: string) => join(workspace, name);
const contents = async (folder: string) =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(folder)).sort().map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
    ),
  );

/** Runs until a tick, and is stopped there. */
async function stoppedAt(tick: number, options: SimulateOptions): Promise<void> {
  const stop = new AbortController();
  const progress: SimulateOptions['progress'] = ({ done }) => done === tick && stop.abort(new Error('stopped here'));
  await expect(simulate({ ...options, progress, signal: stop.signal })).rejects.toThrow('stopped here');
}

describe('a run that was stopped', () => {
  const options = (): SimulateOptions => ({
    ...{ scenario: iceCream, workspace, policy: 'constant:0.3', agents: 120, ticks: 30, seed: 4 },
    ...{ swaps: [{ tick: 20, policy: 'uniform' }], twin: 'constant:0.5', panel: 7 },
  });
  const checkpoint = () => within('run.checkpoint');

  it('goes on as if it had not been, and its recording is the same to the byte', async () => {
    const {
      agentStepsPerSecond: _,
      engineReason: __,
      ...expected
    } = await simulate({ ...options(), record: within('whole') });
    const kept = { checkpoint: checkpoint(), checkpointEvery: 4, record: within('run') };
    await stoppedAt(10, { ...options(), ...kept });
    expect(existsSync(within('run'))).toBe(false);
    // What a process leaves that is killed while it writes them.
    const growing = (await readdir(workspace)).find((name) => name.startsWith('.run.recording'));
    for (const name of ['run.checkpoint', `${growing}/run.json`, `${growing}/kept.json`])
      await writeFile(within(`${name}.123.0.part`), '{');
    await stoppedAt(22, { scenario: iceCream, workspace, resume: checkpoint() });
    const resumed = await simulate({ scenario: iceCream, workspace, resume: checkpoint() });
    expect(resumed).toMatchObject(expected);
    expect(await contents(within('run'))).toEqual(await contents(within('whole')));
    expect((await readdir(workspace)).sort()).toEqual(['run', 'run.checkpoint', 'whole']);
  });

  it('can be forked under another policy, as if that had taken over there', async () => {
    const { twin: _, ...single } = options();
    await simulate({ ...single, swaps: [{ tick: 10, policy: 'constant:0.9' }], record: within('whole') });
    await stoppedAt(10, { ...single, checkpoint: checkpoint(), record: within('run') });
    const before = await readFile(checkpoint());
    const fork = { resume: checkpoint(), policy: 'constant:0.9', record: within('fork') };
    await simulate({ scenario: iceCream, workspace, ...fork });
    expect(await contents(within('fork'))).toEqual(await contents(within('whole')));
    expect(await readFile(checkpoint())).toEqual(before);
    await simulate({ scenario: iceCream, workspace, resume: checkpoint() });
    await simulate({ ...single, record: within('whole') });
    expect(await contents(within('run'))).toEqual(await contents(within('whole')));
  });

  it('can be made longer when it is over', async () => {
    await simulate({ ...options(), record: within('whole') });
    await simulate({ ...options(), ticks: 25, checkpoint: checkpoint(), record: within('run') });
    await simulate({ scenario: iceCream, workspace, resume: checkpoint(), ticks: 30 });
    expect(await contents(within('run'))).toEqual(await contents(within('whole')));
  });

  it('by a full disk says so, leaves what was recorded before, and goes on when there is room', async () => {
    const {
      agentStepsPerSecond: _,
      engineReason: __,
      ...expected
    } = await simulate({ ...options(), record: within('whole') });
    await simulate({ ...options(), seed: 1, record: within('run') });
    const before = await contents(within('run'));
    await using probe = await open(within('whole/ticks.csv'));
    let room = 6;
    const files = Object.getPrototypeOf(probe) as typeof probe;
    const genuine = files.write;
    const full = vi.spyOn(files, 'write').mockImplementation(function (this: typeof probe, ...args: unknown[]) {
      if (room-- <= 0)
        return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
      return Reflect.apply(genuine, this, args) as never;
    } as never);
    const kept = { checkpoint: checkpoint(), checkpointEvery: 4, record: within('run') };
    await expect(simulate({ ...options(), ...kept })).rejects.toThrow(
      /^cannot keep what was recorded beside .*run: ENOSPC: no space left on device, write; make room there/,
    );
    full.mockRestore();
    expect(await contents(within('run'))).toEqual(before);
    expect(await simulate({ scenario: iceCream, workspace, resume: checkpoint() })).toMatchObject(expected);
    expect(await contents(within('run'))).toEqual(await contents(within('whole')));
  });

  it('while its twin is asked is kept at that tick, with what was asked for it', async () => {
    await using server = await FakeServer.start({ latency: 1, models: ['gemma', 'llama'] });
    const [policy, other] = ['gemma', 'llama'].map((model) => `server:http://${server.host}/v1#${model}`);
    const twin = { scenario: iceCream, agents: 8, ticks: 6, policy, twin: other, onFailure: 'constant:0.1' };
    const {
      agentStepsPerSecond: _,
      engineReason: __,
      ...expected
    } = await simulate({
      ...{ ...twin, record: within('whole') },
      workspace: within('elsewhere'),
    });
    const stop = new AbortController();
    const progress: SimulateOptions['progress'] = ({ done, note = '' }) =>
      done === 3 && note.startsWith(`asking ${other}`) && stop.abort(new Error('stopped here'));
    const kept = { checkpoint: checkpoint(), checkpointEvery: 100, record: within('run') };
    await expect(simulate({ ...twin, ...kept, workspace, progress, signal: stop.signal })).rejects.toThrow(
      'stopped here',
    );
    expect((await readCheckpoint(checkpoint())).tick).toBe(3);
    expect(await simulate({ scenario: iceCream, workspace, resume: checkpoint() })).toMatchObject(expected);
    expect(await contents(within('run'))).toEqual(await contents(within('whole')));
    expect(expected).toMatchObject({ fallback: 'constant:0.1', engine: 'agents' });
    expect(await readRecordedRun(within('run'))).toMatchObject({ fallback: expected.fallback });
  });

  it('by a thread that fails goes on from the last checkpoint, and not from the broken tick', async () => {
    const many = { scenario: iceCream, workspace, policy: 'constant:0.3', agents: 150_000, ticks: 12, seed: 4 };
    // What the kernel is compiled for is known from here on.
    const { stateHash } = await simulate(many);
    let plays = 0;
    const genuine = Team.prototype.play;
    const failing = vi.spyOn(Team.prototype, 'play').mockImplementation(function (this: Team, ...args) {
      Reflect.apply(genuine, this, args);
      if (++plays === 10) throw new UnderstudyError('SIMULATION_THREAD', 'a thread failed');
    });
    const said: string[] = [];
    const kept = { checkpoint: checkpoint(), checkpointEvery: 2, record: within('run') };
    await expect(simulate({ ...many, ...kept, log: (line) => said.push(line) })).rejects.toThrow('a thread failed');
    failing.mockRestore();
    expect(said).toEqual([
      expect.stringMatching(/^the run could not be kept at tick (\d+): tick \1 broke off half-way/),
    ]);
    expect((await readCheckpoint(checkpoint())).tick % 2).toBe(0);
    expect(existsSync(within('run'))).toBe(false);
    expect(await simulate({ scenario: iceCream, workspace, resume: checkpoint() })).toMatchObject({ stateHash });
  });

  it('cannot be begun where nothing can be written, or at a size that is absurd, and leaves nothing', async () => {
    await writeFile(within('file'), 'mine');
    const begun = (more: Partial<SimulateOptions>) => simulate({ ...options(), ...more });
    await expect(begun({ record: within('file/run') })).rejects.toThrow(
      /cannot record in .*file\/run: (ENOTDIR|EEXIST)/,
    );
    await expect(begun({ record: within('file') })).rejects.toThrow('is a file; name a folder to record in');
    await expect(begun({ checkpoint: within('file/kept') })).rejects.toThrow(
      /cannot keep the run in .*(ENOTDIR|EEXIST)/,
    );
    await expect(begun({ checkpoint: within('run/kept'), record: within('run') })).rejects.toThrow(
      'which the recording takes as a whole; name a file elsewhere',
    );
    const swaps = [0, 3, 3].map((tick) => ({ tick, policy: 'uniform' }));
    await expect(begun({ swaps })).rejects.toThrow('two policies are to take over at tick 3; leave one out');
    await expect(begun({ checkpoint: workspace })).rejects.toThrow('it is a folder; name a file');
    const kept = { checkpoint: checkpoint(), record: within('run') };
    for (const agents of [Number.NaN, 1.5, -1, 0, 2 ** 53, Infinity])
      await expect(begun({ ...kept, agents })).rejects.toThrow(/^agents must be an integer from 1 to \d+, got /);
    for (const ticks of [Number.NaN, 1.5, -1, 0, 1e12, Infinity])
      await expect(begun({ ...kept, ticks, swaps: [] })).rejects.toThrow(
        /^a run has at (least 1 whole tick|most \d+ ticks), got /,
      );
    await expect(begun({ ...kept, agents: 1e12, twin: 'uniform' })).rejects.toThrow(
      '1,000,000,000,000 single agents, at most',
    );
    expect(await readdir(workspace)).toEqual(['file']);
    expect(await readFile(within('file'), 'utf8')).toBe('mine');
  });

  it('says what it cannot do, and leaves what is there', async () => {
    await stoppedAt(10, { ...options(), checkpoint: checkpoint() });
    const before = await readFile(checkpoint());
    const resumed = (more: Partial<SimulateOptions>) =>
      simulate({ scenario: iceCream, workspace, resume: checkpoint(), ...more });
    await expect(resumed({ agents: 7 })).rejects.toThrow('is of a run with agents 120, which cannot become 7');
    await expect(resumed({ scenario: mobilityTown() })).rejects.toThrow(
      /is of ice-cream-v1 with tables .*, and the scenario is mobility-v1 with .*; name the one/,
    );
    await expect(resumed({ seed: 0 })).rejects.toThrow('is of a run with seed 4, which cannot become 0');
    await expect(resumed({ cohorts: true })).rejects.toThrow('with cohorts false, which cannot become true');
    await expect(resumed({ ticks: 5 })).rejects.toThrow('swap at tick 20: the run has ticks 0 to 4');
    await expect(resumed({ record: within('run') })).rejects.toThrow('is of a run that was not recorded');
    await expect(resumed({ swaps: [{ tick: 3, policy: 'uniform' }] })).rejects.toThrow('is at tick 10 already');
    await expect(resumed({ resume: within('none') })).rejects.toThrow('none does not exist; make it with understudy');
    await expect(simulate({ ...options(), checkpoint: checkpoint() })).rejects.toThrow(
      'it keeps a run at tick 10 of 30; go on with --resume',
    );
    await writeFile(within('notes'), 'mine');
    await expect(simulate({ ...options(), checkpoint: within('notes') })).rejects.toThrow('is not a checkpoint');
    expect(await readFile(checkpoint())).toEqual(before);
    await writeFile(checkpoint(), before.subarray(0, 3000));
    await expect(resumed({})).rejects.toThrow('run.checkpoint is damaged: its SHA-256 is');
  });
});

describe('a recorded run under a teacher on a server', () => {
  it('that is killed again and again ends with the bytes of one that was not', async () => {
    const kills = Number(process.env.UNDERSTUDY_KILLS ?? 4);
    await using server = await FakeServer.start({ latency: 1 });
    const luck = (n: number) => philox4x32([n, 0, 0, 0], [7, 0])[0] / 2 ** 32;
    const command = (args: readonly string[], home: string) => {
      const child = spawn(
        process.execPath,
        [compiled(new URL('../cli/understudy.ts', import.meta.url)), 'simulate', ...args, '--workspace', home],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let said = '';
      child.stderr.on('data', (chunk) => (said += chunk));
      const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
        child.on('close', (code) => resolve({ code, said })),
      );
      return { child, ended };
    };
    const kept = within('kept');
    const writtenAt = () => statSync(kept, { throwIfNoEntry: false })?.mtimeMs;

    let killed = 0;
    // As many runs as it takes, each of other people, about whom the teacher has to be asked anew.
    for (let seed = 1; killed < kills; seed++) {
      const length = ['--agents', '8', '--ticks', '40', '--panel', '5', '--seed', String(seed)];
      const run = ['--policy', `server:http://${server.host}/v1#gemma`, ...length];
      const begin = [...run, '--checkpoint', kept, '--checkpoint-every', '1', '--record', within('run')];
      for (let over = false; !over; ) {
        const { child, ended } = command(existsSync(kept) ? ['--resume', kept] : begin, workspace);
        if (killed < kills) {
          const before = writtenAt();
          let gone = false;
          ended.then(() => (gone = true));
          // One in three dies wherever it is; the others once they have got on.
          if (killed % 3 > 0) while (!gone && writtenAt() === before) await setTimeout(5);
          await setTimeout(luck(killed) * (killed % 3 > 0 ? 150 : 1000));
          child.kill('SIGKILL');
        }
        const { code, said } = await ended;
        over = code !== null;
        if (!over) killed++;
        else if (code !== 0) throw new Error(said);
      }
      expect(await command([...run, '--record', within('whole')], within('elsewhere')).ended).toMatchObject({
        code: 0,
      });
      expect(await contents(within('run'))).toEqual(await contents(within('whole')));
      expect((await readdir(workspace)).filter((name) => name.startsWith('.') || name.endsWith('.lock'))).toEqual([]);
      await rm(kept);
    }
    expect(killed).toBe(kills);
  });
});

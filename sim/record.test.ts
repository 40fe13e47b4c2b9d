import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineScenario } from '../env/define-scenario.ts';
import { uniform } from '../policies/baselines/constant.ts';
import type { Policy } from '../policies/policy.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { compiled } from '../tools/compiled.ts';
import { sha256 } from '../workspace/hash.ts';
import { Recorder } from './record.ts';
import { run } from './run.ts';
import { Simulation } from './simulation.ts';

const third: Policy = {
  id: 'third',
  scenario: iceCream.id,
  decide: async ({ masks }) => ({
    probabilities: Float64Array.from([...masks].flatMap(() => [2 / 3, 1 / 3])),
    outcomes: Array.from(masks, () => 'ok' as const),
  }),
  [Symbol.asyncDispose]: async () => {},
};

/** A policy whose decide is slow enough to be interrupted, and fails at the tick named. */
const failingAt = (calls: number): Policy => {
  let made = 0;
  return {
    ...third,
    decide: (batch) => (++made > calls ? Promise.reject(new Error('gone')) : third.decide(batch)),
  };
};

describe('a recorded run', () => {
  let parent: string;
  let directory: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'understudy-record-'));
    directory = join(parent, 'run');
  });
  afterEach(() => rm(parent, { recursive: true }));

  const table = async (name: string) => {
    const [head, ...rows] = (await readFile(join(directory, name), 'utf8')).trimEnd().split('\n');
    const columns = head!.split(',');
    return rows.map((row) => Object.fromEntries(row.split(',').map((value, i) => [columns[i]!, value])));
  };
  const recorded = async ({ ticks = 3, cohorts = false, seed = 0, policy = third, scenario = iceCream } = {}) => {
    await using recorder = await Recorder.open(directory, { cohorts });
    const summary = await run({ scenario, policy, agents: 50, ticks, cohorts, seed, onTick: recorder.record });
    await recorder.close(summary);
    return summary;
  };
  const summaryOf = async () => JSON.parse(await readFile(join(directory, 'run.json'), 'utf8')) as { seed: number };
  /** Every file under a folder with what it holds. */
  const contents = async (folder: string) =>
    Object.fromEntries(
      await Promise.all(
        (await readdir(folder)).sort().map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
      ),
    );

  it('holds every tick and every purchase, and they agree with the summary', async () => {
    const summary = await recorded({ ticks: 20 });
    const ticks = await table('ticks.csv');
    const actions = await table('actions.csv');
    expect(ticks).toHaveLength(20);
    expect(ticks[0]).toMatchObject({ tick: '0', day: '1', hour: '8', policy: 'third' });
    expect(ticks.reduce((sum, { sales }) => sum + Number(sales), 0)).toBe(summary.measures.sales);
    expect(actions).toHaveLength(summary.actions.buy!);
    expect(new Set(actions.map(({ action }) => action))).toEqual(new Set(['buy']));
    expect(JSON.parse(await readFile(join(directory, 'run.json'), 'utf8')).stateHash).toBe(summary.stateHash);
    expect(await readdir(parent)).toEqual(['run']);
  });

  it('tells who did what, who they are and how they were, number by number', async () => {
    const agents = 2345;
    const expected: string[] = [];
    const panel: string[] = [];
    await using recorder = await Recorder.open(directory, { panel: 2 });
    const summary = await run({
      scenario: mobilityTown(),
      policy: 'uniform',
      agents,
      ticks: 3,
      onTick: async (tick, simulation) => {
        await recorder.record(tick, simulation);
        const { actions, scenario } = simulation;
        const names = scenario.actions;
        actions.forEach((action, agent) => action > 0 && expected.push(`${tick.tick},${agent},${names[action]}`));
        if (tick.tick !== 1) return;
        for (let agent = 0; agent < agents; agent++) {
          const { state } = simulation.agentAt(agent);
          panel.push([1, agent, simulation.kinds[agent], ...Object.values(state), names[actions[agent]!]].join(','));
        }
      },
    });
    await recorder.close(summary);
    const rows = async (name: string) => (await readFile(join(directory, name), 'utf8')).trimEnd().split('\n').slice(1);
    expect(await rows('actions.csv')).toEqual(expected);
    expect(await rows('panel.csv')).toEqual(panel);
    const simulation = new Simulation({ scenario: mobilityTown(), policy: uniform(mobilityTown()), agents });
    const people = await table('agents.csv');
    expect(people).toHaveLength(agents);
    for (const agent of [0, 9, 10, 999, 1000, 2344])
      expect(people[agent]).toMatchObject({
        agent: String(agent),
        kind: String(simulation.kinds[agent]),
        traits: simulation.agentAt(agent).traits.join('; '),
      });
    const { files } = JSON.parse(await readFile(join(directory, 'run.json'), 'utf8'));
    for (const name of ['ticks.csv', 'actions.csv', 'agents.csv', 'panel.csv'])
      expect(files[name].sha256).toBe(sha256(await readFile(join(directory, name))));
  });

  it('has nothing under its name before its end', async () => {
    await using recorder = await Recorder.open(directory, { cohorts: true });
    const summary = await run({
      scenario: iceCream,
      policy: third,
      agents: 50,
      ticks: 3,
      cohorts: true,
      onTick: recorder.record,
    });
    expect(existsSync(directory)).toBe(false);
    await recorder.close(summary);
    expect((await readdir(directory)).sort()).toEqual(['run.json', 'ticks.csv']);
  });

  it('replaces an older one as a whole: no file of it stays', async () => {
    await recorded({ seed: 1 });
    expect((await readdir(directory)).sort()).toEqual(['actions.csv', 'agents.csv', 'run.json', 'ticks.csv']);
    await recorded({ seed: 2, cohorts: true });
    expect((await readdir(directory)).sort()).toEqual(['run.json', 'ticks.csv']);
    expect((await summaryOf()).seed).toBe(2);
    expect(await readdir(parent)).toEqual(['run']);
  });

  it('that fails, or is aborted, leaves an older one as it was', async () => {
    await recorded({ seed: 1 });
    const before = await contents(directory);
    await expect(recorded({ seed: 2, ticks: 50, policy: failingAt(2) })).rejects.toThrow('gone');
    expect(await contents(directory)).toEqual(before);
    expect(await readdir(parent)).toEqual(['run']);
  });

  it('that is killed leaves an older one as it was, and the next one clears up', async () => {
    await recorded({ seed: 1 });
    const before = await contents(directory);
    const script = `
      const { Recorder } = await import(${JSON.stringify(pathToFileURL(compiled(new URL('./record.ts', import.meta.url))).href)});
      const recorder = await Recorder.open(${JSON.stringify(directory)});
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    expect(signal).toBe('SIGKILL');
    expect(await contents(directory)).toEqual(before);
    expect(await readdir(parent)).toHaveLength(2);
    await recorded({ seed: 3 });
    expect(await readdir(parent)).toEqual(['run']);
    expect((await summaryOf()).seed).toBe(3);
  });

  it('that was killed between giving up its old name and taking it is found again', async () => {
    await recorded({ seed: 1 });
    const host = hostname().replaceAll(/[^A-Za-z0-9]/g, '_');
    // No process has the largest number that a 32-bit kernel could give.
    await rename(directory, join(parent, `.run.replaced-${host}-4194305-abcdef`));
    await using recorder = await Recorder.open(directory);
    expect((await summaryOf()).seed).toBe(1);
    expect(recorder).toBeInstanceOf(Recorder);
  });

  it('may take the place of an empty folder, and be reached through a link', async () => {
    await mkdir(directory);
    await recorded({ seed: 1 });
    const real = directory;
    directory = join(parent, 'link');
    await symlink(real, directory);
    await recorded({ seed: 2 });
    expect((await readdir(parent)).sort()).toEqual(['link', 'run']);
    expect(JSON.parse(await readFile(join(real, 'run.json'), 'utf8')).seed).toBe(2);
  });

  it.each<[string, Record<string, string>, string]>([
    ['files of somebody else', { 'notes.txt': 'mine' }, 'notes.txt'],
    ['a recorded run and a file beside it', { 'ticks.csv': 'tick,day,hour\n', 'plot.R': 'x' }, 'plot.R'],
    ['a ticks.csv of another kind', { 'ticks.csv': 'time,bid,ask\n1,2,3\n' }, 'ticks.csv'],
    ['a run.json of another kind', { 'run.json': '{"jobs": []}' }, 'run.json'],
    ['an actions.csv of another kind', { 'actions.csv': 'tick,agent,action,reason\n' }, 'actions.csv'],
    ['a hidden file', { '.git': 'gitdir: ..' }, '.git'],
  ])('is not written over %s', async (_, files, foreign) => {
    await mkdir(directory);
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
    await expect(Recorder.open(directory)).rejects.toThrow(
      `holds ${foreign}, which is not part of a recorded run; name a new folder`,
    );
    expect(await contents(directory)).toEqual(files);
    expect(await readdir(parent)).toEqual(['run']);
  });

  it('is refused before it begins where its place is a link to nothing', async () => {
    await symlink('gone', directory);
    await expect(Recorder.open(directory)).rejects.toThrow('is a symbolic link to gone, which does not exist');
    expect(await readdir(parent)).toEqual(['run']);
  });

  it('may be read by whoever may read what is made there', async () => {
    await recorded();
    const made = join(parent, 'made');
    await mkdir(made);
    expect((await stat(directory)).mode).toBe((await stat(made)).mode);
  });

  it('is not written over a file, or under one', async () => {
    await writeFile(directory, 'mine');
    await expect(Recorder.open(directory)).rejects.toThrow('is a file; name a folder to record in');
    await expect(Recorder.open(join(directory, 'deeper'))).rejects.toThrow('cannot record in');
    expect(await readFile(directory, 'utf8')).toBe('mine');
  });

  it('stays in its own folder where its place is taken meanwhile, and says where', async () => {
    await using recorder = await Recorder.open(directory);
    const summary = await run({ scenario: iceCream, policy: third, agents: 5, ticks: 1, onTick: recorder.record });
    await mkdir(directory);
    await writeFile(join(directory, 'notes.txt'), 'mine');
    await expect(recorder.close(summary)).rejects.toThrow(/notes\.txt.*it is in .*\.run\.recording-/);
    const kept = (await readdir(parent)).find((name) => name !== 'run')!;
    expect((await readdir(join(parent, kept))).sort()).toEqual(['actions.csv', 'agents.csv', 'run.json', 'ticks.csv']);
  });

  it('keeps apart a factor, a measure and a column of one name', async () => {
    const scenario = defineScenario({
      id: 'namesakes',
      actions: ['wait', 'go'],
      discount: 1,
      horizon: 3,
      traits: { phrases: ['any'] },
      contexts: {},
      world: { day: { levels: [7, 8], start: 7, next: () => 8 }, sales: { levels: [5], start: 5, next: () => 5 } },
      agent: {},
      reward: () => 2,
      measures: { reward: () => 3, sales: () => 4 },
    });
    await recorded({ scenario, policy: { ...third, scenario: scenario.id }, ticks: 2 });
    expect((await table('ticks.csv'))[1]).toMatchObject({
      day: '1',
      world_day: '8',
      world_sales: '5',
      sales: '200',
      reward: '100',
      measure_reward: '150',
    });
  });
});

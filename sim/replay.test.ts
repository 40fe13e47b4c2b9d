import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { replay } from './replay.ts';
import { simulate } from './simulate.ts';

describe('a replay', () => {
  let workspace: string;
  let directory: string;
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'understudy-replay-test-'));
    directory = join(workspace, 'run');
    await simulate({
      ...{ scenario: mobilityTown(), workspace, policy: 'oracle', agents: 90, ticks: 12, seed: 3, people: 'exact' },
      ...{ swaps: [{ tick: 5, policy: 'uniform' }], twin: 'uniform', record: directory, panel: 4 },
    });
  });
  afterEach(() => rm(workspace, { recursive: true }));
  const replayed = (scenario = mobilityTown()) => replay({ directory, scenario, workspace });
  const outcomes = async () =>
    Object.fromEntries((await replayed()).files.map(({ name, outcome, line }) => [name, line ?? outcome]));

  it('makes every file again to the byte', async () => {
    const { same, stateHash } = await replayed();
    expect(same).toBe(true);
    expect(stateHash.replayed).toBe(stateHash.recorded);
    expect(Object.keys(await outcomes()).sort()).toEqual([
      'actions.csv',
      'agents.csv',
      'panel.csv',
      'run.json',
      'ticks.csv',
    ]);
  });

  it('tells a file that was edited from a run that comes out another', async () => {
    await appendFile(join(directory, 'actions.csv'), '12,0,walk\n');
    expect(await outcomes()).toMatchObject({ 'actions.csv': 'edited', 'ticks.csv': 'same', 'run.json': 'same' });
    const path = join(directory, 'run.json');
    const said = await readFile(path, 'utf8');
    await writeFile(path, said.replace('"seed": 3,\n    "ticks"', '"seed": 4,\n    "ticks"'));
    expect(await replayed()).toMatchObject({ same: false });
    expect(await outcomes()).toMatchObject({ 'actions.csv': 'edited', 'ticks.csv': 2, 'run.json': expect.any(Number) });
  });

  it('refuses another scenario and a folder that holds no run', async () => {
    await expect(replayed(mobilityTown({ fuel: 3 }))).rejects.toThrow(
      /is of mobility-v1 with tables [0-9a-f]{12}, and/,
    );
    await expect(replay({ directory: workspace, scenario: iceCream, workspace })).rejects.toThrow(
      'run.json cannot be read (ENOENT); name a folder that understudy simulate --record made',
    );
  });
});

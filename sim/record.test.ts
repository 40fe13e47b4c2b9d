import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Policy } from '../policies/policy.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { Recorder } from './record.ts';
import { run } from './run.ts';

const third: Policy = {
  id: 'third',
  scenario: iceCream.id,
  decide: async ({ masks }) => ({
    probabilities: Float64Array.from([...masks].flatMap(() => [2 / 3, 1 / 3])),
    outcomes: Array.from(masks, () => 'ok' as const),
  }),
  [Symbol.asyncDispose]: async () => {},
};

describe('a recorded run', () => {
  let directory: string;
  beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'understudy-record-'))));
  afterEach(() => rm(directory, { recursive: true }));

  const table = async (name: string) => {
    const [head, ...rows] = (await readFile(join(directory, name), 'utf8')).trimEnd().split('\n');
    const columns = head!.split(',');
    return rows.map((row) => Object.fromEntries(row.split(',').map((value, i) => [columns[i]!, value])));
  };

  it('holds every tick and every purchase, and they agree with the summary', async () => {
    const recorder = await Recorder.open(directory);
    const summary = await run({ scenario: iceCream, policy: third, agents: 50, ticks: 20, onTick: recorder.record });
    await recorder.close(summary);
    const ticks = await table('ticks.csv');
    const actions = await table('actions.csv');
    expect(ticks).toHaveLength(20);
    expect(ticks[0]).toMatchObject({ tick: '0', day: '1', hour: '8', policy: 'third' });
    expect(ticks.reduce((sum, { sales }) => sum + Number(sales), 0)).toBe(summary.sales);
    expect(actions).toHaveLength(summary.sales);
    expect(new Set(actions.map(({ action }) => action))).toEqual(new Set(['buy']));
    expect(JSON.parse(await readFile(join(directory, 'run.json'), 'utf8')).stateHash).toBe(summary.stateHash);
  });

  it('has no file of single actions for cohorts, and no run.json before its end', async () => {
    const recorder = await Recorder.open(directory, { cohorts: true });
    const summary = await run({
      scenario: iceCream,
      policy: third,
      agents: 50,
      ticks: 3,
      cohorts: true,
      onTick: recorder.record,
    });
    expect(await readdir(directory)).toEqual(['ticks.csv']);
    await recorder.close(summary);
    expect((await readdir(directory)).sort()).toEqual(['run.json', 'ticks.csv']);
  });
});

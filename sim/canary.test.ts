import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { friends } from '../env/friends.test-support.ts';
import { market } from '../env/market.test-support.ts';
import type { Scenario } from '../env/scenario.ts';
import type { Policy } from '../policies/policy.ts';
import { policyOf } from '../policies/policy-of.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { Lots, type Selection } from './engine/selection.ts';
import { replay } from './replay.ts';
import { type RunOptions, run } from './run.ts';
import { type SimulateOptions, simulate } from './simulate.ts';
import { Simulation } from './simulation.ts';

/** Decides by the phrases, otherwise for another `turn`; asked about nothing but what it decides, unless it is eager. */
const policy = (scenario: Scenario, id: string, turn: number, eager = false): Policy => ({
  ...policyOf(
    scenario,
    ({ traits, contexts }) => {
      const shares = scenario.actions.map((_, a) => 1 + ((traits.length + 2 * contexts.length + a * turn) % 5));
      const sum = shares.reduce((x, y) => x + y, 0);
      return shares.map((share) => share / sum);
    },
    { id },
  ),
  eager,
});

const worlds: [string, Scenario, number][] = [
  ['ice-cream-v1', iceCream, 70_000],
  ['five actions and a crowd', mobilityTown(), 700],
  ['a crowd', market, 200],
  ['neighbours', friends, 4300],
];
const share = (from: number, to: number): Selection => ({ share: [from, to] });

const lived = async (simulation: Simulation, ticks: number) => {
  const ticked: unknown[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const { policy: _, canaries: __, asked: ___, ...record } = await simulation.step();
    ticked.push(record);
  }
  return { ticked, hash: simulation.stateHash() };
};

describe.each(worlds)('canaries in %s', (_, scenario, agents) => {
  const begin = (one: Policy) => new Simulation({ scenario, policy: one, agents, seed: 3 });
  const old = (eager = false) => policy(scenario, 'old', 1, eager);
  const fresh = (eager = false) => policy(scenario, 'fresh', 3, eager);

  // Few agents are played by the plain kernel, many by the compiled one; who decides for most of a kind is played at once.
  it.each([0.05, 0.5, 0.9])('change nothing if they decide alike, at a share of %d', async (to) => {
    const plain = await lived(begin(old()), 9);
    const canary = begin(old());
    await canary.step();
    canary.swap({ ...old(), id: 'the same by another name' }, share(0, to));
    expect((await lived(canary, 8)).hash).toBe(plain.hash);
  });

  it.each([false, true])('of everybody are a swap, by shares that add up to it too (eager: %s)', async (eager) => {
    const swapped = begin(old());
    await swapped.step();
    swapped.swap(fresh(eager));
    const expected = await lived(swapped, 6);
    for (const parts of [[share(0, 1)], [share(0, 0.3), share(0.3, 1)], [share(0, 0.6), share(0, 1)]]) {
      const canary = begin(old(eager));
      await canary.step();
      for (const only of parts) canary.swap(fresh(eager), only);
      const { hash, ticked } = await lived(canary, 6);
      expect(hash).toBe(expected.hash);
      expect(ticked).toEqual(expected.ticked);
    }
  });

  it('go on from a snapshot as if they had never stopped', async () => {
    const whole = begin(old());
    whole.swap(fresh(), share(0, 0.3));
    await lived(whole, 3);
    const kept = whole.snapshot();
    const end = await lived(whole, 3);
    const again = begin(old());
    again.swap(fresh(), share(0, 0.3));
    again.restore(kept);
    expect(await lived(again, 3)).toEqual(end);
    expect(again.swaps).toEqual(whole.swaps);
  });
});

describe('a canary', () => {
  const options = { scenario: iceCream, agents: 500, seed: 5 };
  const never = policyOf(iceCream, () => [1, 0], { id: 'never' });
  const often = policyOf(iceCream, () => [0.3, 0.7], { id: 'often' });

  it('lives as under a swap, and everybody else as if there were none: agent by agent, where nobody meets anybody', async () => {
    const [plain, swapped, canary] = [often, often, often].map((one) => new Simulation({ ...options, policy: one }));
    swapped!.swap(never);
    canary!.swap(never, share(0.1, 0.4));
    const lots = new Lots(5);
    const chosen = Array.from({ length: 500 }, (_, agent) => lots.of(agent) >= 0.1 && lots.of(agent) < 0.4);
    expect(chosen.filter(Boolean).length).toBeGreaterThan(110);
    for (let tick = 0; tick < 20; tick++) {
      for (const one of [plain!, swapped!, canary!]) await one.step();
      const [a, b, c] = [plain!, swapped!, canary!].map(({ codes, actions }) => ({ codes, actions }));
      chosen.forEach((isChosen, i) => {
        const model = isChosen ? b! : a!;
        expect([c!.codes[i], c!.actions[i]]).toEqual([model.codes[i], model.actions[i]]);
      });
    }
    expect(canary!.swaps).toEqual([
      { tick: 0, from: often.id, to: never.id, only: share(0.1, 0.4), agents: chosen.filter(Boolean).length },
    ]);
  });

  it('by traits is of those who carry all of them, for cohorts too', async () => {
    const always = policyOf(iceCream, () => [0, 1], { id: 'always' });
    const only = { traits: ['likes sweets', 'cheap'] };
    for (const cohorts of [false, true]) {
      const simulation = new Simulation({ ...options, agents: 5000, policy: never, cohorts });
      simulation.swap(always, only);
      const [, own] = simulation.observedByArm();
      const members = own!.counts.reduce((sum, count) => sum + count, 0);
      expect(members).toBeGreaterThan(300);
      for (const mask of own!.masks)
        for (const trait of only.traits) expect(iceCream.sets.holds(mask, iceCream.phrases.indexOf(trait))).toBe(true);
      const { counts, canaries } = await simulation.step();
      expect([counts[1], canaries![0]!.agents]).toEqual([members, members]);
    }
  });

  it('asks each policy about what its own agents see, and no more', async () => {
    const asked = new Map<string, Set<number>>();
    const noted = (one: Policy): Policy => ({
      ...one,
      decide: (batch, more) => {
        for (const mask of batch.masks) asked.set(one.id, (asked.get(one.id) ?? new Set()).add(mask));
        return one.decide(batch, more);
      },
    });
    const simulation = new Simulation({ ...options, policy: noted(policy(iceCream, 'old', 1)) });
    simulation.swap(noted(policy(iceCream, 'fresh', 3)), share(0, 0.1));
    const seen = simulation.observedByArm();
    await simulation.step();
    for (const [arm, id] of ['old', 'fresh'].entries())
      expect([...asked.get(id)!].sort()).toEqual([...seen[arm]!.masks].sort());
  });

  it('refuses what it cannot be, in words', () => {
    const simulation = new Simulation({ ...options, policy: never });
    expect(() => simulation.swap(often, share(0.4, 0.2))).toThrow('the lower bound below the upper, got 40 to 20 %');
    expect(() => simulation.swap(often, { traits: ['likes sweats'] })).toThrow(
      'no trait "likes sweats" in ice-cream-v1; its traits are likes sweets',
    );
    expect(() => simulation.rollBack(share(0, 0.1), '')).toThrow('there is no canary of 10% to roll back');
    expect(() => new Simulation({ ...options, policy: never, cohorts: true }).swap(often, share(0, 0.1))).toThrow(
      'a canary of 10% is of single agents, and cohorts have none',
    );
  });
});

describe('a rollback', () => {
  const old = policyOf(iceCream, () => [0.7, 0.3], { id: 'old' });
  const off = (by: number) => policyOf(iceCream, () => [0.7 - by, 0.3 + by], { id: `off by ${by}` });
  const options = (by: number): RunOptions => ({
    ...{ scenario: iceCream, policy: old, agents: 2000, ticks: 40, seed: 5, rollback: 0.1 },
    swaps: [{ tick: 10, policy: off(by), only: share(0, 0.1) }],
  });

  it('takes back a canary beyond the bound, says when and why, and leaves one alone that is not', async () => {
    const { swaps, canaries } = await run(options(0.2));
    const [life] = canaries!;
    expect(swaps).toHaveLength(2);
    expect(swaps[1]).toMatchObject({ from: 'off by 0.2', to: 'old', only: share(0, 0.1), tick: life!.to });
    expect(swaps[1]!.reason).toMatch(
      /^mean total variation 0\.200 \(95 % interval 0\.1\d\d to 0\.2\d\d\) is above 0\.1$/,
    );
    expect(life!.to).toBeLessThan(20);
    expect(life!.divergence).toMatchObject({ mean: expect.closeTo(0.2, 9), lower: expect.any(Number) });
    const alone = await run(options(0.09));
    expect(alone.swaps).toHaveLength(1);
    expect(alone.canaries![0]).not.toHaveProperty('to');
  });

  it('goes on from a checkpoint at any tick to the same end', async () => {
    const states: NonNullable<RunOptions['resume']>[] = [];
    const { agentStepsPerSecond: _, ...whole } = await run({
      ...options(0.2),
      checkpoint: { every: 3, save: (state) => void states.push(state) },
    });
    for (const resume of states) {
      const { agentStepsPerSecond: _, ...resumed } = await run({ ...options(0.2), resume });
      expect(resumed).toEqual(whole);
    }
  });
});

describe('a recorded run with canaries, a rollback, a twin and a shadow audit', () => {
  let workspace: string;
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'understudy-canary-'));
  });
  afterEach(() => rm(workspace, { recursive: true }));
  const options = (): SimulateOptions => ({
    ...{ scenario: mobilityTown(), workspace, policy: 'oracle', agents: 300, ticks: 24, seed: 3 },
    swaps: [
      { tick: 3, policy: 'uniform', only: share(0, 0.25) },
      { tick: 5, policy: 'constant:0,1,0,0,0', only: { traits: ['owns a car'] } },
      { tick: 18, policy: 'uniform' },
      { tick: 20, policy: 'oracle', only: share(0.5, 1) },
    ],
    ...{ rollback: 0.2, twin: 'uniform', shadow: { teacher: 'oracle', share: 0.1, bound: 0.1 } },
  });
  const contents = async (folder: string) =>
    Object.fromEntries(
      await Promise.all(
        (await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
      ),
    );

  it.each([
    ['csv', [4, 21]],
    ['parquet', [12]],
  ] as const)('is the same to the byte when it is replayed or stopped, as %s', async (recordFormat, stops) => {
    const record = join(workspace, 'run');
    const { swaps } = await simulate({ ...options(), record, recordFormat });
    expect(swaps.some(({ reason }) => reason?.startsWith('mean total variation'))).toBe(true);
    expect(await replay({ directory: record, scenario: mobilityTown(), workspace })).toMatchObject({ same: true });
    for (const tick of stops) {
      const stop = new AbortController();
      const [checkpoint, again] = [join(workspace, `${tick}`), join(workspace, `run-${tick}`)];
      const progress: SimulateOptions['progress'] = ({ done }) => done === tick && stop.abort(new Error('stopped'));
      const kept = { checkpoint, checkpointEvery: 3, record: again, recordFormat };
      await expect(simulate({ ...options(), ...kept, progress, signal: stop.signal })).rejects.toThrow('stopped');
      await simulate({ scenario: mobilityTown(), workspace, resume: checkpoint });
      expect(await contents(again)).toEqual(await contents(record));
    }
  });
});

import { describe, expect, it } from 'vitest';
import { quantise } from '../env/chance.ts';
import { defineScenario } from '../env/define-scenario.ts';
import { type Observations, observations } from '../env/observation.ts';
import { drawPeople, individuals } from '../env/people.ts';
import { philox4x32 } from '../env/random.ts';
import { stateSpace } from '../env/state-space.ts';
import { trajectory } from '../env/trajectory.ts';
import type { DecideOptions, Decisions, Outcome, Policy } from '../policies/policy.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { openPolicy } from '../scenarios/open.ts';
import { run } from './run.ts';
import { Simulation } from './simulation.ts';

/** P(buy) without a pattern, so that a wrong look-up shows. */
const scattered = (mask: number, salt = 0) => philox4x32([mask, salt, 0, 0], [0, 0])[0] / 2 ** 32;

class Scattered implements Policy {
  readonly id: string;
  readonly scenario = iceCream.id;
  readonly asked: number[] = [];
  outcomeOf: (mask: number) => Outcome = () => 'ok';
  readonly #salt: number;
  constructor(salt = 0) {
    this.#salt = salt;
    this.id = `scattered-${salt}`;
  }
  async decide({ masks }: Observations, { signal }: DecideOptions = {}): Promise<Decisions> {
    signal?.throwIfAborted();
    this.asked.push(...masks);
    const rows = [...masks].flatMap((mask) => {
      const p = this.outcomeOf(mask) === 'ok' ? scattered(mask, this.#salt) : Number.NaN;
      return [1 - p, p];
    });
    return { probabilities: Float64Array.from(rows), outcomes: [...masks].map((mask) => this.outcomeOf(mask)) };
  }
  async [Symbol.asyncDispose]() {}
}

describe('a simulation', () => {
  it('gives every agent the life that the reference trajectory gives it', async () => {
    const agents = 40;
    const ticks = 60;
    const simulation = new Simulation({ scenario: iceCream, policy: new Scattered(), agents, seed: 3 });
    const space = stateSpace(iceCream);
    const decide = (mask: number) => quantise([1 - scattered(mask), scattered(mask)]);
    const lives = individuals(drawPeople(space, 3, agents)).map(({ place, traitSet }) =>
      trajectory(space, decide, { seed: 3, agent: place, ticks, traitSet }),
    );
    for (let tick = 0; tick < ticks; tick++) {
      const moments = lives.map((life) => life[tick]!);
      expect([...simulation.codes]).toEqual(moments.map(({ code }) => code));
      expect([...simulation.masks]).toEqual(moments.map(({ mask }) => mask));
      const record = await simulation.step();
      expect([...simulation.actions]).toEqual(moments.map(({ action }) => action));
      expect(record.reward).toBeCloseTo(
        moments.reduce((sum, { reward }) => sum + reward, 0),
        9,
      );
      expect(record.measures.sales).toBe(moments.reduce((sum, { action }) => sum + action, 0));
      expect(record.counts).toEqual([agents - record.measures.sales!, record.measures.sales]);
    }
  });

  it('agrees with the reference where an agent needs more draws than one block of random bits gives', async () => {
    const coin = (i: number) => ({
      levels: ['tails', 'heads'] as const,
      start: { tails: 0.5, heads: 0.5 },
      next: (now: Record<string, string>) =>
        now[`c${i}`] === 'heads' ? { tails: 0.3, heads: 0.7 } : { tails: 0.6, heads: 0.4 },
    });
    const coins = defineScenario({
      id: 'ten-coins',
      actions: ['wait', 'go'],
      discount: 1,
      horizon: 10,
      traits: { phrases: ['any'] },
      contexts: { lucky: (now) => now.c9 === 'heads' },
      world: {},
      agent: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`c${i}`, coin(i)])) as Record<
        string,
        ReturnType<typeof coin>
      >,
      reward: () => 0,
    });
    const half: Policy = {
      id: 'half',
      scenario: coins.id,
      decide: async ({ masks }) => ({
        probabilities: new Float64Array(2 * masks.length).fill(0.5),
        outcomes: Array.from(masks, () => 'ok' as const),
      }),
      [Symbol.asyncDispose]: async () => {},
    };
    const simulation = new Simulation({ scenario: coins, policy: half, agents: 6, seed: 1 });
    const lives = Array.from({ length: 6 }, (_, agent) =>
      trajectory(stateSpace(coins), () => [32768, 32768], { seed: 1, agent, ticks: 10 }),
    );
    for (let tick = 0; tick < 10; tick++) {
      expect([...simulation.codes]).toEqual(lives.map((life) => life[tick]!.code));
      await simulation.step();
      expect([...simulation.actions]).toEqual(lives.map((life) => life[tick]!.action));
    }
  });

  it('asks a policy each distinct observation once', async () => {
    const policy = new Scattered();
    await run({ scenario: iceCream, policy, agents: 500, ticks: 60 });
    expect(new Set(policy.asked).size).toBe(policy.asked.length);
  });

  it('asks a policy once in all its parts: deciding, taking over again, stepping in and as the twin', async () => {
    const [policy, other] = [new Scattered(0), new Scattered(1)];
    other.outcomeOf = (mask) => ((mask >>> 7) & 1 ? 'missing' : 'ok');
    await run({
      scenario: iceCream,
      policy,
      agents: 200,
      ticks: 40,
      swaps: [
        { tick: 10, policy: other },
        { tick: 20, policy },
      ],
      onFailure: { fallback: policy },
      twin: policy,
    });
    expect(new Set(policy.asked).size).toBe(policy.asked.length);
    expect(new Set(other.asked).size).toBe(other.asked.length);
  });

  it('does not mix up two policies under one id', async () => {
    const impostor = Object.assign(new Scattered(1), { id: 'scattered-0' });
    const hash = async (second: Policy) =>
      (
        await run({
          scenario: iceCream,
          policy: new Scattered(0),
          agents: 200,
          ticks: 20,
          swaps: [{ tick: 5, policy: second }],
        })
      ).stateHash;
    expect(await hash(impostor)).toBe(await hash(new Scattered(1)));
  });

  it('counts the agents behind each distinct observation', () => {
    const simulation = new Simulation({ scenario: iceCream, policy: new Scattered(), agents: 777, seed: 2 });
    const { masks, counts } = simulation.observed();
    for (const [i, mask] of masks.entries())
      expect(simulation.masks.filter((m) => m === mask)).toHaveLength(counts[i]!);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(777);
  });

  it('has the same state hash for the same seed and another for another', async () => {
    const hash = async (seed: number, agents = 300) =>
      (await run({ scenario: iceCream, policy: new Scattered(), agents, ticks: 30, seed })).stateHash;
    expect(await hash(7)).toBe(await hash(7));
    expect(await hash(7)).not.toBe(await hash(8));
    expect(await hash(7)).not.toBe(await hash(7, 301));
  });

  it('hands over to another policy at the tick of the swap and not before', async () => {
    const policyOf: string[] = [];
    const swapped = await run({
      scenario: iceCream,
      policy: new Scattered(0),
      agents: 200,
      ticks: 20,
      swaps: [{ tick: 12, policy: new Scattered(1) }],
      onTick: ({ policy }) => void policyOf.push(policy),
    });
    expect(policyOf).toEqual([...new Array(12).fill('scattered-0'), ...new Array(8).fill('scattered-1')]);
    expect(swapped.swaps).toEqual([{ tick: 12, from: 'scattered-0', to: 'scattered-1' }]);
  });

  it('repeats a run with a swap from its log alone', async () => {
    const policies = { 'scattered-0': new Scattered(0), 'scattered-1': new Scattered(1) } as Record<string, Policy>;
    const simulation = new Simulation({ scenario: iceCream, policy: policies['scattered-0']!, agents: 200, seed: 4 });
    for (let tick = 0; tick < 20; tick++) {
      if (tick === 7) simulation.swap(policies['scattered-1']!);
      if (tick === 15) simulation.swap(policies['scattered-0']!);
      await simulation.step();
    }
    const swaps = simulation.swaps.map(({ tick, to }) => ({ tick, policy: policies[to]! }));
    const again = await run({
      scenario: iceCream,
      policy: policies['scattered-0']!,
      agents: 200,
      seed: 4,
      ticks: 20,
      swaps,
    });
    expect(again.stateHash).toBe(simulation.stateHash());
  });

  it('logs a swap at the tick that it changes: after a step under way, before one that is aborted, never where undone', async () => {
    const [a, b] = [new Scattered(0), new Scattered(1)];
    const simulation = new Simulation({ scenario: iceCream, policy: a, agents: 50, seed: 4 });
    const first = simulation.step();
    simulation.swap(b);
    expect((await first).policy).toBe(a.id);
    expect((await simulation.step()).policy).toBe(b.id);
    const stop = new AbortController();
    const aborted = simulation.step({ signal: stop.signal });
    simulation.swap(a);
    stop.abort(new Error('stopped'));
    await expect(aborted).rejects.toThrow('stopped');
    await simulation.step();
    simulation.swap(b);
    simulation.swap(a);
    await simulation.step();
    expect(simulation.swaps).toEqual([
      { tick: 1, from: a.id, to: b.id },
      { tick: 2, from: b.id, to: a.id },
    ]);
  });

  it('stays where it was when a step is aborted, and goes on to the same end', async () => {
    const simulation = new Simulation({ scenario: iceCream, policy: new Scattered(), agents: 100, seed: 9 });
    const before = simulation.stateHash();
    await expect(simulation.step({ signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
    expect(simulation.stateHash()).toBe(before);
    for (let tick = 0; tick < 10; tick++) await simulation.step();
    const straight = await run({ scenario: iceCream, policy: new Scattered(), agents: 100, seed: 9, ticks: 10 });
    expect(simulation.stateHash()).toBe(straight.stateHash);
  });

  it('compares twins on the same luck: the same policy never disagrees', async () => {
    const same = await run({
      scenario: iceCream,
      policy: new Scattered(0),
      twin: new Scattered(0),
      agents: 200,
      ticks: 30,
    });
    const other = await run({
      scenario: iceCream,
      policy: new Scattered(0),
      twin: new Scattered(1),
      agents: 200,
      ticks: 30,
    });
    expect(same).toMatchObject({ disagreement: 0, gap: { sales: 0 } });
    expect(other.disagreement).toBeGreaterThan(0.1);
  });
});

describe('an observation without an answer', () => {
  const silentWhenHungry = () => {
    const policy = new Scattered();
    policy.outcomeOf = (mask) => ((mask >>> 7) & 1 ? 'missing' : 'ok');
    return policy;
  };

  it('stops the run, saying what was asked and what to do', async () => {
    const stopped = run({ scenario: iceCream, policy: silentWhenHungry(), agents: 50, ticks: 5 });
    await expect(stopped).rejects.toThrow(
      /scattered-0 gave no probability for \d+ of \d+ observations at tick 0, such as ".*hungry.*" \(missing\); choose/,
    );
  });

  it('is the default action when skipped, and counted', async () => {
    const simulation = new Simulation({
      scenario: iceCream,
      policy: silentWhenHungry(),
      agents: 200,
      onFailure: 'skip',
    });
    const hungry = [...simulation.masks.keys()].filter((i) => (simulation.masks[i]! >>> 7) & 1);
    const answers = new Scattered();
    const others = [...simulation.masks].filter((mask) => !((mask >>> 7) & 1));
    const { probabilities } = await answers.decide(observations(iceCream, others));
    const mean = others.reduce((sum, _, i) => sum + probabilities[2 * i + 1]!, 0) / others.length;
    const { failed, decided, meanProbability } = await simulation.step();
    expect(failed).toBe(hungry.length);
    expect(decided).toBe(others.length);
    // Those without an answer take the default action; nobody gave them a probability.
    expect(meanProbability[1]).toBeCloseTo(mean, 4);
    for (const i of hungry) expect(simulation.actions[i]).toBe(0);
  });

  it('is not made up from an answer that is no distribution', async () => {
    const answering = (row: number[]): Policy => ({
      id: 'wrong',
      scenario: iceCream.id,
      decide: async ({ masks }) => ({
        probabilities: Float64Array.from([...masks].flatMap(() => row)),
        outcomes: Array.from(masks, () => 'ok' as const),
      }),
      [Symbol.asyncDispose]: async () => {},
    });
    const step = (row: number[]) => new Simulation({ scenario: iceCream, policy: answering(row), agents: 9 }).step();
    for (const row of [[0.5, 0.4], [1.5, -0.5], [Number.NaN, Number.NaN], [1]])
      await expect(step(row)).rejects.toThrow(expect.objectContaining({ code: 'SIMULATION_DECISION' }));
    await expect(step([0.5, 0.4])).rejects.toThrow('wrong gave [0.5, 0.4] as probabilities; they must');
    await expect(step([1])).rejects.toThrow(/wrong gave (\d+) outcomes and \1 probabilities, expected \1 and \1 × 2/);
  });

  it('goes to the fallback policy, which may fail in turn', async () => {
    const always = new Scattered(2);
    const answered = await run({
      scenario: iceCream,
      policy: silentWhenHungry(),
      agents: 50,
      ticks: 5,
      onFailure: { fallback: always },
    });
    expect(answered.failed).toBeGreaterThan(0);
    expect(always.asked.every((mask) => (mask >>> 7) & 1)).toBe(true);
    const mute = new Scattered(3);
    mute.outcomeOf = () => 'refused';
    await expect(
      run({ scenario: iceCream, policy: silentWhenHungry(), agents: 50, ticks: 5, onFailure: { fallback: mute } }),
    ).rejects.toThrow('the fallback scattered-3 gave no probability either');
  });
});

describe('actions that are not allowed', () => {
  const shop = defineScenario({
    id: 'shop',
    actions: ['wait', 'enter', 'leave'],
    discount: 1,
    horizon: 10,
    traits: { phrases: ['any'] },
    contexts: { inside: ({ place }) => place === 'inside' },
    world: {},
    agent: {
      place: {
        levels: ['outside', 'inside'],
        start: 'outside',
        next: ({ place, action }) => (action === 'enter' ? 'inside' : action === 'leave' ? 'outside' : place),
      },
    },
    allowed: { enter: ({ place }) => place === 'outside', leave: ({ place }) => place === 'inside' },
    reward: ({ place }, next) => (place === 'outside' && next.place === 'inside' ? 1 : 0),
    measures: { leaving: ({ action }) => (action === 'leave' ? 1 : 0) },
  });
  const thirds: Policy = {
    id: 'thirds',
    scenario: 'shop',
    decide: async ({ masks }) => ({
      probabilities: new Float64Array(masks.length * 3).fill(1 / 3),
      outcomes: Array.from(masks, () => 'ok' as const),
    }),
    [Symbol.asyncDispose]: async () => {},
  };

  it('give their probability to the default, and a reward may depend on where an agent goes', async () => {
    const simulation = new Simulation({ scenario: shop, policy: thirds, agents: 3000, seed: 1 });
    const first = await simulation.step();
    expect(first.counts[2]).toBe(0);
    expect(first.meanProbability.map((p) => p.toFixed(3))).toEqual(['0.667', '0.333', '0.000']);
    expect(first.reward).toBe(first.counts[1]);
    const second = await simulation.step();
    expect(second.reward).toBe(second.counts[1]);
    expect(second.measures.leaving).toBe(second.counts[2]);
    expect(second.counts[2]).toBeGreaterThan(0);
  });
});

describe('a run', () => {
  it.each([
    ['single agents', {}],
    ['a twin', { twin: new Scattered() }],
    ['cohorts', { cohorts: true }],
  ])('of %s lets signals in, although its policy answers at once', async (_, more) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped')), 60);
    let played = 0;
    const running = run({
      scenario: iceCream,
      policy: new Scattered(),
      agents: 10,
      ticks: 1e9,
      signal: stop.signal,
      onTick: () => void played++,
      ...more,
    });
    await expect(running).rejects.toThrow('stopped');
    expect(played).toBeLessThan(1e6);
  });

  it('opens policies by their names, each once, and is the run of the policies themselves', async () => {
    const options = { scenario: iceCream, agents: 20, ticks: 6, seed: 2 };
    const named = await run({
      ...options,
      policy: 'constant:0.3',
      swaps: [
        { tick: 2, policy: 'uniform' },
        { tick: 4, policy: 'constant:0.3' },
      ],
      twin: 'uniform',
    });
    const [some, any] = [await openPolicy('constant:0.3'), await openPolicy('uniform')];
    const given = await run({
      ...options,
      policy: some,
      swaps: [
        { tick: 2, policy: any },
        { tick: 4, policy: some },
      ],
      twin: any,
    });
    expect(named).toEqual({ ...given, agentStepsPerSecond: expect.any(Number) });
    await expect(run({ ...options, policy: 'student:none' })).rejects.toThrow('none');
  });

  const base = { scenario: iceCream, policy: new Scattered(), agents: 5 };
  it.each([
    [{ ...base, agents: 0 }, 'agents must be an integer from 1 to 9007199254740991, got 0'],
    [{ ...base, days: 0.01 }, 'a run has at least 1 whole tick'],
    [{ ...base, ticks: 2 ** 32 }, 'a run has at most 4294967295 ticks, got 4294967296; simulate fewer days'],
    [
      { ...base, agents: 1e9, cohorts: false },
      '1,000,000,000 single agents, at most 268,435,456; simulate cohorts (--cohorts)',
    ],
    [
      { ...base, ticks: 5, swaps: [{ tick: 5, policy: new Scattered() }] },
      'cannot swap at tick 5: the run has ticks 0 to 4',
    ],
    [
      { ...base, policy: Object.assign(new Scattered(), { scenario: 'lamp' }) },
      'scattered-0 decides in lamp, and the run is of ice-cream-v1',
    ],
  ])('refuses options that do not fit (%#)', async (options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });
});

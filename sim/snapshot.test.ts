import { describe, expect, it } from 'vitest';
import { market } from '../env/market.test-support.ts';
import type { Observations } from '../env/observation.ts';
import { philox4x32 } from '../env/random.ts';
import type { Vocabulary } from '../env/scenario.ts';
import type { Outcome, Policy } from '../policies/policy.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { Simulation, type SimulationOptions } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';

/** Answers without a pattern; to every eighth question none at first, and to half of these later either. */
class Moody implements Policy {
  readonly id: string;
  readonly scenario: string;
  readonly asked: number[] = [];
  readonly #k: number;
  constructor(id: string, { id: scenario, actions }: Vocabulary = iceCream) {
    this.id = id;
    this.scenario = scenario;
    this.#k = actions.length;
  }
  async decide({ masks }: Observations) {
    this.asked.push(...masks);
    const luck = (mask: number, word: number) => philox4x32([mask, word, this.id.length, 0], [0, 0])[0];
    const outcomes = Array.from(
      masks,
      (mask): Outcome => (luck(mask, 0) % 8 > 0 ? 'ok' : luck(mask, 0) % 16 > 0 ? 'timeout' : 'refused'),
    );
    const rows = Array.from(masks, (mask, i) => {
      const weights = Array.from({ length: this.#k }, (_, a) => 1 + luck(mask, a + 1));
      const sum = weights.reduce((total, weight) => total + weight);
      return weights.map((weight) => (outcomes[i] === 'ok' ? weight / sum : Number.NaN));
    });
    return { probabilities: Float64Array.from(rows.flat()), outcomes };
  }
  async [Symbol.asyncDispose]() {}
}

const played = async (simulation: Simulation, ticks: number, before: (tick: number) => void = () => {}) => {
  const records: TickRecord[] = [];
  for (const end = simulation.tick + ticks; simulation.tick < end; ) {
    before(simulation.tick);
    records.push(await simulation.step());
  }
  return records;
};

describe.each<[string, Omit<SimulationOptions, 'policy'>]>([
  ['few agents, by the plain kernel', { scenario: iceCream, agents: 300 }],
  ['many agents, by the compiled kernel', { scenario: iceCream, agents: 5000, seed: 5 }],
  ['agents of a world with four actions', { scenario: mobilityTown(), agents: 500, people: 'exact' }],
  ['agents with a queue, a stock and habits', { scenario: market, agents: 200 }],
  ['cohorts of a market with crowds', { scenario: market, agents: 10 ** 6, cohorts: true }],
  ['cohorts', { scenario: iceCream, agents: 10 ** 9, seed: 5, cohorts: true }],
])('%s', (_, options) => {
  const policies = () => [new Moody('first', options.scenario), new Moody('second', options.scenario)] as const;
  const begun = (policy: Policy, more: Partial<SimulationOptions> = {}) =>
    new Simulation({ ...options, policy, onFailure: 'skip', ...more });

  it('go on from a snapshot as if there had been no break, through swaps before it and after it', async () => {
    const [first, second] = policies();
    const whole = begun(first);
    const swapping = (simulation: Simulation, own: readonly Policy[]) => (tick: number) => {
      if (tick === 4 || tick === 12) simulation.swap(own[1]!);
      if (tick === 8) simulation.swap(own[0]!);
    };
    await played(whole, 6, swapping(whole, [first, second]));
    const snapshot = whole.snapshot();
    const expected = await played(whole, 10, swapping(whole, [first, second]));

    const others = policies();
    const resumed = begun(others[1], { seed: 77 });
    resumed.restore(snapshot);
    expect(resumed.snapshot()).toEqual(snapshot);
    expect(await played(resumed, 10, swapping(resumed, others))).toEqual(expected);
    expect(resumed.stateHash()).toBe(whole.stateHash());
    expect(resumed.swaps).toEqual(whole.swaps);
    expect(resumed.snapshot()).toEqual(whole.snapshot());
  });

  it('begin anew on another seed', async () => {
    const [policy] = policies();
    const simulation = begun(policy);
    await played(simulation, 3);
    simulation.reset({ seed: 9 });
    const fresh = begun(policies()[0], { seed: 9 });
    expect(simulation.stateHash()).toBe(fresh.stateHash());
    await played(simulation, 3);
    await played(fresh, 3);
    expect(simulation.stateHash()).toBe(fresh.stateHash());
    expect(simulation.seed).toBe(9);
  });
});

describe('a snapshot', () => {
  const policy = new Moody('first');
  const run = (options: Partial<SimulationOptions> = {}) =>
    new Simulation({ scenario: iceCream, policy, agents: 50, onFailure: 'skip', ...options });
  const whole = run().snapshot();
  const changed = (at: number) => whole.map((byte, i) => (i === (at + whole.length) % whole.length ? byte ^ 1 : byte));

  it.each<[string, Uint8Array, RegExp]>([
    ['of another number of agents', run({ agents: 51 }).snapshot(), /number of agents 51, and the run has 50/],
    ['of cohorts', run({ cohorts: true }).snapshot(), /engine cohorts, and the run has agents/],
    ['of other people', run({ people: 'exact' }).snapshot(), /people exact, and the run has drawn/],
    [
      'of another scenario',
      new Simulation({ scenario: mobilityTown(), policy: new Moody('m', mobilityTown()), agents: 50 }).snapshot(),
      /scenario mobility-v1, and the run has ice-cream-v1/,
    ],
    ['that was cut off', whole.subarray(0, -1), /is damaged: its SHA-256 is/],
    ['with another bit in its header', changed(60), /is damaged/],
    ['with another bit in its state', changed(-60), /is damaged/],
    ['with another bit in its hash', changed(-1), /is damaged/],
    ['that is empty', new Uint8Array(), /is not a snapshot of Understudy/],
    ['that is something else', Buffer.from('{"seed": 1}\n'), /is not a snapshot of Understudy/],
    ['of a later version', Buffer.from('understudy snapshot 9\n{}\n'), /of version 9, and this version .* reads 1/],
  ])('%s is refused by name and changes nothing', async (_, bytes, message) => {
    const simulation = run({ seed: 3 });
    await simulation.step();
    const before = simulation.stateHash();
    expect(() => simulation.restore(bytes)).toThrow(
      expect.objectContaining({ code: 'SIMULATION_SNAPSHOT', message: expect.stringMatching(message) }),
    );
    expect(simulation.stateHash()).toBe(before);
    expect(simulation.tick).toBe(1);
  });

  it('of the same scenario with other tables is refused', () => {
    const dear = (fuel: number) =>
      new Simulation({ scenario: mobilityTown({ fuel }), policy: new Moody('m', mobilityTown()), agents: 5 });
    expect(() => dear(3).restore(dear(2).snapshot())).toThrow(/mobility-v1 with tables [0-9a-f]{12}, and the run has/);
  });

  it('cannot be gone on from while a step is under way', async () => {
    const simulation = run();
    const stepping = simulation.step();
    expect(() => simulation.restore(whole)).toThrow('a step is under way');
    expect(() => simulation.reset()).toThrow('a step is under way');
    await stepping;
  });

  it('under another policy is a fork, and the swap is on record', async () => {
    const fork = run({ policy: new Moody('other') });
    fork.restore(whole);
    await fork.step();
    expect(fork.swaps).toEqual([{ tick: 0, from: 'first', to: 'other' }]);
  });
});

import { describe, expect, it } from 'vitest';
import { lives } from '../env/lives.ts';
import { drawPeople, individuals } from '../env/people.ts';
import type { Rule, Scenario } from '../env/scenario.ts';
import { decodeAgent, stateSpace } from '../env/state-space.ts';
import { trajectory } from '../env/trajectory.ts';
import { defineVocabulary } from '../env/vocabulary.ts';
import { decisionTable } from '../policies/decision-table.ts';
import { policyOf } from '../policies/policy-of.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { checkEnvironment } from './check-environment.ts';
import { Environment } from './environment.ts';
import { fair } from './fair.test-support.ts';
import { contains, type Steppable } from './spaces.ts';

/** A rule that likes some phrases more than others. */
const fond: Rule = ({ traits, contexts }) => {
  const p = (0.1 + 0.13 * traits.length + 0.21 * contexts.length) % 1;
  return [1 - p, p];
};

const levelsOf = (scenario: Scenario, code: number): Record<string, unknown> => {
  const space = stateSpace(scenario);
  const values = new Int32Array(space.slots);
  decodeAgent(space, values, 0, code);
  return Object.fromEntries(scenario.agent.map(({ name, levels }, i) => [name, levels[values[i]!]]));
};

describe('an agent on its own', () => {
  it.each([7, 2 ** 53 - 2])('lives the trajectory of seed %d if it takes its actions', async (seed) => {
    const table = await decisionTable(iceCream, policyOf(iceCream, fond));
    const agent = 5;
    const environment = new Environment(iceCream, { ticks: 60 });
    const moments = trajectory(stateSpace(iceCream), table.weightsOf, { seed, agent, ticks: 60 });
    let { info } = environment.reset({ seed, options: { agent } });
    for (const { tick, code, mask, action, reward } of moments) {
      expect([info.tick, info.mask, info.state]).toEqual([tick, mask, levelsOf(iceCream, code)]);
      expect(environment.draw(fond({ traits: info.traits, contexts: info.context }))).toBe(action);
      const step = environment.step(action);
      expect(step.reward).toBe(reward);
      expect([step.terminated, step.truncated]).toEqual([false, tick === 59]);
      info = step.info;
    }
  });

  it('observes its phrases, in words and as ones', () => {
    const traits = ['likes sweets', 'spender'];
    const environment = new Environment(iceCream);
    const { observation, info } = environment.reset({ options: { traits } });
    expect(info.traits).toEqual(traits);
    const held = environment.observationSpace.names.filter((_, i) => observation[i] === 1);
    expect(held).toEqual([...info.traits, ...info.context]);
    expect(held.length).toBeGreaterThan(0);
  });

  it('begins with seed 0, and goes on with the next seed', () => {
    const environment = new Environment(iceCream);
    expect([environment.reset(), environment.reset(), environment.reset({ seed: 9 }), environment.reset()]).toEqual(
      [0, 1, 9, 10].map((seed) => new Environment(iceCream).reset({ seed })),
    );
  });

  it.each([
    [
      'SCENARIO_CROWD',
      () => new Environment(iceCream, { others: { policy: fond, agents: 5 } }),
      /others change nothing/,
    ],
    ['SIMULATION_ARGUMENT', () => new Environment(iceCream, { ticks: 0.5 }), /at least 1 whole tick, got 0.5/],
    ['SIMULATION_ARGUMENT', () => new Environment(iceCream).reset({ seed: -1 }), /a seed is an integer .* got -1/],
    ['SIMULATION_ARGUMENT', () => new Environment(iceCream).reset({ options: { agent: 0.5 } }), /got 0.5/],
    [
      'SIMULATION_ARGUMENT',
      () => new Environment(iceCream).reset({ options: { agents: 3 } as object }),
      /unknown option of reset: agents .* did you mean agent\?/,
    ],
    ['OBSERVATION_PHRASE', () => new Environment(iceCream).reset({ options: { traits: ['tall'] } }), /unknown trait/],
    ['SIMULATION_ARGUMENT', () => new Environment(iceCream).step(0), /call reset\(\)/],
    [
      'SCENARIO_DYNAMICS',
      () =>
        new Environment(defineVocabulary({ id: 'loans', actions: ['refuse', 'grant'], traits: { phrases: ['a'] } })),
      /without dynamics/,
    ],
  ])('%s: refuses what it cannot do, with the reason', (code, act, message) => {
    expect(act).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});

describe('an agent in a crowd', () => {
  const others = { policy: fond, agents: 29 };

  it('lives as the same agent of a population does, if all follow one rule', async () => {
    const space = stateSpace(fair);
    const table = await decisionTable(fair, policyOf(fair, fond));
    const agent = 11;
    const moments = lives(space, table.weightsOf, { seed: 3, agents: 30, ticks: 12 });
    expect(new Set(moments.flatMap(({ actions }) => actions)).size).toBe(2);
    for (const policy of [fond, table]) {
      const environment = new Environment(fair, { others: { policy, agents: 29 } });
      let { info } = environment.reset({ seed: 3, options: { agent } });
      let bought = 0;
      for (const { tick, codes, actions, crowd } of moments) {
        expect([info.tick, info.state]).toEqual([tick, levelsOf(fair, codes[agent]!)]);
        expect(info.crowd.stock).toBe(fair.crowd[1]!.levels[crowd.levels[3]!]);
        ({ info } = environment.step(actions[agent]!));
        bought += info.measures.bought!;
      }
      expect(bought).toBe(moments.filter(({ actions }) => actions[agent] === 1).length);
    }
    expect(individuals(drawPeople(space, 3, 30))[agent]!.place).not.toBe(agent);
  });

  it('is told what is not allowed, and refused it without any effect', () => {
    const environment = new Environment(fair, { others: { policy: () => ({ buy: 1 }), agents: 40 } });
    let { info } = environment.reset();
    while (info.actionMask[1] === 1) ({ info } = environment.step(1));
    expect(() => environment.step(1)).toThrow('buy is not allowed now (allowed: stroll); see info.actionMask');
    expect(environment.draw({ buy: 1 })).toBe(0);
    expect(environment.step(0).info.tick).toBe(info.tick + 1);
  });

  it.each([
    ['SCENARIO_CROWD', () => new Environment(fair), /depends on the crowd \(queue, stock, habit\)/],
    ['SIMULATION_ARGUMENT', () => new Environment(fair, { others: { ...others, agents: 0 } }), /1 to 100000/],
    [
      'SIMULATION_ARGUMENT',
      () => new Environment(fair, { others: { agents: 2, policy: policyOf(fair, fond) as never } }),
      /await decisionTable/,
    ],
    [
      'SIMULATION_ARGUMENT',
      () => new Environment(fair, { others }).reset({ options: { agent: 30 } }),
      /from 0 to 29, got 30/,
    ],
    [
      'OBSERVATION_CONFLICT',
      () => new Environment(fair, { others }).reset({ options: { traits: ['in a hurry'] } }),
      /no phrase of age/,
    ],
  ])('%s: refuses what it cannot do, with the reason', (code, act, message) => {
    expect(act).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('refuses the table of another scenario', async () => {
    const policy = await decisionTable(iceCream, policyOf(iceCream, fond));
    expect(() => new Environment(fair, { others: { policy, agents: 2 } })).toThrow(/decides in ice-cream-v1/);
  });
});

describe('a table of decisions', () => {
  it('has every observation that a population makes', async () => {
    const { masks, weightsOf } = await decisionTable(iceCream, policyOf(iceCream, fond));
    expect(new Set(masks).size).toBe(masks.length);
    expect(masks.length).toBeGreaterThan(1000);
    expect(() => weightsOf(iceCream.sets.of(iceCream.phrases.keys()))).toThrow(/has no row for "/);
  });

  it('is not made of a policy that leaves an observation open', async () => {
    const silent = { ...policyOf(fair, fond), decide: async ({ masks }: { masks: Uint32Array }) => answers(masks) };
    const answers = (masks: Uint32Array) => ({
      probabilities: new Float64Array(2 * masks.length).fill(Number.NaN),
      outcomes: Array.from(masks, () => 'refused' as const),
    });
    await expect(decisionTable(fair, silent)).rejects.toThrow(/gave no probability for \d+ of \d+ .*\(refused\)/);
  });
});

describe('checkEnvironment', () => {
  const open = () => new Environment(fair, { others: { policy: fond, agents: 40 } });

  it('finds nothing in ours', () => {
    checkEnvironment(new Environment(iceCream));
    checkEnvironment(open(), { seed: 4 });
  });

  const members = (inner: Environment): Steppable => ({
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    reset: (how) => inner.reset(how),
    step: (action) => inner.step(action),
  });
  /** Ours with one part replaced. */
  const broken = (change: (inner: Environment) => Partial<Steppable>): Steppable => {
    const inner = open();
    return { ...members(inner), ...change(inner) };
  };
  const begun = (inner: Environment): Partial<Steppable> => {
    inner.reset();
    return {};
  };
  let calls = 0;
  const faults: readonly (readonly [RegExp, (inner: Environment) => Partial<Steppable>])[] = [
    [/before the first reset is refused: it was not/, begun],
    [/the spaces are data: 2 entries have 1 names/, () => ({ actionSpace: { type: 'discrete', n: 2, names: ['a'] } })],
    [
      /does not belong to the observation space/,
      (inner) => ({ step: (action) => ({ ...inner.step(action), observation: new Uint8Array(2) }) }),
    ],
    [/the reward NaN is not/, (inner) => ({ step: (action) => ({ ...inner.step(action), reward: Number.NaN }) })],
    [/it differs from step 1 on/, (inner) => ({ step: (action) => ({ ...inner.step(action), reward: ++calls }) })],
    [
      /an episode ends: it did not within 200 steps/,
      () => members(new Environment(fair, { ticks: 900, others: { policy: fond, agents: 3 } })),
    ],
    [
      /a step after the end is refused: it was not/,
      (inner) => {
        let last: ReturnType<Steppable['step']>;
        return { step: (action) => (last?.truncated && action === 0 ? last : (last = inner.step(action))) };
      },
    ],
    [/action 2 was not refused/, (inner) => ({ step: (action) => inner.step(action === 2 ? 0 : action) })],
    [
      /action 1 was not refused/,
      (inner) => ({
        step: (action) => {
          try {
            return inner.step(action);
          } catch (error) {
            if (/not allowed/.test(String(error))) return inner.step(0);
            throw error;
          }
        },
      }),
    ],
    [
      /was returned is not written to later/,
      (inner) => {
        const observation = new Uint8Array(inner.observationSpace.n);
        const shared = <T extends { observation: Uint8Array }>(given: T): T => {
          observation.set(given.observation);
          return { ...given, observation };
        };
        return { reset: (how) => shared(inner.reset(how)), step: (action) => shared(inner.step(action)) };
      },
    ],
  ];
  it.each(faults)('finds %s', (message, change) => {
    const check = () => checkEnvironment(broken(change), { steps: 200 });
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'SIMULATION_ENVIRONMENT' }));
  });

  it('lists all that it finds in one error', () => {
    const env = broken((inner) => ({ ...begun(inner), actionSpace: { type: 'discrete', n: 2, names: ['a', 'a'] } }));
    expect(() => checkEnvironment(env)).toThrow(/given twice\n.*was not refused/);
  });
});

it('contains tells members of a space from others', () => {
  const bits = { type: 'multi-binary', n: 2, names: ['a', 'b'] } as const;
  const three = { type: 'discrete', n: 3, names: ['a', 'b', 'c'] } as const;
  expect([[0, 1], [0, 2], [0], Uint8Array.of(1, 1), 'ab'].map((value) => contains(bits, value))).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
  expect([0, 2, 3, -1, 0.5, '0'].map((value) => contains(three, value))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

import { describe, expect, it } from 'vitest';
import { describeScenario } from '../../env/conformance.ts';
import { twoSidedTail } from '../../env/false-alarm.test-support.ts';
import { observations } from '../../env/observation.ts';
import { stateCount, states } from '../../env/sampling/states.ts';
import { traitSetCount } from '../../env/trait-law.ts';
import { openOracle } from '../../policies/known/oracle.ts';
import { run } from '../../sim/run.ts';
import { describePolicy } from '../open.ts';
import { mobilityTown } from './scenario.ts';

const town = mobilityTown();

describeScenario(town);
describePolicy('the oracle of mobility-v1', () => openOracle(town), { scenario: town });

describe('the town of mobility-v1', () => {
  it('has 288 kinds of people and 17,280 observations', () => {
    expect(traitSetCount(town)).toBe(288);
    expect(stateCount(town)).toBe(17_280);
    expect(new Set(states(town)).size).toBe(17_280);
  });

  it('lets nobody drive without a car, cycle in the snow, or walk from the village', async () => {
    const forbidden = new Set<string>();
    await run({
      ...{ scenario: town, policy: 'uniform', agents: 2000, ticks: 20, seed: 3 },
      onTick: (_record, simulation) => {
        const { traitSets, kinds, actions } = simulation;
        const has = (agent: number, trait: string) =>
          town.sets.holds(traitSets[kinds[agent]!]!, town.traits.indexOf(trait));
        for (let agent = 0; agent < 2000; agent++) {
          const action = town.actions[actions[agent]!];
          if (action === 'car' && !has(agent, 'owns a car')) forbidden.add('car');
          if (action === 'cycle' && !has(agent, 'owns a bicycle')) forbidden.add('cycle');
          if (action === 'walk' && has(agent, 'lives in a village')) forbidden.add('walk');
        }
      },
    });
    expect([...forbidden]).toEqual([]);
  });

  // Given the world, agents are independent: the share that drives in a tick is binomial in both engines.
  it('drives as much by cohorts as agent by agent (one false alarm in 100,000 seeds)', async () => {
    const shares = async (agents: number, cohorts: boolean) => {
      const perTick: number[] = [];
      const onTick = ({ counts }: { counts: readonly number[] }) => void perTick.push(counts[4]! / agents);
      await run({ scenario: town, policy: 'oracle', agents, ticks: 20, seed: 5, cohorts, onTick });
      return perTick;
    };
    const [few, many] = [20_000, 2_000_000];
    const [single, counted] = [await shares(few, false), await shares(many, true)];
    single.forEach((share, t) => {
      const p = (few * share + many * counted[t]!) / (few + many);
      const deviate = (share - counted[t]!) / Math.sqrt(p * (1 - p) * (1 / few + 1 / many));
      expect(twoSidedTail(deviate)).toBeGreaterThan(1e-5 / 20);
    });
  });

  it('travels as its oracle says, and answers for five actions', async () => {
    const oracle = openOracle(town);
    const rainy = ['lives in a village', '35 to 60', 'owns a car', 'leaving for work', 'it is raining'];
    const set = town.sets.of(rainy.map((phrase) => town.phrases.indexOf(phrase)));
    const [answer] = await oracle.ask(observations(town, [set]), { elicit: 'greedy', explain: true });
    expect(answer!.probabilities).toHaveLength(5);
    expect(answer!.probabilities!.indexOf(Math.max(...answer!.probabilities!))).toBe(4);
    expect(answer!.explanation).toBe('Most likely to car, because of "owns a car".');
  });

  it('costs more to drive in with dearer fuel, and is otherwise the same run', async () => {
    const options = { policy: 'policy:drive if you can', agents: 500, seed: 1 };
    const cheap = await run({ ...options, scenario: mobilityTown({ fuel: 1 }) });
    const dear = await run({ ...options, scenario: mobilityTown({ fuel: 4 }) });
    expect(dear.actions).toEqual(cheap.actions);
    expect(dear.reward).toBeLessThan(cheap.reward);
    expect(() => mobilityTown({ fuel: 11 })).toThrow('parameter fuel: 11 is outside its range, 0 to 10');
  });
});

import { describe, expect, it } from 'vitest';
import { describeScenario } from '../../env/conformance.ts';
import { twoSidedTail } from '../../env/false-alarm.test-support.ts';
import { observations } from '../../env/observation.ts';
import { stateCount, states } from '../../env/sampling/states.ts';
import { traitSetCount } from '../../env/trait-law.ts';
import { openOracle } from '../../policies/known/oracle.ts';
import { run } from '../../sim/run.ts';
import type { TickRecord } from '../../sim/tick-record.ts';
import { describePolicy } from '../open.ts';
import { mobilityTown } from './scenario.ts';

const town = mobilityTown();

describeScenario(town);
describePolicy('the oracle of mobility-v1', () => openOracle(town), { scenario: town });

describe('the town of mobility-v1', () => {
  it('has 288 kinds of people and 34,560 observations', () => {
    expect(traitSetCount(town)).toBe(288);
    expect(stateCount(town)).toBe(34_560);
    expect(new Set(states(town)).size).toBe(34_560);
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

  // Given the world and the crowd, agents are independent: the share that drives in a tick is binomial in both engines.
  it('drives as much by cohorts as agent by agent (one false alarm in 100,000 seeds)', async () => {
    const ticksOf = async (agents: number, cohorts: boolean) => {
      const ticks: Pick<TickRecord, 'counts' | 'crowd'>[] = [];
      const onTick = (record: TickRecord) => void ticks.push(record);
      await run({ scenario: town, policy: 'oracle', agents, ticks: 20, seed: 5, cohorts, onTick });
      return ticks;
    };
    const [few, many] = [20_000, 2_000_000];
    const [single, counted] = [await ticksOf(few, false), await ticksOf(many, true)];
    expect(single.map(({ crowd }) => crowd)).toEqual(counted.map(({ crowd }) => crowd));
    single.forEach(({ counts }, t) => {
      const drivers = counted[t]!.counts[4]!;
      const p = (counts[4]! + drivers) / (few + many);
      const deviate = (counts[4]! / few - drivers / many) / Math.sqrt(p * (1 - p) * (1 / few + 1 / many));
      expect(twoSidedTail(deviate)).toBeGreaterThan(1e-5 / 20);
    });
  });

  it('leaves people behind at a full bus, and the morning after fewer take it and more drive', async () => {
    const [agents, ticks] = [100_000, 12];
    const mornings = async (seats: number) => {
      const days: { weather: unknown; bus: number; car: number; behind: number; full: unknown }[] = [];
      await run({
        ...{ scenario: mobilityTown({ seats }), policy: 'oracle', agents, ticks, seed: 5, cohorts: true },
        onTick: ({ tick, world, counts, measures, crowd }) => {
          const [bus, car] = [counts[3]! / agents, counts[4]! / agents];
          if (tick % 2 === 1)
            days.at(-1)!.full = Object.values(crowd!.bus as object).every((level) => level === 'full');
          else days.push({ weather: world.weather, bus, car, behind: measures['left behind']!, full: false });
        },
      });
      return days;
    };
    const [crowded, roomy] = [await mornings(0.3), await mornings(1)];
    // It rains on the first three mornings, and all lines fill up on the first.
    expect(crowded.slice(0, 3).map(({ weather, full }) => [weather, full])).toEqual([
      ['rain', true],
      ['rain', false],
      ['rain', true],
    ]);
    expect(roomy.every(({ full, behind }) => !full && behind === 0)).toBe(true);
    expect(crowded[0]!.bus).toBe(roomy[0]!.bus);
    expect(crowded[0]!.behind / (agents * crowded[0]!.bus)).toBeCloseTo(0.25, 1);
    expect(crowded[1]!.behind).toBe(0);
    // Half as many go by bus: 18 % in place of 38 %; a fifth more drive: 35 % in place of 28 %.
    expect([crowded[1]!.bus, roomy[1]!.bus].map((share) => Math.round(100 * share))).toEqual([18, 38]);
    expect([crowded[1]!.car, roomy[1]!.car].map((share) => Math.round(100 * share))).toEqual([35, 28]);
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

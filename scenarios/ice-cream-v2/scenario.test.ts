import { describe, expect, it } from 'vitest';
import { describeScenario } from '../../env/conformance.ts';
import { observations } from '../../env/observation.ts';
import { promptOf } from '../../env/prompt.ts';
import { states } from '../../env/sampling/states.ts';
import { openOracle } from '../../policies/known/oracle.ts';
import { run } from '../../sim/run.ts';
import type { TickRecord } from '../../sim/tick-record.ts';
import { iceCream } from '../ice-cream-v1/scenario.ts';
import { describePolicy } from '../open.ts';
import { iceCreamQueue } from './scenario.ts';

describeScenario(iceCreamQueue);
describePolicy('the oracle of ice-cream-v2', () => openOracle(iceCreamQueue), { scenario: iceCreamQueue });

const agents = 200_000;
/** The first day of a town in which all do what the rule of both towns says. */
async function firstDay(scenario: typeof iceCream | typeof iceCreamQueue, cohorts = true): Promise<TickRecord[]> {
  const ticks: TickRecord[] = [];
  await run({
    scenario,
    policy: 'oracle',
    agents,
    ticks: 15,
    seed: 2,
    cohorts,
    onTick: (tick) => void ticks.push(tick),
  });
  return ticks;
}

describe('the town with a queue', () => {
  it('asks what ice-cream-v1 asks, word for word', () => {
    const masks = [...states(iceCream)];
    expect(new Set(states(iceCreamQueue))).toEqual(new Set(masks));
    const [published, own] = [iceCream, iceCreamQueue].map((scenario) => {
      const some = observations(
        scenario,
        masks.filter((_, i) => i % 97 === 0),
      );
      return Array.from(some.masks, (_, i) => [0, 1, 2].map((paraphrase) => promptOf(scenario, some, i, paraphrase)));
    });
    expect(own).toEqual(published);
  });

  it('turns people away at eleven, and after a queue round the block they walk past the truck', async () => {
    const [alone, queued] = [await firstDay(iceCream), await firstDay(iceCreamQueue)];
    expect(queued.map(({ world }) => world)).toEqual(alone.map(({ world }) => world));
    const at = (ticks: TickRecord[], hour: number) => ticks.find(({ world }) => world.hour === hour)!;
    const share = (n: number) => Math.round((100 * n) / agents);
    expect(at(queued, 11).world.truck).toBe('work');
    // Nothing has happened yet, so as many want one: 39 %. Of those, 70 % of the ones at the truck get none.
    expect([at(alone, 11), at(queued, 11)].map(({ counts }) => share(counts[1]!))).toEqual([39, 39]);
    expect([at(alone, 11).measures.sales!, at(queued, 11).measures.sales!].map(share)).toEqual([39, 18]);
    expect(share(at(queued, 11).measures['turned away']!)).toBe(21);
    // An hour later the truck is still there; only those elsewhere want one.
    expect(at(queued, 12)).toMatchObject({ world: { truck: 'work' }, crowd: { queue: { work: 'round the block' } } });
    expect([at(alone, 12), at(queued, 12)].map(({ counts }) => share(counts[1]!))).toEqual([38, 8]);
    for (const { counts, measures } of queued) expect(measures.sales! + measures['turned away']!).toBe(counts[1]);
  });

  it('forms the same queues of single agents as of cohorts', async () => {
    const [single, counted] = [await firstDay(iceCreamQueue, false), await firstDay(iceCreamQueue)];
    expect(single.map(({ crowd }) => crowd)).toEqual(counted.map(({ crowd }) => crowd));
  });
});

import { Living } from '../../env/lives.ts';
import { namedNetwork } from '../../env/network/named.ts';
import { drawPeople, individuals } from '../../env/people.ts';
import type { Scenario } from '../../env/scenario.ts';
import { stateSpace } from '../../env/state-space.ts';
import type { AskedOnce } from '../asked-once.ts';
import type { DecideOptions } from '../policy.ts';

/** People who are followed, in each of some courses of the world. */
const PEOPLE = 500;
const WORLDS = [0, 1];

/**
 * How often people make each observation under a policy: of 500 people in two courses of the world, the same ones each time,
 * over the scenario's horizon. An estimate that depends on the scenario and the policy alone.
 * @returns agent-ticks by observation
 */
export async function observationsMet(
  scenario: Scenario,
  policy: AskedOnce,
  options: DecideOptions = {},
): Promise<Map<number, number>> {
  const space = stateSpace(scenario);
  const met = new Map<number, number>();
  const skip = Uint32Array.from(scenario.actions, (_, a) => (a === 0 ? 65_536 : 0));
  for (const seed of WORLDS) {
    const people = individuals(drawPeople(space, seed, PEOPLE));
    const { network } = scenario;
    const drawn = typeof network === 'string' ? namedNetwork(network).draw(PEOPLE, seed) : network;
    const living = new Living(space, seed, people, drawn);
    for (let tick = 0; tick < scenario.horizon; tick++) {
      const seen = people.map((_, agent) => living.observation(agent));
      for (const mask of seen) met.set(mask, (met.get(mask) ?? 0) + 1);
      await policy.learn(seen, options);
      living.step(
        seen.map((mask, agent) => living.draw(agent, policy.weightsOf(mask) ?? skip)),
        () => {},
      );
    }
  }
  return met;
}

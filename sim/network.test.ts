import { describe, expect, it } from 'vitest';
import { friends } from '../env/friends.test-support.ts';
import { lives } from '../env/lives.ts';
import { namedNetwork } from '../env/network/named.ts';
import { stateSpace } from '../env/state-space.ts';
import { policyOf } from '../policies/policy-of.ts';
import { Simulation } from './simulation.ts';

const space = stateSpace(friends);
const shares = (has: (phrase: string) => boolean) => {
  const smoke = has('friends smoke') ? 0.5 : 0.125;
  const walk = has('a sad friend') ? 0.25 : has('queue') ? 0.125 : 0.0625;
  return [1 - smoke - walk, smoke, walk];
};
const policy = policyOf(friends, ({ contexts }) => shares((phrase) => contexts.includes(phrase)));
const weightsOf = (mask: number) =>
  shares((phrase) => friends.sets.holds(mask, friends.phrases.indexOf(phrase))).map((share) => 65536 * share);

describe('agents with neighbours', () => {
  // Few agents are played by the plain kernel, many by the compiled one.
  it.each([
    ['ring:2', 60],
    ['small-world:4,0.25', 300],
    ['scale-free:2', 4300],
  ])('in %s live as the reference tells: %d of them', async (name, agents) => {
    const [seed, ticks] = [4, 8];
    const simulation = new Simulation({ scenario: friends, policy, agents, seed, network: name });
    const network = namedNetwork(name).draw(agents, seed);
    for (const moment of lives(space, weightsOf, { seed, agents, ticks, network })) {
      expect([...simulation.codes]).toEqual(moment.codes);
      const record = await simulation.step();
      expect([...simulation.actions]).toEqual(moment.actions);
      expect(record.reward).toBe(moment.reward);
    }
  });
});

import { CrowdCount, type CrowdState, crowdAfter, firstCrowd } from './crowd.ts';
import { setAgentNext, setCrowd } from './crowd-slots.ts';
import { TraitLuck } from './people.ts';
import {
  decodeAgent,
  drawWorld,
  encodeAgent,
  events,
  Luck,
  look,
  maskActions,
  observe,
  pick,
  type StateSpace,
  setTraits,
} from './state-space.ts';
import type { DecideWeights } from './trajectory.ts';

/** One tick of a whole population. */
export interface SharedMoment {
  readonly tick: number;
  /** Level indices of the world factors. */
  readonly world: Int32Array;
  readonly crowd: CrowdState;
  /** The agent factors' joint code, by agent. */
  readonly codes: readonly number[];
  /** Index of the action taken, by agent. */
  readonly actions: readonly number[];
  /** Total over agents. */
  readonly reward: number;
}

/**
 * The lives of agents that act on each other, step by step as the laws read: all observe and act, then the world moves on, then
 * the crowd, then the agents. The reference that every faster engine is checked against; without crowd factors, each agent
 * lives as `trajectory` tells.
 */
export function lives(
  space: StateSpace,
  decide: DecideWeights,
  { seed, agents, ticks }: { seed: number; agents: number; ticks: number },
): SharedMoment[] {
  const worldLuck = new Luck(seed, 'world');
  const luck = new Luck(seed, 'agents');
  const people = new TraitLuck(space, seed);
  const traitSets = Array.from({ length: agents }, (_, agent) => people.setOf(agent));
  const values = new Int32Array(space.slots);
  const draw = (agent: number, tick: number, law: 'start' | 'next'): number => {
    space.agent.forEach((factor, i) => {
      const level = pick(look(factor[law], values), luck.at(agent, tick, events.factor(i)));
      setAgentNext(factor, values, space.agentNext + i, level);
    });
    return encodeAgent(space, values, space.agentNext);
  };

  let world = drawWorld(space, worldLuck, 0);
  let crowd = firstCrowd(space);
  values.set(world, space.worldNext);
  setCrowd(space, values, 'next', crowd.levels);
  let codes = traitSets.map((set, agent) => {
    setTraits(space, values, set);
    return draw(agent, 0, 'start');
  });
  const moments: SharedMoment[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const stand = (agent: number) => {
      setTraits(space, values, traitSets[agent]!);
      decodeAgent(space, values, space.agentNow, codes[agent]!);
    };
    values.set(world, space.worldNow);
    setCrowd(space, values, 'now', crowd.levels);
    const count = new CrowdCount(space);
    const actions = codes.map((_, agent) => {
      stand(agent);
      const weights = maskActions(space, values, decide(observe(space, values)));
      values[space.action] = pick(weights, luck.at(agent, tick, events.action));
      count.add(values, 1);
      return values[space.action]!;
    });
    const nextWorld = drawWorld(space, worldLuck, tick + 1, world, crowd.levels);
    const nextCrowd = crowdAfter(space, count, crowd, nextWorld);
    values.set(nextWorld, space.worldNext);
    setCrowd(space, values, 'next', nextCrowd.levels);
    let reward = 0;
    const next = codes.map((_, agent) => {
      stand(agent);
      values[space.action] = actions[agent]!;
      const code = draw(agent, tick + 1, 'next');
      reward += look(space.reward, values);
      return code;
    });
    moments.push({ tick, world, crowd, codes, actions, reward });
    [world, crowd, codes] = [nextWorld, nextCrowd, next];
  }
  return moments;
}

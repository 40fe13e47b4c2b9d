import { ACTION_SLOT, AgentLuck, slotsOf } from './agent-luck.ts';
import { CrowdCount, type CrowdState, crowdAfter, firstCrowd } from './crowd.ts';
import { setAgentNext, setCrowd } from './crowd-slots.ts';
import { drawPeople, individuals } from './people.ts';
import {
  decodeAgent,
  drawWorld,
  encodeAgent,
  look,
  maskActions,
  observe,
  pick,
  type StateSpace,
  setTraits,
  WorldLuck,
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
 * lives as `trajectory` tells of its place and trait set.
 */
export function lives(
  space: StateSpace,
  decide: DecideWeights,
  { seed, agents, ticks }: { seed: number; agents: number; ticks: number },
): SharedMoment[] {
  const worldLuck = new WorldLuck(seed);
  const luck = new AgentLuck(seed);
  const slots = slotsOf(space);
  const people = individuals(drawPeople(space, seed, agents));
  const values = new Int32Array(space.slots);
  const draw = (agent: number, tick: number, law: 'start' | 'next'): number => {
    space.agent.forEach((factor, i) => {
      const uniform = luck.uniform(people[agent]!.place, tick, slots[law][i]!, law === 'start' ? 'start' : 'tick');
      const level = pick(look(factor[law], values), uniform);
      setAgentNext(factor, values, space.agentNext + i, level);
    });
    return encodeAgent(space, values, space.agentNext);
  };

  let world = drawWorld(space, worldLuck, 0);
  let crowd = firstCrowd(space);
  values.set(world, space.worldNext);
  setCrowd(space, values, 'next', crowd.levels);
  let codes = people.map(({ traitSet }, agent) => {
    setTraits(space, values, traitSet);
    return draw(agent, 0, 'start');
  });
  const moments: SharedMoment[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const stand = (agent: number) => {
      setTraits(space, values, people[agent]!.traitSet);
      decodeAgent(space, values, space.agentNow, codes[agent]!);
    };
    values.set(world, space.worldNow);
    setCrowd(space, values, 'now', crowd.levels);
    const count = new CrowdCount(space);
    const actions = codes.map((_, agent) => {
      stand(agent);
      const weights = maskActions(space, values, decide(observe(space, values)));
      values[space.action] = pick(weights, luck.uniform(people[agent]!.place, tick, ACTION_SLOT, 'tick'));
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
      const code = draw(agent, tick, 'next');
      reward += look(space.reward, values);
      return code;
    });
    moments.push({ tick, world, crowd, codes, actions, reward });
    [world, crowd, codes] = [nextWorld, nextCrowd, next];
  }
  return moments;
}

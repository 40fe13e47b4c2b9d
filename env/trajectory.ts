import { ACTION_SLOT, AgentLuck, slotsOf } from './agent-luck.ts';
import { setAgentNext, setCrowd } from './crowd-slots.ts';
import { TraitLuck } from './people.ts';
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

/** Weights of the k actions out of 65,536, for an observation's mask. */
export type DecideWeights = (mask: number) => ArrayLike<number>;

/** One tick of one agent's life. */
export interface Moment {
  readonly tick: number;
  /** Level indices of the world factors. */
  readonly world: Int32Array;
  /** The agent factors' joint code. */
  readonly code: number;
  readonly mask: number;
  /** Index of the action taken. */
  readonly action: number;
  readonly reward: number;
}

/** Levels of the crowd factors by tick, shape [crowd places]: what everybody else makes of them. */
export type CrowdPath = (tick: number) => ArrayLike<number>;

/**
 * World levels from tick 0 to `ticks`, both included; shared by every agent under a seed, and by every policy unless the
 * world reads the crowd.
 */
export function worldPath(space: StateSpace, seed: number, ticks: number, crowd?: CrowdPath): Int32Array[] {
  const luck = new WorldLuck(seed);
  const path = [drawWorld(space, luck, 0)];
  for (let tick = 1; tick <= ticks; tick++) path.push(drawWorld(space, luck, tick, path[tick - 1], crowd?.(tick - 1)));
  return path;
}

/**
 * The life of one agent, step by step as the laws read: the reference that every faster engine is checked against.
 * A scenario with crowd factors needs the levels that they take.
 * The moment of tick t holds the state and observation of t, the action chosen there and the reward on the way to t + 1.
 * @param options agent: whose luck it has; traitSet: default what that agent draws; path: the world's, where it is known
 */
export function trajectory(
  space: StateSpace,
  decide: DecideWeights,
  {
    seed,
    agent,
    ticks,
    traitSet,
    crowd,
    path = worldPath(space, seed, ticks, crowd),
  }: {
    seed: number;
    agent: number;
    ticks: number;
    traitSet?: number;
    crowd?: CrowdPath;
    path?: readonly Int32Array[];
  },
): Moment[] {
  const crowdAt = (when: 'now' | 'next', tick: number) => {
    if (space.crowdPlaces > 0) setCrowd(space, values, when, crowd!(tick));
  };
  const luck = new AgentLuck(seed);
  const slots = slotsOf(space);
  const values = new Int32Array(space.slots);
  setTraits(space, values, traitSet ?? new TraitLuck(space, seed).setOf(agent));

  const draw = (tick: number, law: 'start' | 'next'): number => {
    space.agent.forEach((factor, i) => {
      const uniform = luck.uniform(agent, tick, slots[law][i]!, law === 'start' ? 'start' : 'tick');
      setAgentNext(factor, values, space.agentNext + i, pick(look(factor[law], values), uniform));
    });
    return encodeAgent(space, values, space.agentNext);
  };

  values.set(path[0]!, space.worldNext);
  crowdAt('next', 0);
  let code = draw(0, 'start');
  const moments: Moment[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    values.set(path[tick]!, space.worldNow);
    values.set(path[tick + 1]!, space.worldNext);
    crowdAt('now', tick);
    crowdAt('next', tick + 1);
    decodeAgent(space, values, space.agentNow, code);
    const mask = observe(space, values);
    const action = pick(maskActions(space, values, decide(mask)), luck.uniform(agent, tick, ACTION_SLOT, 'tick'));
    values[space.action] = action;
    const next = draw(tick, 'next');
    moments.push({ tick, world: path[tick]!, code, mask, action, reward: look(space.reward, values) });
    code = next;
  }
  return moments;
}

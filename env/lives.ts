import { ACTION_SLOT, AgentLuck, type Slots, slotsOf } from './agent-luck.ts';
import { CrowdCount, type CrowdState, crowdAfter, firstCrowd } from './crowd.ts';
import { setAgentNext, setCrowd } from './crowd-slots.ts';
import { neighbourLevels, neighboursOf, requireNetwork } from './neighbours.ts';
import type { Adjacency, Network } from './network/network.ts';
import { drawPeople, type Individual, individuals } from './people.ts';
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
 * the crowd and what neighbours make, then the agents. The reference that every faster engine is checked against; without crowd factors, each agent
 * lives as `trajectory` tells of its place and trait set.
 */
export function lives(
  space: StateSpace,
  decide: DecideWeights,
  { seed, agents, ticks, network }: { seed: number; agents: number; ticks: number; network?: Network },
): SharedMoment[] {
  const people = individuals(drawPeople(space, seed, agents));
  const living = new Living(space, seed, people, network);
  return Array.from({ length: ticks }, (_, tick) => {
    const { world, crowd, codes } = living;
    const actions = people.map((_, agent) => living.draw(agent, decide(living.observation(agent))));
    let reward = 0;
    living.step(actions, (_, values) => (reward += look(space.reward, values)));
    return { tick, world, crowd, codes, actions, reward };
  });
}

/** Some people in one world, between two ticks. */
export class Living {
  readonly #space: StateSpace;
  readonly #people: readonly Individual[];
  readonly #worldLuck: WorldLuck;
  readonly #luck: AgentLuck;
  readonly #slots: Slots;
  readonly #values: Int32Array;
  readonly #neighbours: Adjacency | undefined;
  #tick = 0;
  #world: Int32Array;
  #crowd: CrowdState;
  #codes: readonly number[];

  /**
   * All stand at tick 0.
   * @param network in which they are neighbours, if the scenario has any, of as many nodes as there are people
   */
  constructor(space: StateSpace, seed: number, people: readonly Individual[], network?: Network) {
    requireNetwork(space.scenario, network);
    this.#neighbours = network && neighboursOf(network, seed);
    this.#space = space;
    this.#people = people;
    this.#worldLuck = new WorldLuck(seed);
    this.#luck = new AgentLuck(seed);
    this.#slots = slotsOf(space);
    const values = new Int32Array(space.slots);
    this.#values = values;
    this.#world = drawWorld(space, this.#worldLuck, 0);
    this.#crowd = firstCrowd(space);
    values.set(this.#world, space.worldNext);
    setCrowd(space, values, 'next', this.#crowd.levels);
    this.#codes = people.map(({ place, traitSet }) => {
      setTraits(space, values, traitSet);
      return this.#drawState(place, 'start');
    });
    this.#begin();
  }

  /** The tick in which all stand. */
  get tick(): number {
    return this.#tick;
  }

  /** Level indices of the world factors. */
  get world(): Int32Array {
    return this.#world;
  }

  get crowd(): CrowdState {
    return this.#crowd;
  }

  /** The agent factors' joint code, by agent. */
  get codes(): readonly number[] {
    return this.#codes;
  }

  /** What an agent sees: a number of `scenario.sets`. */
  observation(agent: number): number {
    return observe(this.#space, this.#stand(agent));
  }

  /** Which actions an agent may take, shape [k]. */
  allowed(agent: number): boolean[] {
    const values = this.#stand(agent);
    return this.#space.allowed.map((table) => look(table, values));
  }

  /**
   * The action that an agent's luck in this tick picks.
   * @param weights shape [k], out of 65,536; those of actions that are not allowed go to the first
   */
  draw(agent: number, weights: ArrayLike<number>): number {
    const masked = maskActions(this.#space, this.#stand(agent), weights);
    return pick(masked, this.#luck.uniform(this.#people[agent]!.place, this.#tick, ACTION_SLOT, 'tick'));
  }

  /**
   * All act at once.
   * @param actions by agent
   * @param passed is called for each agent, with its whole tick in the slots: now, the action, next
   */
  step(actions: readonly number[], passed: (agent: number, values: Int32Array) => void): void {
    const space = this.#space;
    const values = this.#values;
    const count = new CrowdCount(space);
    const counted = space.agent.map((): boolean[] => []);
    for (const [agent, action] of actions.entries()) {
      this.#stand(agent)[space.action] = action;
      count.add(values, 1);
      space.agent.forEach((factor, i) => factor.counted && counted[i]!.push(look(factor.counted, values)));
    }
    const made = space.agent.map(
      ({ factor: { neighbours } }, i) => neighbours && neighbourLevels(neighbours, this.#neighbours!, counted[i]!),
    );
    const world = drawWorld(space, this.#worldLuck, this.#tick + 1, this.#world, this.#crowd.levels);
    const crowd = crowdAfter(space, count, this.#crowd, world);
    values.set(world, space.worldNext);
    setCrowd(space, values, 'next', crowd.levels);
    this.#codes = actions.map((action, agent) => {
      this.#stand(agent)[space.action] = action;
      const code = this.#drawState(this.#people[agent]!.place, 'next', (i) => made[i]?.[agent]);
      passed(agent, values);
      return code;
    });
    this.#tick++;
    this.#world = world;
    this.#crowd = crowd;
    this.#begin();
  }

  /** Writes what all share to the slots `now`. */
  #begin(): void {
    this.#values.set(this.#world, this.#space.worldNow);
    setCrowd(this.#space, this.#values, 'now', this.#crowd.levels);
  }

  /** Writes what an agent is to the slots `now`. */
  #stand(agent: number): Int32Array {
    setTraits(this.#space, this.#values, this.#people[agent]!.traitSet);
    decodeAgent(this.#space, this.#values, this.#space.agentNow, this.#codes[agent]!);
    return this.#values;
  }

  /** @param made the level of an agent factor that is not drawn */
  #drawState(place: number, law: 'start' | 'next', made: (factor: number) => number | undefined = () => undefined) {
    const space = this.#space;
    const values = this.#values;
    space.agent.forEach((factor, i) => {
      const uniform = this.#luck.uniform(place, this.#tick, this.#slots[law][i]!, law === 'start' ? 'start' : 'tick');
      const level = made(i) ?? pick(look(factor[law], values), uniform);
      setAgentNext(factor, values, space.agentNext + i, level);
    });
    return encodeAgent(space, values, space.agentNext);
  }
}

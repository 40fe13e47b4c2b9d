import { ONE } from './chance.ts';
import type { Scenario } from './scenario.ts';
import {
  decodeAgent,
  encodeAgent,
  look,
  maskActions,
  observe,
  type StateSpace,
  setTraits,
  stateSpace,
} from './state-space.ts';
import { decodeWorld, encodeWorld, forEachOutcome, type TraitClass, traitClasses } from './successors.ts';
import type { DecideWeights } from './trajectory.ts';

export interface ExactOptions {
  /** Ticks from the first; default the scenario's horizon. */
  readonly ticks?: number;
}

/** Expectations for one agent drawn from the scenario's trait sets, over every course of the world. */
export interface ExactValue {
  /** E Σ γ^t r_t. */
  readonly value: number;
  /** E r_t by tick, not discounted. Shape [ticks]. */
  readonly rewards: Float64Array;
  /** E of the share of agents that take each action, by tick. Shape [ticks][k]. */
  readonly actions: readonly Float64Array[];
}

/**
 * The value of a policy, without simulation: the state distribution is propagated forward through the integer tables
 * (Puterman, "Markov Decision Processes", 1994, section 4.2).
 * @param decide weights of the k actions out of 65,536 for an observation's mask
 * @example exactValue(scenario, () => [32768, 32768]).value
 */
export function exactValue(
  scenario: Scenario,
  decide: DecideWeights,
  { ticks = scenario.horizon }: ExactOptions = {},
): ExactValue {
  const rewards = new Float64Array(ticks);
  const actions = Array.from(rewards, () => new Float64Array(scenario.actions.length));
  propagate(scenario, decide, ticks, {
    act: (tick, _mask, action, mass) => (actions[tick]![action]! += mass),
    reward: (tick, amount) => (rewards[tick]! += amount),
  });
  return { value: rewards.reduce((sum, reward, t) => sum + scenario.discount ** t * reward, 0), rewards, actions };
}

/**
 * How often a policy's agents make each observation: the occupancy measure over observations
 * (Puterman 1994, section 6.9), not discounted, as a share of all agent-ticks.
 * @returns mask → share; the shares sum to 1
 */
export function occupancy(
  scenario: Scenario,
  decide: DecideWeights,
  { ticks = scenario.horizon }: ExactOptions = {},
): Map<number, number> {
  const shares = new Map<number, number>();
  propagate(scenario, decide, ticks, {
    act: (_tick, mask, _action, mass) => shares.set(mask, (shares.get(mask) ?? 0) + mass / ticks),
  });
  return shares;
}

interface Watcher {
  /** Probability mass of agents that make an observation at a tick and take an action. */
  readonly act: (tick: number, mask: number, action: number, mass: number) => void;
  /** Called with parts of the expected reward of a tick. */
  readonly reward?: (tick: number, amount: number) => void;
}

/** Mass by world code; each entry has shape [trait sets, agent states]. */
type Distribution = Map<number, Float64Array>;

function propagate(scenario: Scenario, decide: DecideWeights, ticks: number, watch: Watcher): void {
  const space = stateSpace(scenario);
  const classes = traitClasses(scenario);
  const decisions = new Map<number, ArrayLike<number>>();
  const weightsOf = (mask: number) => {
    let weights = decisions.get(mask);
    if (!weights) decisions.set(mask, (weights = decide(mask)));
    return weights;
  };
  let now = begin(space, classes);
  for (let tick = 0; tick < ticks; tick++) {
    const next: Distribution = new Map();
    for (const [world, mass] of now) step(space, classes, weightsOf, tick, world, mass, next, watch);
    now = next;
  }
}

function begin(space: StateSpace, classes: readonly TraitClass[]): Distribution {
  const { traitSets, traitWeights } = space.scenario;
  const distribution: Distribution = new Map();
  const values = new Int32Array(space.slots);
  forEachOutcome(space.world, 'start', values, space.worldNext, (worldProbability) => {
    const mass = massOf(
      distribution,
      encodeWorld(space, values, space.worldNext),
      traitSets.length * space.agentStates,
    );
    for (const { members, mask } of classes) {
      setTraits(space, values, mask);
      forEachOutcome(space.agent, 'start', values, space.agentNext, (agentProbability) => {
        const code = encodeAgent(space, values, space.agentNext);
        for (const member of members)
          mass[member * space.agentStates + code]! +=
            (worldProbability * agentProbability * traitWeights[member]!) / ONE;
      });
    }
  });
  return distribution;
}

/** Moves the mass of one world on by one tick. */
function step(
  space: StateSpace,
  classes: readonly TraitClass[],
  weightsOf: DecideWeights,
  tick: number,
  world: number,
  mass: Float64Array,
  next: Distribution,
  watch: Watcher,
): void {
  const { scenario, agentStates } = space;
  const values = new Int32Array(space.slots);
  decodeWorld(space, values, space.worldNow, world);
  for (const { members, mask: classMask } of classes)
    for (let code = 0; code < agentStates; code++) {
      if (!members.some((member) => mass[member * agentStates + code]! > 0)) continue;
      decodeAgent(space, values, space.agentNow, code);
      const chosen = scenario.actions.map(() => new Float64Array(members.length));
      members.forEach((member, m) => {
        const here = mass[member * agentStates + code]!;
        if (here === 0) return;
        setTraits(space, values, scenario.traitSets[member]!);
        const mask = observe(space, values);
        maskActions(space, values, weightsOf(mask)).forEach((weight, action) => {
          if (weight === 0) return;
          chosen[action]![m] = (here * weight) / ONE;
          watch.act(tick, mask, action, chosen[action]![m]!);
        });
      });
      setTraits(space, values, classMask);
      chosen.forEach((share, action) => {
        const total = share.reduce((sum, part) => sum + part, 0);
        if (total === 0) return;
        values[space.action] = action;
        forEachOutcome(space.world, 'next', values, space.worldNext, (worldProbability) => {
          const target = massOf(next, encodeWorld(space, values, space.worldNext), mass.length);
          forEachOutcome(space.agent, 'next', values, space.agentNext, (agentProbability) => {
            const probability = worldProbability * agentProbability;
            const to = encodeAgent(space, values, space.agentNext);
            for (let m = 0; m < members.length; m++) target[members[m]! * agentStates + to]! += share[m]! * probability;
            watch.reward?.(tick, total * probability * look(space.reward, values));
          });
        });
      });
    }
}

function massOf(distribution: Distribution, world: number, size: number): Float64Array {
  let mass = distribution.get(world);
  if (!mass) distribution.set(world, (mass = new Float64Array(size)));
  return mass;
}

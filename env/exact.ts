import { ONE, quantise } from './chance.ts';
import { UnderstudyError } from './error.ts';
import { requireNoNetwork } from './neighbours.ts';
import { type Observations, observations } from './observation.ts';
import type { Scenario, TraitBlock, Vocabulary } from './scenario.ts';
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
import { decodeWorld, encodeWorld, forEachOutcome, movingTables, type TraitClass, traitClasses } from './successors.ts';
import { listedTraits } from './trait-law.ts';
import { requireDynamics } from './vocabulary.ts';

/** P(a | s): a function from an observation's mask to the probabilities of the k actions, or anything that decides like a policy. */
export type Decides =
  | ((mask: number) => ArrayLike<number>)
  | { decide(observations: Observations): Promise<{ readonly probabilities: ArrayLike<number> }> };

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
  /** Variance of r_t by tick, over agents and courses of the world. Shape [ticks]. */
  readonly rewardVariances: Float64Array;
  /** E of the share of agents that take each action, by tick. Shape [ticks][k]. */
  readonly actions: readonly Float64Array[];
}

/**
 * The value of a policy, without simulation: the state distribution is propagated forward through the integer tables
 * (Puterman, "Markov Decision Processes", 1994, section 4.2).
 * @throws {RangeError} if the policy gives no probability for an observation that occurs
 * @throws {UnderstudyError} SCENARIO_TABLE for more trait sets than are listed, SCENARIO_CROWD for crowd factors
 * @example (await exactValue(scenario, () => [0.5, 0.5])).value
 */
export async function exactValue(
  vocabulary: Vocabulary,
  policy: Decides,
  options: ExactOptions = {},
): Promise<ExactValue> {
  const scenario = requireNoCrowd(requireDynamics(vocabulary, 'exactValue'), 'exactValue');
  const { ticks = scenario.horizon } = options;
  const rewards = new Float64Array(ticks);
  const squares = new Float64Array(ticks);
  const actions = Array.from(rewards, () => new Float64Array(scenario.actions.length));
  await propagate(scenario, policy, ticks, {
    act: (tick, _mask, action, mass) => (actions[tick]![action]! += mass),
    reward: (tick, mass, reward) => {
      rewards[tick]! += mass * reward;
      squares[tick]! += mass * reward * reward;
    },
  });
  return {
    value: rewards.reduce((sum, reward, t) => sum + scenario.discount ** t * reward, 0),
    rewards,
    // Rounding can leave a variance just under 0.
    rewardVariances: squares.map((square, t) => Math.max(0, square - rewards[t]! ** 2)),
    actions,
  };
}

/**
 * How often a policy's agents make each observation: the occupancy measure over observations
 * (Puterman 1994, section 6.9), not discounted, as a share of all agent-ticks.
 * @returns mask → share; the shares sum to 1
 * @throws {RangeError} if the policy gives no probability for an observation that occurs
 */
export async function occupancy(
  vocabulary: Vocabulary,
  policy: Decides,
  options: ExactOptions = {},
): Promise<Map<number, number>> {
  const scenario = requireNoCrowd(requireDynamics(vocabulary, 'occupancy'), 'occupancy');
  const { ticks = scenario.horizon } = options;
  const shares = new Map<number, number>();
  await propagate(scenario, policy, ticks, {
    act: (_tick, mask, _action, mass) => shares.set(mask, (shares.get(mask) ?? 0) + mass / ticks),
  });
  return shares;
}

/**
 * A scenario whose agents do not act on each other.
 * @param what needs that, for the error
 * @throws {UnderstudyError} SCENARIO_CROWD for one with crowd factors
 */
export function requireNoCrowd(scenario: Scenario, what: string): Scenario {
  requireNoNetwork(scenario, what);
  if (scenario.crowd.length === 0) return scenario;
  throw new UnderstudyError(
    'SCENARIO_CROWD',
    `${scenario.id}: ${what} follows one agent on its own, but what everybody does decides ${scenario.crowd.map(({ name }) => name).join(', ')}; use meanField, the path of a population that grows without bound`,
  );
}

interface Watcher {
  /** Probability mass of agents that make an observation at a tick and take an action. */
  readonly act: (tick: number, mask: number, action: number, mass: number) => void;
  /** Probability mass of agents that earn a reward at a tick. */
  readonly reward?: (tick: number, mass: number, reward: number) => void;
}

/** Mass by world code; each entry has shape [agent states, trait sets], so that a class moves through neighbouring memory. */
type Distribution = Map<number, Float64Array>;

async function propagate(scenario: Scenario, policy: Decides, ticks: number, watch: Watcher): Promise<void> {
  if (!Number.isInteger(ticks) || ticks < 1)
    throw new RangeError(`ticks must be an integer of at least 1, got ${ticks}`);
  const space = stateSpace(scenario);
  const people = listedTraits(scenario);
  const classes = traitClasses(scenario, people.sets, movingTables(scenario));
  const known = new Map<number, ArrayLike<number>>();
  let now = begin(space, people, classes);
  for (let tick = 0; tick < ticks; tick++) {
    await learn(scenario, policy, observedIn(space, people.sets, now), known);
    const next: Distribution = new Map();
    for (const [world, mass] of now)
      step(space, people.sets, classes, (mask) => known.get(mask)!, tick, world, mass, next, watch);
    now = next;
  }
}

/** Masks of the observations that have mass. */
function observedIn(space: StateSpace, traitSets: Uint32Array, distribution: Distribution): Set<number> {
  const masks = new Set<number>();
  const values = new Int32Array(space.slots);
  for (const [world, mass] of distribution) {
    decodeWorld(space, values, space.worldNow, world);
    mass.forEach((share, cell) => {
      if (share === 0) return;
      setTraits(space, values, traitSets[cell % traitSets.length]!);
      decodeAgent(space, values, space.agentNow, Math.floor(cell / traitSets.length));
      masks.add(observe(space, values));
    });
  }
  return masks;
}

/**
 * Asks the policy about masks that it was not asked before; what it answers is rounded as every engine rounds it.
 * @param known weights of the actions out of 65,536 by mask, added to
 * @throws {RangeError} if the policy gives no probability
 */
export async function learn(
  scenario: Scenario,
  policy: Decides,
  masks: Iterable<number>,
  known: Map<number, ArrayLike<number>>,
): Promise<void> {
  const fresh = [...masks].filter((mask) => !known.has(mask));
  if (fresh.length === 0) return;
  const k = scenario.actions.length;
  const rows =
    typeof policy === 'function'
      ? fresh.flatMap((mask) => Array.from(policy(mask)))
      : Array.from((await policy.decide(observations(scenario, fresh))).probabilities);
  fresh.forEach((mask, i) => {
    const row = rows.slice(i * k, (i + 1) * k);
    const sum = row.reduce((total, p) => total + p, 0);
    if (!(row.length === k && row.every((p) => p >= 0) && Math.abs(sum - 1) < 1e-6))
      throw new RangeError(`the policy gives no probabilities for the observation ${mask}: [${row.join(', ')}]`);
    known.set(mask, quantise(row));
  });
}

function begin(space: StateSpace, people: TraitBlock, classes: readonly TraitClass[]): Distribution {
  const { sets: traitSets, weights: traitWeights, total: traitTotal } = people;
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
          mass[code * traitSets.length + member]! +=
            (worldProbability * agentProbability * traitWeights[member]!) / traitTotal;
      });
    }
  });
  return distribution;
}

/** Moves the mass of one world on by one tick. */
function step(
  space: StateSpace,
  traitSets: Uint32Array,
  classes: readonly TraitClass[],
  weightsOf: (mask: number) => ArrayLike<number>,
  tick: number,
  world: number,
  mass: Float64Array,
  next: Distribution,
  watch: Watcher,
): void {
  const { scenario, agentStates } = space;
  const count = traitSets.length;
  const values = new Int32Array(space.slots);
  decodeWorld(space, values, space.worldNow, world);
  for (const { members, mask: classMask } of classes)
    for (let code = 0; code < agentStates; code++) {
      if (!members.some((member) => mass[code * count + member]! > 0)) continue;
      decodeAgent(space, values, space.agentNow, code);
      const chosen = scenario.actions.map(() => new Float64Array(members.length));
      members.forEach((member, m) => {
        const here = mass[code * count + member]!;
        if (here === 0) return;
        setTraits(space, values, traitSets[member]!);
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
            for (let m = 0; m < members.length; m++) target[to * count + members[m]!]! += share[m]! * probability;
            watch.reward?.(tick, total * probability, look(space.reward, values));
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

import { type Level, ONE } from './chance.ts';
import { CrowdCount, type CrowdState, crowdAfter, firstCrowd, levelsAt, type Reaches } from './crowd.ts';
import { setCrowd } from './crowd-slots.ts';
import { UnderstudyError } from './error.ts';
import { type Decides, learn } from './exact.ts';
import { requireNoNetwork } from './neighbours.ts';
import { MILLION, type Scenario, type Vocabulary } from './scenario.ts';
import {
  decodeAgent,
  drawWorld,
  encodeAgent,
  look,
  maskActions,
  observe,
  type StateSpace,
  setTraits,
  stateSpace,
  WorldLuck,
} from './state-space.ts';
import { forEachOutcome, movingTables, traitClasses } from './successors.ts';
import { listedTraits } from './trait-law.ts';
import { requireDynamics } from './vocabulary.ts';

export interface MeanFieldOptions {
  /** Ticks from the first; default the scenario's horizon. */
  readonly ticks?: number;
  /** Seed of the world's course, as of a run; default 0. */
  readonly seed?: number;
  /** Size of the population that crowd factors in 'count' are measured for; without it they are refused. */
  readonly agents?: number;
}

/**
 * What a run tends to as its population grows without bound, along the world's course of one seed. With crowd factors this
 * is not the expectation of runs of finite populations: those fluctuate around it, and levels turn what fluctuates into
 * differences.
 */
export interface MeanField {
  readonly kind: 'mean field';
  readonly seed: number;
  /** Σ γ^t r_t for an agent. */
  readonly value: number;
  /** Reward an agent, by tick. Shape [ticks]. */
  readonly rewards: Float64Array;
  /** Totals an agent by the measure's name, shape [ticks]. */
  readonly measures: Readonly<Record<string, Float64Array>>;
  /** Share of agents that take each action, shape [ticks][k]. */
  readonly actions: readonly Float64Array[];
  /** Share of agents at each level of an agent factor, by its name. Shape [ticks][levels]. */
  readonly agent: Readonly<Record<string, readonly Float64Array[]>>;
  /** Levels of the world's factors, by tick. */
  readonly world: readonly Readonly<Record<string, Level>>[];
  /** Level of a crowd factor at each of its places, by its name. Shape [ticks][places]. */
  readonly crowd: Readonly<Record<string, readonly (readonly Level[])[]>>;
}

/** Shares that are equal but for rounding reach a cut. */
const reachesNearly: Reaches = (counted, of, cut, unit) =>
  of > 0 && counted * (1 + 1e-9) * (unit === 'count' ? 1 : MILLION) >= cut * (unit === 'count' ? 1 : of);

/**
 * The mean-field path of a policy: the distribution of agents over their states moves through the integer tables, and the
 * crowd's levels follow from the shares that it gives (Benaïm & Le Boudec, "A class of mean field interaction models for
 * computer and communication systems", 2008). The world takes the course that it takes in a run of the seed.
 * @throws {RangeError} if the policy gives no probability for an observation that occurs
 * @throws {UnderstudyError} SCENARIO_TABLE for more trait sets than are listed, SCENARIO_CROWD for a factor in 'count'
 *   without a number of agents
 */
export async function meanField(
  vocabulary: Vocabulary,
  policy: Decides,
  options: MeanFieldOptions = {},
): Promise<MeanField> {
  const scenario = requireDynamics(vocabulary, 'meanField');
  const { ticks = scenario.horizon, seed = 0, agents = 1 } = options;
  if (!Number.isInteger(ticks) || ticks < 1)
    throw new RangeError(`ticks must be an integer of at least 1, got ${ticks}`);
  requireNoNetwork(scenario, 'meanField');
  const counted = scenario.crowd.find((factor) => factor.in === 'count');
  if (counted && options.agents === undefined)
    throw new UnderstudyError(
      'SCENARIO_CROWD',
      `${scenario.id}: ${counted.name} counts agents, so its mean field depends on how many there are; give meanField { agents }`,
    );

  const space = stateSpace(scenario);
  const flow = new Flow(space);
  const luck = new WorldLuck(seed);
  const known = new Map<number, ArrayLike<number>>();
  const path = emptyPath(scenario, ticks, seed);
  let world = drawWorld(space, luck, 0);
  let crowd = firstCrowd(space);
  flow.begin(world, crowd);
  for (let tick = 0; tick < ticks; tick++) {
    await learn(scenario, policy, flow.observed(world, crowd), known);
    const count = flow.act(world, crowd, (mask) => known.get(mask)!, agents);
    const nextWorld = drawWorld(space, luck, tick + 1, world, crowd.levels);
    const nextCrowd = crowdAfter(space, count, crowd, nextWorld, reachesNearly);
    note(path, space, flow, tick, world, crowd);
    flow.move(nextWorld, nextCrowd, (mass, values) => {
      path.rewards[tick]! += mass * look(space.reward, values);
      for (const [name, measure] of Object.entries(space.measures))
        path.measures[name]![tick]! += mass * look(measure, values);
    });
    [world, crowd] = [nextWorld, nextCrowd];
  }
  return { ...path, value: path.rewards.reduce((sum, reward, t) => sum + scenario.discount ** t * reward, 0) };
}

interface Path extends MeanField {
  readonly agent: Readonly<Record<string, Float64Array[]>>;
  readonly world: Readonly<Record<string, Level>>[];
  readonly crowd: Readonly<Record<string, (readonly Level[])[]>>;
  readonly actions: Float64Array[];
}

const emptyPath = ({ measures, agent, crowd }: Scenario, ticks: number, seed: number): Path => ({
  kind: 'mean field',
  seed,
  value: 0,
  rewards: new Float64Array(ticks),
  measures: Object.fromEntries(Object.keys(measures).map((name) => [name, new Float64Array(ticks)])),
  actions: [],
  agent: Object.fromEntries(agent.map(({ name }) => [name, []])),
  world: [],
  crowd: Object.fromEntries(crowd.map(({ name }) => [name, []])),
});

/** Adds what stands in a tick. */
function note(path: Path, space: StateSpace, flow: Flow, tick: number, world: Int32Array, crowd: CrowdState): void {
  path.world[tick] = Object.fromEntries(
    space.world.map(({ factor }, i) => [factor.name, factor.levels[world[i]!]!] as const),
  );
  for (const one of space.crowd) path.crowd[one.factor.name]![tick] = levelsAt(one, crowd);
  path.actions[tick] = flow.actionShares();
  const shares = flow.levelShares();
  for (const [i, { factor }] of space.agent.entries()) path.agent[factor.name]![tick] = shares[i]!;
}

/** The distribution of a population over its cells: joint states of an agent × trait sets. */
class Flow {
  readonly #space: StateSpace;
  readonly #people;
  readonly #classes;
  /** Shape [agent states, trait sets]. */
  #mass: Float64Array;
  /** Shape [agent states, trait sets, k]: the mass that takes each action. */
  readonly #acted: Float64Array;
  /** Shape [agent states, trait sets]: what is observed in the cells that have mass. */
  readonly #masks: Uint32Array;
  readonly #values: Int32Array;

  constructor(space: StateSpace) {
    this.#space = space;
    this.#people = listedTraits(space.scenario);
    this.#classes = traitClasses(space.scenario, this.#people.sets, [
      ...movingTables(space.scenario),
      ...Object.values(space.scenario.measures),
    ]);
    this.#mass = new Float64Array(space.agentStates * this.#people.sets.length);
    this.#acted = new Float64Array(this.#mass.length * space.scenario.actions.length);
    this.#masks = new Uint32Array(this.#mass.length);
    this.#values = new Int32Array(space.slots);
  }

  begin(world: Int32Array, crowd: CrowdState): void {
    const space = this.#space;
    const values = this.#values;
    const { weights, total } = this.#people;
    const count = weights.length;
    values.set(world, space.worldNext);
    setCrowd(space, values, 'next', crowd.levels);
    for (const { members, mask } of this.#classes) {
      setTraits(space, values, mask);
      forEachOutcome(space.agent, 'start', values, space.agentNext, (probability) => {
        const code = encodeAgent(space, values, space.agentNext);
        for (const member of members) this.#mass[code * count + member]! += (probability * weights[member]!) / total;
      });
    }
  }

  /** Masks of the observations that have mass. */
  observed(world: Int32Array, crowd: CrowdState): Set<number> {
    const masks = new Set<number>();
    this.#forEachCell(world, crowd, (cell) => {
      this.#masks[cell] = observe(this.#space, this.#values);
      masks.add(this.#masks[cell]);
    });
    return masks;
  }

  /** Splits the mass of each cell over actions, by what was observed last. */
  act(
    world: Int32Array,
    crowd: CrowdState,
    weightsOf: (mask: number) => ArrayLike<number>,
    agents: number,
  ): CrowdCount {
    const space = this.#space;
    const values = this.#values;
    const k = space.scenario.actions.length;
    const count = new CrowdCount(space);
    this.#acted.fill(0);
    this.#forEachCell(world, crowd, (cell, mass) => {
      maskActions(space, values, weightsOf(this.#masks[cell]!)).forEach((weight, action) => {
        if (weight === 0) return;
        const share = (mass * weight) / ONE;
        this.#acted[cell * k + action] = share;
        values[space.action] = action;
        count.add(values, share * agents);
      });
    });
    return count;
  }

  actionShares(): Float64Array {
    const k = this.#space.scenario.actions.length;
    const shares = new Float64Array(k);
    this.#acted.forEach((share, i) => (shares[i % k]! += share));
    return shares;
  }

  /** Shares by agent factor and level. */
  levelShares(): Float64Array[] {
    const { agent, agentNow } = this.#space;
    const shares = agent.map(({ factor }) => new Float64Array(factor.levels.length));
    this.#mass.forEach((mass, cell) => {
      if (mass === 0) return;
      decodeAgent(this.#space, this.#values, agentNow, Math.floor(cell / this.#people.sets.length));
      shares.forEach((byLevel, i) => (byLevel[this.#values[agentNow + i]!]! += mass));
    });
    return shares;
  }

  /** Moves what acted on into the next tick. @param happened called with each part of the mass and the tick in its slots */
  move(nextWorld: Int32Array, nextCrowd: CrowdState, happened: (mass: number, values: Int32Array) => void): void {
    const space = this.#space;
    const values = this.#values;
    const k = space.scenario.actions.length;
    const count = this.#people.sets.length;
    const next = new Float64Array(this.#mass.length);
    values.set(nextWorld, space.worldNext);
    setCrowd(space, values, 'next', nextCrowd.levels);
    for (const { members, mask } of this.#classes) {
      setTraits(space, values, mask);
      for (let code = 0; code < space.agentStates; code++) {
        decodeAgent(space, values, space.agentNow, code);
        for (let action = 0; action < k; action++) {
          let total = 0;
          for (const member of members) total += this.#acted[(code * count + member) * k + action]!;
          if (total === 0) continue;
          values[space.action] = action;
          forEachOutcome(space.agent, 'next', values, space.agentNext, (probability) => {
            const to = encodeAgent(space, values, space.agentNext) * count;
            for (const member of members)
              next[to + member]! += probability * this.#acted[(code * count + member) * k + action]!;
            happened(total * probability, values);
          });
        }
      }
    }
    this.#mass = next;
  }

  /** Calls visit for each cell that has mass, its state and traits in the slots. */
  #forEachCell(world: Int32Array, crowd: CrowdState, visit: (cell: number, mass: number) => void): void {
    const space = this.#space;
    const { sets } = this.#people;
    this.#values.set(world, space.worldNow);
    setCrowd(space, this.#values, 'now', crowd.levels);
    for (let code = 0; code < space.agentStates; code++) {
      decodeAgent(space, this.#values, space.agentNow, code);
      for (let member = 0; member < sets.length; member++) {
        const cell = code * sets.length + member;
        if (this.#mass[cell] === 0) continue;
        setTraits(space, this.#values, sets[member]!);
        visit(cell, this.#mass[cell]!);
      }
    }
  }
}

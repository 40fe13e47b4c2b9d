import { type Level, quantise } from '../env/chance.ts';
import { type CrowdState, levelsAt } from '../env/crowd.ts';
import { type CrowdLookup, crowdPlace } from '../env/crowd-slots.ts';
import { UnderstudyError } from '../env/error.ts';
import { Living } from '../env/lives.ts';
import { requireNoNetwork } from '../env/neighbours.ts';
import { fromPhrases, observations, phrasesOf } from '../env/observation.ts';
import { drawPeople, type Individual, individuals, TraitLuck } from '../env/people.ts';
import type { RuleProbabilities, Scenario, Vocabulary } from '../env/scenario.ts';
import { decodeAgent, look, type StateSpace, setTraits, stateSpace } from '../env/state-space.ts';
import { unknownName } from '../env/table.ts';
import type { DecideWeights } from '../env/trajectory.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import { ruleRow } from '../policies/policy-of.ts';
import { decideBy, type Others, requireOthers } from './others.ts';
import type { DiscreteSpace, EnvironmentInfo, MultiBinarySpace, ResetResult, Steppable, StepResult } from './spaces.ts';

export interface EnvironmentOptions {
  /** Length of an episode; default: the scenario's horizon. */
  readonly ticks?: number;
  /** Needed if the scenario has crowd factors, and refused otherwise: nobody else would change anything. */
  readonly others?: Others;
}

export interface ResetOptions {
  /** Seed of all random draws. Default: 0 at first, then the seed after that of the last episode. */
  readonly seed?: number;
  readonly options?: {
    /** Whose luck and traits the agent has, as numbered in a run of this seed; default 0. */
    readonly agent?: number;
    /** Traits of the agent; default: those that it draws. */
    readonly traits?: readonly string[];
  };
}

/** What there is to know of the agent beside what it observes. */
export interface AgentInfo extends EnvironmentInfo {
  readonly seed: number;
  readonly tick: number;
  /** The observation as a number of `scenario.sets`, which `observations(scenario, [mask])` takes. */
  readonly mask: number;
  /** The observation in words. */
  readonly traits: readonly string[];
  readonly context: readonly string[];
  /** Levels of the world's and of the agent's factors, by name. */
  readonly world: Readonly<Record<string, Level>>;
  readonly state: Readonly<Record<string, Level>>;
  /** Levels of the crowd factors where the agent is, by name; empty if there are none. */
  readonly crowd: Readonly<Record<string, Level>>;
  /** What the step added to the scenario's measures, by name; empty after a reset. */
  readonly measures: Readonly<Record<string, number>>;
}

interface Episode {
  readonly seed: number;
  readonly living: Living;
  /** Index of the agent among the people. */
  readonly agent: number;
  readonly people: readonly Individual[];
}

/**
 * One agent of a scenario, acted for step by step.
 *
 * Action space: `discrete`, an index into the scenario's actions. `info.actionMask` says which are allowed; another one is
 * refused.
 * Observation space: `multi-binary`, one entry a phrase, traits first.
 * Reward: the scenario's, of the tick that passed.
 * Starting state: tick 0 of the run with this seed. Agent i has the traits, the state and the luck of agent i there, so that
 * whoever takes the actions of a run gets the run again, to the bit.
 * Episode end: truncated after `ticks`; no scenario has an end of its own, so `terminated` is always false.
 * @example
 * const environment = new Environment(scenario);
 * let { observation, info } = environment.reset({ seed: 7 });
 * const { reward, truncated } = environment.step(info.actionMask.lastIndexOf(1));
 */
export class Environment implements Steppable<AgentInfo> {
  readonly scenario: Scenario;
  readonly observationSpace: MultiBinarySpace;
  readonly actionSpace: DiscreteSpace;
  /** Length of an episode. */
  readonly ticks: number;
  readonly #space: StateSpace;
  readonly #others: { readonly agents: number; readonly decide: DecideWeights } | undefined;
  #episode: Episode | undefined;

  /**
   * @throws {UnderstudyError} SCENARIO_DYNAMICS for a vocabulary without them, SCENARIO_CROWD for `others` that are missing
   *   or would change nothing, or for neighbours, SIMULATION_ARGUMENT for a number that is out of range
   */
  constructor(vocabulary: Vocabulary, { ticks, others }: EnvironmentOptions = {}) {
    const scenario = requireDynamics(vocabulary, 'an environment');
    this.scenario = scenario;
    this.ticks = ticks ?? scenario.horizon;
    if (!Number.isInteger(this.ticks) || this.ticks < 1)
      throw new UnderstudyError('SIMULATION_ARGUMENT', `an episode has at least 1 whole tick, got ${ticks}`);
    this.observationSpace = { type: 'multi-binary', n: scenario.phrases.length, names: scenario.phrases };
    this.actionSpace = { type: 'discrete', n: scenario.actions.length, names: scenario.actions };
    requireNoNetwork(scenario, 'an environment of one agent');
    requireOthers(scenario, others);
    this.#space = stateSpace(scenario);
    this.#others = others && { agents: others.agents, decide: decideBy(scenario, others.policy) };
  }

  /**
   * Begins an episode.
   * @throws {UnderstudyError} SIMULATION_ARGUMENT for an option that does not exist or an agent that is out of range, and
   *   what fromPhrases throws for traits
   */
  reset({ seed, options = {} }: ResetOptions = {}): ResetResult<AgentInfo> {
    const { agent = 0, traits, ...rest } = options;
    const unknown = Object.keys(rest)[0];
    if (unknown !== undefined)
      throw unknownName('SIMULATION_ARGUMENT', 'option of reset', unknown, ['agent', 'traits']);
    const next = seed ?? (this.#episode === undefined ? 0 : this.#episode.seed + 1);
    if (!Number.isSafeInteger(next) || next < 0)
      throw new UnderstudyError(
        'SIMULATION_ARGUMENT',
        `a seed is an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got ${next}`,
      );
    const people = this.#peopleOf(next, agent, traits);
    this.#episode = {
      seed: next,
      people,
      agent: this.#others ? agent : 0,
      living: new Living(this.#space, next, people),
    };
    return this.#look(this.#episode, {});
  }

  /**
   * Lets the agent act, and everybody else with it.
   * @param action an index of `actionSpace.names`
   * @throws {UnderstudyError} SIMULATION_ARGUMENT before a reset, after the episode's end, and for an action that does not
   *   exist or is not allowed now; the episode then stands where it was
   */
  step(action: number): StepResult<AgentInfo> {
    const episode = this.#running();
    const { living, agent, people } = episode;
    this.#requireAction(action, living.allowed(agent));
    const actions = people.map((_, other) =>
      other === agent ? action : living.draw(other, this.#others!.decide(living.observation(other))),
    );
    let reward = 0;
    let measures: Record<string, number> = {};
    living.step(actions, (other, values) => {
      if (other !== agent) return;
      reward = look(this.#space.reward, values);
      measures = Object.fromEntries(
        Object.entries(this.#space.measures).map(([name, table]) => [name, look(table, values)]),
      );
    });
    return {
      ...this.#look(episode, measures),
      reward,
      terminated: false,
      truncated: living.tick === this.ticks,
    };
  }

  /**
   * The action that the agent's luck of this tick picks, as in a run: of probabilities, after what is not allowed went to the
   * first action.
   * @param probabilities of all actions in order, or by name
   * @throws {UnderstudyError} SIMULATION_ARGUMENT if no step can be taken, POLICY_ARGUMENT for what are not probabilities
   */
  draw(probabilities: RuleProbabilities): number {
    const { living, agent } = this.#running();
    return living.draw(agent, quantise(ruleRow(this.scenario, 'draw', () => probabilities, [])));
  }

  #running(): Episode {
    if (!this.#episode)
      throw new UnderstudyError('SIMULATION_ARGUMENT', 'no episode has begun; call reset() before the first step');
    if (this.#episode.living.tick >= this.ticks)
      throw new UnderstudyError('SIMULATION_ARGUMENT', `the episode ended after ${this.ticks} ticks; call reset()`);
    return this.#episode;
  }

  #requireAction(action: number, allowed: readonly boolean[]): void {
    const { names, n } = this.actionSpace;
    if (!Number.isInteger(action) || action < 0 || action >= n)
      throw new UnderstudyError(
        'SIMULATION_ARGUMENT',
        `expected an action from 0 to ${n - 1} (${names.join(', ')}), got ${String(action)}`,
      );
    if (!allowed[action])
      throw new UnderstudyError(
        'SIMULATION_ARGUMENT',
        `${names[action]} is not allowed now (allowed: ${names.filter((_, a) => allowed[a]).join(', ')}); see info.actionMask`,
      );
  }

  /** The agent alone, or all people with the agent among them. */
  #peopleOf(seed: number, agent: number, traits: readonly string[] | undefined): Individual[] {
    const last = this.#others ? this.#others.agents : 2 ** 32 - 1;
    if (!Number.isInteger(agent) || agent < 0 || agent > last)
      throw new UnderstudyError('SIMULATION_ARGUMENT', `expected an agent from 0 to ${last}, got ${agent}`);
    const people = this.#others
      ? individuals(drawPeople(this.#space, seed, this.#others.agents + 1))
      : [{ place: agent, traitSet: new TraitLuck(this.#space, seed).setOf(agent) }];
    if (traits === undefined) return people;
    const traitSet = traitSetOf(this.scenario, traits);
    return people.map((one, i) => (i === (this.#others ? agent : 0) ? { ...one, traitSet } : one));
  }

  #look({ seed, living, agent, people }: Episode, measures: Record<string, number>): ResetResult<AgentInfo> {
    const { scenario } = this;
    const mask = living.observation(agent);
    const values = new Int32Array(this.#space.slots);
    setTraits(this.#space, values, people[agent]!.traitSet);
    decodeAgent(this.#space, values, this.#space.agentNow, living.codes[agent]!);
    return {
      observation: Uint8Array.from(scenario.phrases, (_, phrase) => (scenario.sets.holds(mask, phrase) ? 1 : 0)),
      info: {
        seed,
        tick: living.tick,
        mask,
        ...phrasesOf(scenario, observations(scenario, [mask]), 0),
        actionMask: Uint8Array.from(living.allowed(agent), Number),
        world: Object.fromEntries(scenario.world.map(({ name, levels }, i) => [name, levels[living.world[i]!]!])),
        state: Object.fromEntries(
          scenario.agent.map(({ name, levels }, i) => [name, levels[values[this.#space.agentNow + i]!]!]),
        ),
        crowd: Object.fromEntries(
          this.#space.crowd.map((crowd) => [crowd.factor.name, levelWhere(this.#space, crowd, values, living.crowd)]),
        ),
        measures,
      },
    };
  }
}

/** The level of a crowd factor where the agent of the slots `now` is. */
const levelWhere = (space: StateSpace, crowd: CrowdLookup, values: Int32Array, state: CrowdState): Level =>
  levelsAt(crowd, state)[crowdPlace(crowd, values, space.agentNow)]!;

/** A trait set in words: of each group exactly one phrase. */
function traitSetOf(scenario: Scenario, traits: readonly string[]): number {
  const set = fromPhrases(scenario, [{ traits, context: [] }]).masks[0]!;
  for (const { name, kind, phrases } of scenario.groups)
    if (kind === 'traits' && !phrases.some((phrase) => scenario.sets.holds(set, phrase)))
      throw new UnderstudyError(
        'OBSERVATION_CONFLICT',
        `the traits name no phrase of ${name} (${phrases.map((phrase) => scenario.phrases[phrase]).join(', ')}), exactly one holds`,
      );
  return set;
}

import { createHash } from 'node:crypto';
import type { Level } from '../env/chance.ts';
import { phrasesOf } from '../env/observation.ts';
import type { Scenario } from '../env/scenario.ts';
import { decodeAgent, drawWorld, Luck, maskActions, observe, type StateSpace, stateSpace } from '../env/state-space.ts';
import type { Policy } from '../policies/policy.ts';
import { DecisionTable } from './decision-table.ts';
import { SimulationError } from './error.ts';
import { Population } from './population.ts';
import { Tally } from './tally.ts';

/** What agents do whose observation the policy gave no probability for: stop the run, take the default action, or ask another. */
export type OnFailure = 'stop' | 'skip' | { readonly fallback: Policy };

export interface SimulationOptions {
  readonly scenario: Scenario;
  readonly policy: Policy;
  readonly agents: number;
  /** Default 0. */
  readonly seed?: number;
  /** Default `stop`. */
  readonly onFailure?: OnFailure;
}

/** What happened in one tick. */
export interface TickRecord {
  readonly tick: number;
  /** From 1. */
  readonly day: number;
  readonly world: Readonly<Record<string, Level>>;
  /** Id of the policy that decided. */
  readonly policy: string;
  /** Agents that took each action, shape [k]. */
  readonly counts: readonly number[];
  /** Mean over agents of P(a | s), shape [k]. */
  readonly meanProbability: readonly number[];
  /** Total over agents. */
  readonly reward: number;
  /** Totals over agents, by name. */
  readonly measures: Readonly<Record<string, number>>;
  /** Distinct observations of the tick, and how many of them the policy was asked now. */
  readonly distinct: number;
  readonly asked: number;
  /** Agents whose observation the policy gave no probability for. */
  readonly failed: number;
}

export interface StepOptions {
  readonly signal?: AbortSignal;
  readonly onAsking?: (done: number, of: number) => void;
}

export interface SwapEntry {
  /** The first tick that the new policy decides. */
  readonly tick: number;
  readonly from: string;
  readonly to: string;
}

/** One agent as a person would look at it. */
export interface AgentView {
  readonly agent: number;
  readonly mask: number;
  readonly traits: readonly string[];
  readonly context: readonly string[];
  readonly state: Readonly<Record<string, Level>>;
  /** Absent before the first tick. */
  readonly lastAction?: string;
}

/** A population living tick by tick under a policy that can be swapped between ticks. */
export class Simulation {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly swaps: SwapEntry[] = [];
  private readonly space: StateSpace;
  private readonly population: Population;
  private readonly onFailure: OnFailure;
  private readonly luck: Luck;
  private readonly tables = new Map<string, DecisionTable>();
  private readonly rewardTally: Tally;
  private readonly measureTallies: readonly (readonly [string, Tally])[];
  private readonly cellCounts: Uint32Array;
  private readonly cumulative: Uint32Array;
  private readonly acted: Uint32Array;
  /** Whether some action is forbidden somewhere. */
  private readonly restricted: boolean;
  private readonly totals = createHash('sha256');
  private deciding: Policy;
  private worldLevels: Int32Array;
  private coming = 0;
  private stepping = false;

  constructor({ scenario, policy, agents, seed = 0, onFailure = 'stop' }: SimulationOptions) {
    requireScenario(scenario, policy);
    if (typeof onFailure === 'object') requireScenario(scenario, onFailure.fallback);
    this.scenario = scenario;
    this.seed = seed;
    this.space = stateSpace(scenario);
    this.luck = new Luck(seed, 'world');
    this.worldLevels = drawWorld(this.space, this.luck, 0);
    this.population = new Population(this.space, agents, seed, this.worldLevels);
    this.onFailure = onFailure;
    this.deciding = policy;
    this.rewardTally = new Tally(this.space, this.space.reward);
    this.measureTallies = Object.entries(this.space.measures).map(
      ([name, lookup]) => [name, new Tally(this.space, lookup)] as const,
    );
    this.cellCounts = new Uint32Array(this.population.cells);
    this.cumulative = new Uint32Array(this.population.cells * scenario.actions.length);
    this.acted = new Uint32Array(this.cumulative.length);
    this.restricted = this.space.allowed.some(({ rows }) => rows.includes(false));
  }

  get agents(): number {
    return this.population.agents;
  }

  /** The tick that the next step plays. */
  get tick(): number {
    return this.coming;
  }

  get policy(): Policy {
    return this.deciding;
  }

  /** The world at the tick to be played. */
  get world(): Readonly<Record<string, Level>> {
    return Object.fromEntries(
      this.space.world.map(({ factor }, i) => [factor.name, factor.levels[this.worldLevels[i]!]!]),
    );
  }

  /** Shape [agents]: index into scenario.traitSets. */
  get traitSets(): Uint16Array {
    return this.population.traitSets;
  }

  /** Shape [agents]: joint codes of the agent factors; levelOf reads one factor out of a code. */
  get codes(): Uint32Array {
    return this.population.codes;
  }

  /** Shape [agents]: action of the last tick played; all 0 before the first. */
  get actions(): Uint8Array {
    return this.population.actions;
  }

  /** Shape [agents]: observations at the tick to be played. */
  get masks(): Uint32Array {
    const seen = this.contextsByCode();
    const { codes, traitSets } = this.population;
    return Uint32Array.from(codes, (code, i) => this.scenario.traitSets[traitSets[i]!]! | seen[code]!);
  }

  /** Answers that were given in this run, by policy id. A table may be shared with those who watch. */
  tableOf(policy: Policy): DecisionTable {
    let table = this.tables.get(policy.id);
    if (!table) this.tables.set(policy.id, (table = new DecisionTable(this.scenario, policy)));
    return table;
  }

  /** Another policy decides from the coming tick on. */
  swap(policy: Policy): void {
    requireScenario(this.scenario, policy);
    if (policy.id !== this.deciding.id) {
      const last = this.swaps.at(-1);
      if (last?.tick === this.coming) {
        this.swaps.pop();
        if (last.from !== policy.id) this.swaps.push({ tick: this.coming, from: last.from, to: policy.id });
      } else this.swaps.push({ tick: this.coming, from: this.deciding.id, to: policy.id });
    }
    this.deciding = policy;
  }

  /** Distinct observations of the tick to be played, and how many agents make each. */
  observed(): { masks: Uint32Array; counts: Uint32Array } {
    const counts = new Map<number, number>();
    const seen = this.contextsByCode();
    this.population.countCells(this.cellCounts);
    this.forEachCell((cell, traitSet, code) => {
      const mask = (this.scenario.traitSets[traitSet]! | seen[code]!) >>> 0;
      counts.set(mask, (counts.get(mask) ?? 0) + this.cellCounts[cell]!);
    });
    return { masks: Uint32Array.from(counts.keys()), counts: Uint32Array.from(counts.values()) };
  }

  /**
   * Plays the coming tick. If it is aborted or the policy fails, the run stays where it was and can go on.
   * @throws {SimulationError} SIMULATION_UNANSWERED if the policy leaves an observation open and onFailure is `stop`
   */
  async step({ signal, onAsking }: StepOptions = {}): Promise<TickRecord> {
    if (this.stepping)
      throw new SimulationError('SIMULATION_ARGUMENT', 'a step is under way; wait for it before the next');
    this.stepping = true;
    try {
      const policy = this.deciding;
      const { masks } = this.observed();
      const table = this.tableOf(policy);
      const asked = await table.ask(masks, { signal, onProgress: onAsking });
      const fallback = await this.fallbackFor(table, masks, signal);
      signal?.throwIfAborted();
      return this.play(policy, table, fallback, masks.length, asked);
    } finally {
      this.stepping = false;
    }
  }

  agentAt(agent: number): AgentView {
    if (!Number.isInteger(agent) || agent < 0 || agent >= this.agents)
      throw new SimulationError('SIMULATION_ARGUMENT', `unknown agent: ${agent} (agents 0 to ${this.agents - 1})`);
    const { codes, traitSets, actions } = this.population;
    const code = codes[agent]!;
    const mask = (this.scenario.traitSets[traitSets[agent]!]! | this.contextsByCode()[code]!) >>> 0;
    return {
      agent,
      mask,
      ...phrasesOf(this.scenario, { width: this.scenario.phrases.length, masks: Uint32Array.of(mask) }, 0),
      state: Object.fromEntries(
        this.scenario.agent.map(({ name, levels }) => [name, levels[this.levelOf(code, name)]!]),
      ),
      ...(this.coming > 0 && { lastAction: this.scenario.actions[actions[agent]!]! }),
    };
  }

  /** Level index of one agent factor in a joint code. */
  levelOf(code: number, factor: string): number {
    const values = new Int32Array(this.space.agent.length);
    decodeAgent(this.space, values, 0, code);
    return values[this.scenario.agent.findIndex(({ name }) => name === factor)]!;
  }

  /** SHA-256 over seed, tick, world, every agent's traits and state, and every tick's counts; equal for equal runs. */
  stateHash(): string {
    const hash = this.totals.copy();
    hash.update(`${this.scenario.id} ${this.seed} ${this.coming} ${this.agents}\n`);
    for (const column of [this.worldLevels, this.population.traitSets, this.population.codes, this.population.actions])
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    return hash.digest('hex');
  }

  private play(
    policy: Policy,
    table: DecisionTable,
    fallback: DecisionTable | undefined,
    distinct: number,
    asked: number,
  ): TickRecord {
    const { scenario, space, population, cellCounts, cumulative } = this;
    const k = scenario.actions.length;
    const certainDefault = Uint32Array.of(65536, ...new Array<number>(k - 1).fill(0));
    const values = new Int32Array(space.slots);
    values.set(this.worldLevels, space.worldNow);
    const seen = this.contextsByCode();
    const probabilitySums = new Float64Array(k);
    let failed = 0;
    this.forEachCell((cell, traitSet, code) => {
      const mask = (scenario.traitSets[traitSet]! | seen[code]!) >>> 0;
      const answer = table.weightsOf(mask);
      if (!answer) failed += cellCounts[cell]!;
      let weights = answer ?? fallback?.weightsOf(mask) ?? certainDefault;
      if (this.restricted) {
        decodeAgent(space, values, space.agentNow, code);
        weights = maskActions(space, values, weights);
      }
      for (let a = 0, below = 0; a < k; a++) {
        cumulative[cell * k + a] = below += weights[a]!;
        probabilitySums[a]! += cellCounts[cell]! * weights[a]!;
      }
    });

    const tick = this.coming;
    const world = this.world;
    const nextWorld = drawWorld(space, this.luck, tick + 1, this.worldLevels);
    const tallies = [this.rewardTally, ...this.measureTallies.map(([, tally]) => tally)];
    for (const tally of tallies) tally.begin(this.worldLevels, nextWorld);
    const byAgent = tallies.filter((tally) => tally.readsNext);
    const byCell = tallies.filter((tally) => !tally.readsNext);
    population.advance(tick, this.worldLevels, nextWorld, cumulative, this.acted, byAgent);
    const counts = new Array<number>(k).fill(0);
    this.forEachCell((cell, traitSet, code) => {
      for (let a = 0; a < k; a++) {
        const agents = this.acted[cell * k + a]!;
        if (agents === 0) continue;
        counts[a]! += agents;
        for (const tally of byCell) tally.add(agents, code, traitSet, a);
      }
    });
    this.worldLevels = nextWorld;
    this.coming = tick + 1;
    this.totals.update(`${counts.join(' ')}\n`);
    return {
      tick,
      day: Math.floor(tick / scenario.ticksPerDay) + 1,
      world,
      policy: policy.id,
      counts,
      meanProbability: Array.from(probabilitySums, (sum) => sum / (65536 * population.agents)),
      reward: this.rewardTally.total(),
      measures: Object.fromEntries(this.measureTallies.map(([name, tally]) => [name, tally.total()])),
      distinct,
      asked,
      failed,
    };
  }

  /** The table that answers what the policy left open, or undefined where nothing is open or it is skipped. */
  private async fallbackFor(
    table: DecisionTable,
    masks: Uint32Array,
    signal?: AbortSignal,
  ): Promise<DecisionTable | undefined> {
    const open = masks.filter((mask) => table.outcome(mask) !== 'ok');
    if (open.length === 0 || this.onFailure === 'skip') return undefined;
    const example = phrasesOf(this.scenario, { width: this.scenario.phrases.length, masks: open }, 0);
    const words = [...example.traits, ...example.context].join(', ');
    if (this.onFailure === 'stop')
      throw new SimulationError(
        'SIMULATION_UNANSWERED',
        `${table.policy.id} gave no probability for ${open.length} of ${masks.length} observations at tick ${this.coming}, such as "${words}" (${table.outcome(open[0]!)}); choose what agents do then: skip the tick or name a fallback policy`,
      );
    const fallback = this.tableOf(this.onFailure.fallback);
    await fallback.ask(open, { signal });
    const unanswered = open.find((mask) => fallback.outcome(mask) !== 'ok');
    if (unanswered !== undefined)
      throw new SimulationError(
        'SIMULATION_UNANSWERED',
        `the fallback ${fallback.policy.id} gave no probability either, for "${words}" at tick ${this.coming}`,
      );
    return fallback;
  }

  /** Context bits of each joint agent state in the world of the coming tick. */
  private contextsByCode(): Uint32Array {
    const { space } = this;
    const values = new Int32Array(space.slots);
    values.set(this.worldLevels, space.worldNow);
    return Uint32Array.from({ length: space.agentStates }, (_, code) => {
      decodeAgent(space, values, space.agentNow, code);
      return observe(space, values);
    });
  }

  /** Visits the cells that have agents; cellCounts must be fresh. */
  private forEachCell(visit: (cell: number, traitSet: number, code: number) => void): void {
    const states = this.space.agentStates;
    for (let cell = 0; cell < this.cellCounts.length; cell++)
      if (this.cellCounts[cell]! > 0) visit(cell, Math.floor(cell / states), cell % states);
  }
}

function requireScenario(scenario: Scenario, policy: Policy): void {
  if (policy.scenario !== scenario.id)
    throw new SimulationError(
      'SIMULATION_SCENARIO',
      `${policy.id} decides in ${policy.scenario}, the run is of ${scenario.id}`,
    );
}

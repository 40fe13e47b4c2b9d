import { UnderstudyError } from '../../env/error.ts';
import { levelOnStage } from '../../env/on-stage.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { AskedOnce } from '../../policies/asked-once.ts';
import { Simulation } from '../../sim/simulation.ts';
import { PLACE_LIMIT } from '../frame.ts';
import type { Hello, Point } from '../protocol.ts';
import type { Member } from './cast.ts';
import type { Comparison } from './comparison.ts';

import { Failures } from './failures.ts';

import { frames, type Look, lookAt } from './look.ts';

/** The tick on show: the population as it decided, and once the tick is played also what it did. */
export interface Shown extends Look {
  readonly played: boolean;
  readonly actions?: Uint8Array;
  readonly decidedBy?: Member & { policy: AskedOnce };
  /** performance.now() when it came. */
  readonly at: number;
  frame(form: { key: boolean; traitSets: boolean }): Uint8Array;
}

/** A point of the charts with its place in the order of changes. */
interface Kept {
  readonly point: Omit<Point, 'gap' | 'gapBounds' | 'coverage' | 'student'>;
  version: number;
}

/** One population under a policy that can be swapped while people watch. */
export class LiveRun {
  readonly scenario: Scenario;
  readonly agents: number;
  readonly comparison: Comparison;
  readonly failures = new Failures();
  readonly places: Hello['scenario']['places'];
  #simulation: Simulation;
  #member: Member & { policy: AskedOnce };
  #kept: Kept[] = [];
  #current: Shown;
  #runs: number;
  #versions = 0;

  constructor(
    scenario: Scenario,
    agents: number,
    seed: number,
    member: Member & { policy: AskedOnce },
    comparison: Comparison,
    firstRun = 0,
  ) {
    this.#runs = firstRun;
    this.scenario = scenario;
    this.agents = agents;
    this.#member = member;
    this.comparison = comparison;
    this.places = placesOf(scenario);
    if (this.places.length > PLACE_LIMIT)
      throw new UnderstudyError(
        'SERVE_SCENARIO',
        `the map of ${scenario.id} has ${this.places.length} places, the viewer shows at most ${PLACE_LIMIT}`,
      );
    this.#simulation = this.#begin(seed);
    this.#current = this.#look(false);
  }

  /** Counts restarts. */
  get run(): number {
    return this.#runs;
  }

  get seed(): number {
    return this.#simulation.seed;
  }

  get shown(): Shown {
    return this.#current;
  }

  get inCharge(): Member & { policy: AskedOnce } {
    return this.#member;
  }

  /** Ticks played. */
  get ticks(): number {
    return this.#simulation.tick;
  }

  get ended(): boolean {
    return this.#simulation.tick >= this.scenario.horizon;
  }

  /** Plays the coming tick and shows it; false once the horizon is reached. */
  async advance(signal: AbortSignal, onAsking?: (done: number, of: number) => void): Promise<boolean> {
    if (this.ended) return false;
    const simulation = this.#simulation;
    const member = this.#member;
    const before = lookAt(simulation);
    const distinct = simulation.observed();
    const record = await simulation.step({ signal, onAsking });
    if (simulation !== this.#simulation) return true; // restarted meanwhile
    this.#current = this.#look(true, before, member);
    this.#kept.push({
      point: {
        tick: record.tick,
        policy: member.name,
        measures: [...Object.values(record.measures), record.reward],
        meanP: record.decided > 0 ? record.meanProbability.map(share) : null,
        distinct: record.distinct,
        failed: record.failed,
      },
      version: ++this.#versions,
    });
    this.failures.add({ ...distinct, tick: record.tick, decidedBy: member });
    await this.comparison.add({ ...distinct, tick: record.tick, decidedBy: member });
    return !this.ended;
  }

  /** Decides from the coming tick on. */
  swap(member: Member & { policy: AskedOnce }): void {
    this.#member = member;
    this.#simulation.swap(member.policy);
  }

  restart(seed: number): void {
    this.#runs++;
    this.#kept = [];
    this.failures.clear();
    this.comparison.clear();
    this.#simulation = this.#begin(seed);
    this.#current = this.#look(false);
  }

  /** These ticks' points are to be sent again. */
  touch(ticks: Iterable<number>): void {
    for (const tick of ticks) {
      const kept = this.#kept[tick];
      if (kept) kept.version = ++this.#versions;
    }
  }

  /** Points that have changed after a version, and the version that the run is at. */
  pointsSince(version: number): { points: Point[]; version: number } {
    return {
      points: this.#kept
        .filter((kept) => kept.version > version)
        .map(({ point }) => ({ ...point, ...this.comparison.at(point.tick) })),
      version: this.#versions,
    };
  }

  /** Levels of an agent's own factors in the tick on show, in words. */
  stateOf(agent: number): Record<string, string> {
    const code = this.#current.codes[agent]!;
    return Object.fromEntries(
      this.scenario.agent.map(({ name, levels }) => [
        name,
        levelOnStage(this.scenario, name, levels[this.#simulation.levelOf(code, name)]!),
      ]),
    );
  }

  #begin(seed: number): Simulation {
    // An agent that the policy gives no probability for takes the default action; how many did is on the charts.
    return new Simulation({
      scenario: this.scenario,
      policy: this.#member.policy,
      agents: this.agents,
      seed,
      onFailure: 'skip',
    });
  }

  /** The trait sets of the people of the run. */
  get traitSets(): Uint32Array {
    return this.#simulation.traitSets;
  }

  #look(played: boolean, before = lookAt(this.#simulation), decidedBy?: Member & { policy: AskedOnce }): Shown {
    const actions = played ? this.#simulation.actions : undefined;
    const acted = actions && { actions, policy: decidedBy!.policy };
    const frame = frames(this.scenario, { run: this.run, traitSetCount: this.traitSets.length }, before, acted);
    const { tick, world, crowd, places, observed, distinct, traitSets } = before;
    return {
      ...{ tick, world, crowd, places, observed, distinct, traitSets },
      ...{ played, actions, decidedBy, at: performance.now(), frame },
      get masks() {
        return before.masks;
      },
      get codes() {
        return before.codes;
      },
    };
  }
}

/** Rounding can leave a mean just outside 0 to 1. */
const share = (p: number) => Math.min(1, Math.max(0, p));

/** Places in the order of the map factor's levels; a single nameless one if there is no map. */
export function placesOf(scenario: Scenario): Hello['scenario']['places'] {
  const { map, agent, staging } = scenario;
  if (!map) return [{ name: '', label: '', x: 0.5, y: 0.5 }];
  const factor = agent.find(({ name }) => name === map.factor)!;
  return factor.levels.map((level) => {
    const [x, y] = map.places[String(level)]!;
    const { drawing, green } = staging?.places[String(level)] ?? {};
    return {
      ...{ name: String(level), label: levelOnStage(scenario, map.factor, level), x, y },
      ...(drawing && { drawing: [...drawing] }),
      ...(green && { green }),
    };
  });
}

import type { Level } from '../../env/chance.ts';
import { UnderstudyError } from '../../env/error.ts';
import { type CrowdLevels, levelOnStage } from '../../env/on-stage.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { AskedOnce } from '../../policies/asked-once.ts';
import type { NetworkChoice } from '../../sim/network.ts';
import { Simulation } from '../../sim/simulation.ts';
import { encodeFrame, type Frame, indexArray, PLACE_LIMIT, type Played, packProbability } from '../frame.ts';
import type { Hello, Point } from '../protocol.ts';
import type { Member } from './cast.ts';
import type { Comparison } from './comparison.ts';

/** The tick on show: the population as it decided, and once the tick is played also what it did. */
export interface Shown {
  readonly tick: number;
  readonly played: boolean;
  readonly world: Readonly<Record<string, Level>>;
  readonly crowd: Readonly<Record<string, CrowdLevels>>;
  /** Shape [agents]. */
  readonly masks: Uint32Array;
  readonly codes: Uint32Array;
  readonly traitSets: Uint16Array | Uint32Array;
  readonly actions?: Uint8Array;
  readonly decidedBy?: Member & { policy: AskedOnce };
  /** performance.now() when it came. */
  readonly at: number;
  frame(form: { key: boolean; traitSets: boolean }): Uint8Array;
}

/** A point of the charts with its place in the order of changes. */
interface Kept {
  readonly point: Omit<Point, 'gap' | 'coverage' | 'student'>;
  version: number;
}

/** One population under a policy that can be swapped while people watch. */
export class LiveRun {
  readonly scenario: Scenario;
  readonly agents: number;
  readonly comparison: Comparison;
  readonly places: Hello['scenario']['places'];
  readonly #network: NetworkChoice | undefined;
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
    { firstRun = 0, network }: { readonly firstRun?: number; readonly network?: NetworkChoice } = {},
  ) {
    this.#runs = firstRun;
    this.#network = network;
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
    const before = this.#look(false);
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
      network: this.#network,
    });
  }

  /** The trait sets of the people of the run. */
  get traitSets(): Uint32Array {
    return this.#simulation.traitSets;
  }

  #look(played: boolean, before?: Shown, decidedBy?: Member & { policy: AskedOnce }): Shown {
    const { scenario } = this;
    const simulation = this.#simulation;
    const { tick, world, crowd, masks, codes, traitSets } = before ?? {
      tick: simulation.tick,
      world: simulation.world,
      crowd: simulation.crowd,
      masks: simulation.masks,
      codes: simulation.codes,
      traitSets: simulation.kinds,
    };
    const actions = played ? simulation.actions : undefined;
    const placeOf = placeReader(scenario);
    const { run } = this;
    let columns: Pick<Frame, 'places' | 'played'> | undefined;
    const columnsOnce = () =>
      (columns ??= {
        places: Uint8Array.from(codes, placeOf),
        ...(actions && { played: playedColumns(actions, masks, decidedBy!.policy, scenario.actions.length) }),
      });
    const encoded = new Map<number, Uint8Array>();
    return {
      tick,
      played,
      world,
      crowd,
      masks,
      codes,
      traitSets,
      actions,
      decidedBy,
      at: performance.now(),
      frame: ({ key, traitSets: withTraitSets }) => {
        const form = (key ? 1 : 0) | (withTraitSets ? 2 : 0);
        const known = encoded.get(form);
        if (known) return known;
        const frame: Frame = {
          run,
          tick,
          key,
          actionCount: scenario.actions.length,
          ...columnsOnce(),
          ...(withTraitSets && { traitSets: { of: traitSets, count: this.traitSets.length } }),
        };
        const bytes = encodeFrame(frame);
        encoded.set(form, bytes);
        return bytes;
      },
    };
  }
}

/** What agents did, and what each distinct observation was answered. */
function playedColumns(actions: Uint8Array, masks: Uint32Array, policy: AskedOnce, k: number): Played {
  const rows = new Map<number, number>();
  for (const mask of masks) if (!rows.has(mask)) rows.set(mask, rows.size);
  const levels = new Uint8Array(rows.size * k);
  for (const [mask, row] of rows)
    for (let a = 0; a < k; a++) levels[row * k + a] = packProbability(policy.probability(mask, a));
  const observed = indexArray(masks.length, rows.size);
  masks.forEach((mask, i) => {
    observed[i] = rows.get(mask)!;
  });
  return { actions, observed, levels };
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

/** Index of the place in a joint code of the agent factors (last factor fastest). */
function placeReader({ map, agent }: Scenario): (code: number) => number {
  if (!map) return () => 0;
  const at = agent.findIndex(({ name }) => name === map.factor);
  const size = agent[at]!.levels.length;
  const stride = agent.slice(at + 1).reduce((product, { levels }) => product * levels.length, 1);
  return (code) => Math.floor(code / stride) % size;
}

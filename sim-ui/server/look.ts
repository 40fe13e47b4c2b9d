import type { Level } from '../../env/chance.ts';
import type { CrowdLevels } from '../../env/on-stage.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { encodeFrame, packProbability } from '../frame.ts';

/** A population at the tick that it is about to play, kept while it goes on. */
export interface Look {
  readonly tick: number;
  readonly world: Readonly<Record<string, Level>>;
  readonly crowd: Readonly<Record<string, CrowdLevels>>;
  /** Shape [agents]: place on the map, and observation as a row of `masks`. */
  readonly places: Uint8Array;
  readonly observed: Uint16Array | Uint32Array;
  /** Distinct observations; with a canary, those of its agents have rows of their own. */
  readonly distinct: Uint32Array;
  /** With a canary: by row of `distinct`, 1 where it decides, otherwise 0. */
  readonly arms?: Uint8Array;
  /** Shape [agents]: what everybody observes, and the joint codes of their factors; made when somebody asks. */
  readonly masks: Uint32Array;
  readonly codes: Uint32Array;
  /** Shape [agents]: index of each agent's trait set. */
  readonly traitSets: Uint16Array | Uint32Array;
}

/** Reads the engine's columns once: bytes are copied, no agent becomes an object. */
export function lookAt(simulation: Simulation): Look {
  const { scenario, population } = simulation;
  const states = population.statesNow;
  const { distinct, observed, arms } = rowsOf(simulation);
  let masks: Uint32Array | undefined;
  let codes: Uint32Array | undefined;
  return {
    tick: simulation.tick,
    world: simulation.world,
    crowd: simulation.crowd,
    places: scenario.map ? simulation.levels(scenario.map.factor) : new Uint8Array(simulation.agents),
    observed,
    distinct,
    ...(arms && { arms }),
    get masks() {
      return (masks ??= Uint32Array.from(observed, (row) => distinct[row]!));
    },
    get codes() {
      return (codes ??= population.codes(states));
    },
    traitSets: kindsOf(simulation),
  };
}

/** What agents observe, each set of phrases once for each policy that decides there. */
function rowsOf(simulation: Simulation): Pick<Look, 'distinct' | 'observed' | 'arms'> {
  const { masks, of } = simulation.observing;
  if (simulation.canaries.length === 0) return { distinct: masks, observed: of };
  const armOf = simulation.deciding.of!;
  const rowOf = new Int32Array(2 * masks.length).fill(-1);
  const rows: number[] = [];
  const observed = Uint32Array.from(of, (mask, agent) => {
    const key = 2 * mask + armOf[agent]!;
    if (rowOf[key]! < 0) rowOf[key] = rows.push(key) - 1;
    return rowOf[key]!;
  });
  return {
    observed: rows.length <= 0x10000 ? Uint16Array.from(observed) : observed,
    distinct: Uint32Array.from(rows, (key) => masks[key >> 1]!),
    arms: Uint8Array.from(rows, (key) => key & 1),
  };
}

const kinds = new WeakMap<Simulation, Uint16Array | Uint32Array>();
/** Who people are stays the same for a run. */
function kindsOf(simulation: Simulation): Uint16Array | Uint32Array {
  let known = kinds.get(simulation);
  if (!known) kinds.set(simulation, (known = simulation.kinds));
  return known;
}

/** What was done in a tick, and how it was decided. */
export interface Acted {
  /** Shape [agents]. */
  readonly actions: Uint8Array;
  /** P of an action at a row of distinct observations; NaN if there was none. */
  readonly probability: (row: number, action: number) => number;
}

/** Encodes what a look shows, each form once for all viewers. */
export function frames(
  { actions: { length: k } }: Pick<Scenario, 'actions'>,
  { run, traitSetCount }: { run: number; traitSetCount: number },
  look: Look,
  acted?: Acted,
): (form: { key: boolean; traitSets: boolean }) => Uint8Array {
  const encoded = new Map<number, Uint8Array>();
  let levels: Uint8Array | undefined;
  const levelsOnce = (probability: Acted['probability']) =>
    (levels ??= Uint8Array.from({ length: look.distinct.length * k }, (_, i) =>
      packProbability(probability(Math.floor(i / k), i % k)),
    ));
  return ({ key, traitSets }) => {
    const form = (key ? 1 : 0) | (traitSets ? 2 : 0);
    const known = encoded.get(form);
    if (known) return known;
    const bytes = encodeFrame({
      ...{ run, tick: look.tick, key, actionCount: k, places: look.places },
      ...(acted && {
        played: { actions: acted.actions, observed: look.observed, levels: levelsOnce(acted.probability) },
      }),
      ...(traitSets && { traitSets: { of: look.traitSets, count: traitSetCount } }),
    });
    encoded.set(form, bytes);
    return bytes;
  };
}

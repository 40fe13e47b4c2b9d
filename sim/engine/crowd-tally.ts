import type { CrowdCount } from '../../env/crowd.ts';
import type { CrowdLookup } from '../../env/crowd-slots.ts';
import type { StateSpace } from '../../env/state-space.ts';
import { Rows, type Turn } from './rows.ts';

/** Whom the crowd factors count in a tick, added up by cells: what `CrowdCount` finds, without writing out states. */
export class CrowdTally implements Pick<CrowdCount, 'counted' | 'present' | 'agents'> {
  readonly counted: Float64Array;
  readonly present: Float64Array;
  agents = 0;
  readonly #factors: readonly {
    readonly who: Rows;
    readonly counts: readonly boolean[];
    readonly placeOf: (traitSet: number, code: number) => number;
  }[];

  /** @param traitSets those of a population's people */
  constructor(space: StateSpace, traitSets: Uint32Array) {
    this.counted = new Float64Array(space.crowdPlaces);
    this.present = new Float64Array(space.crowdPlaces);
    this.#factors = space.crowd.map((crowd) => ({
      who: new Rows(space, traitSets, crowd.who),
      counts: crowd.who.rows,
      placeOf: placeIn(space, traitSets, crowd),
    }));
  }

  begin(turn: Turn): void {
    this.counted.fill(0);
    this.present.fill(0);
    this.agents = 0;
    for (const { who } of this.#factors) who.begin(turn);
  }

  add(agents: number, traitSet: number, code: number, action: number): void {
    this.agents += agents;
    for (const { who, counts, placeOf } of this.#factors) {
      const place = placeOf(traitSet, code);
      this.present[place]! += agents;
      if (counts[who.of(traitSet, code, action, 0)]!) this.counted[place]! += agents;
    }
  }
}

/** The place, among those of all crowd factors, at which a factor counts agents. */
function placeIn(
  space: StateSpace,
  traitSets: Uint32Array,
  { factor, first, agentFactor }: CrowdLookup,
): (traitSet: number, code: number) => number {
  if (agentFactor !== undefined) {
    const sizes = space.agent.map((one) => one.factor.levels.length);
    const divisor = sizes.slice(agentFactor + 1).reduce((product, size) => product * size, 1);
    return (_, code) => first + (Math.floor(code / divisor) % sizes[agentFactor]!);
  }
  const { groups, sets } = space.scenario;
  const group = factor.by && groups.find(({ kind, name }) => kind === 'traits' && name === factor.by!.name)!;
  if (!group) return () => first;
  const places = Int32Array.from(
    traitSets,
    (set) => first + group.phrases.findIndex((phrase) => sets.holds(set, phrase)),
  );
  return (traitSet) => places[traitSet]!;
}

import { type CrowdLookup, crowdPlace } from './crowd-slots.ts';
import { type CrowdFactor, MILLION } from './scenario.ts';
import { look, type StateSpace } from './state-space.ts';

/** What the crowd factors are at a tick. Both have the shape [crowd places]: factor by factor, place by place. */
export interface CrowdState {
  /** Indices of levels. */
  readonly levels: Int32Array;
  /** Agents counted since the count started; 0 for factors that count each tick alone. */
  readonly totals: Float64Array;
}

/** The crowd factors at tick 0. */
export const firstCrowd = (space: StateSpace): CrowdState => ({
  levels: Int32Array.from(space.crowd.flatMap(({ places, factor }) => new Array<number>(places).fill(factor.start))),
  totals: new Float64Array(space.crowdPlaces),
});

/** Who was where in one tick, and whom the crowd factors count: the same for agents one by one and for counts of them. */
export class CrowdCount {
  /** Agents for whom `who` holds, shape [crowd places]. */
  readonly counted: Float64Array;
  /** All agents, by the place where they are, shape [crowd places]. */
  readonly present: Float64Array;
  agents = 0;
  readonly #space: StateSpace;

  constructor(space: StateSpace) {
    this.#space = space;
    this.counted = new Float64Array(space.crowdPlaces);
    this.present = new Float64Array(space.crowdPlaces);
  }

  /** Adds alike agents, whose tick the slots `now`, action and traits hold. */
  add(values: Int32Array, agents: number): void {
    this.agents += agents;
    for (const crowd of this.#space.crowd) {
      const place = crowd.first + crowdPlace(crowd, values, this.#space.agentNow);
      this.present[place]! += agents;
      if (look(crowd.who, values)) this.counted[place]! += agents;
    }
  }
}

/** Whether a number of agents, out of a number of agents, reaches a cut of a factor. */
export type Reaches = (counted: number, of: number, cut: number, unit: CrowdFactor['in']) => boolean;

/** For whole numbers of agents: exact up to 2^53 of them. */
export const reachesExactly: Reaches = (counted, of, cut, unit) => {
  if (unit === 'count') return counted >= cut;
  // cut · of / MILLION, rounded up, in parts that stay whole numbers below 2^53.
  const millions = Math.floor(of / MILLION);
  return of > 0 && counted >= cut * millions + Math.ceil((cut * (of - millions * MILLION)) / MILLION);
};

/**
 * The crowd factors in the tick that begins, from what was counted in the tick that ended.
 * @param nextWorld level indices of the world factors in the tick that begins
 */
export function crowdAfter(
  space: StateSpace,
  count: Pick<CrowdCount, 'counted' | 'present' | 'agents'>,
  before: CrowdState,
  nextWorld: ArrayLike<number>,
  reaches: Reaches = reachesExactly,
): CrowdState {
  const values = new Int32Array(space.slots);
  values.set(Array.from(nextWorld), space.worldNext);
  const after = { levels: new Int32Array(space.crowdPlaces), totals: new Float64Array(space.crowdPlaces) };
  for (const { factor, first, places, since } of space.crowd) {
    const restarts = since !== undefined && look(since, values);
    for (let at = first; at < first + places; at++) {
      const counted = since ? (restarts ? 0 : before.totals[at]! + count.counted[at]!) : count.counted[at]!;
      if (since) after.totals[at] = counted;
      const of = factor.in === 'per capita' ? count.agents : count.present[at]!;
      after.levels[at] = factor.cuts.filter((cut) => reaches(counted, of, cut, factor.in)).length;
    }
  }
  return after;
}

/** A level for each place of a crowd factor. */
export const levelsAt = ({ factor, first, places }: CrowdLookup, { levels }: CrowdState) =>
  Array.from(levels.subarray(first, first + places), (level) => factor.levels[level]!);

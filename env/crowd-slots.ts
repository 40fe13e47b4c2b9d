import { UnderstudyError } from './error.ts';
import type { CrowdFactor, Scenario } from './scenario.ts';
import type { FactorLookup, Lookup, StateSpace } from './state-space.ts';
import type { Table, Variable } from './table.ts';

/** A crowd factor, and where its levels stand. */
export interface CrowdLookup {
  readonly factor: CrowdFactor;
  /** Its places: the levels of an agent factor, the phrases of a group of traits, or 1 for everybody. */
  readonly places: number;
  /** Its first place among those of all crowd factors. */
  readonly first: number;
  readonly who: Lookup<boolean>;
  readonly since?: Lookup<boolean>;
  /** Index of the agent factor whose levels are its places. */
  readonly agentFactor?: number;
  /** Slots of the traits that are its places. */
  readonly traitSlots?: readonly number[];
  /** Slots of the level that the agent reads. */
  readonly now: number;
  readonly next: number;
  /** First slots of the levels at its places. */
  readonly levelsNow: number;
  readonly levelsNext: number;
}

/**
 * Where the levels of the crowd factors stand.
 * @param slotOf every variable's slot; the levels at all places stand behind them
 */
export function crowdLookups(
  scenario: Scenario,
  slotOf: ReadonlyMap<Variable, number>,
  lookupOf: <R>(table: Table<R>) => Lookup<R>,
): CrowdLookup[] {
  const { agent, crowd } = scenario;
  const traitSlot = (phrase: number) => slotOf.get(`trait:${scenario.phrases[phrase]}`)!;
  const sizes = crowd.map((factor) => placesOf(scenario, factor));
  const crowdPlaces = sizes.reduce((sum, places) => sum + places, 0);
  let first = 0;
  return crowd.map((factor, c): CrowdLookup => {
    const { name, by, who, since } = factor;
    const places = sizes[c]!;
    const group = by?.kind === 'group' && scenario.groups.find((one) => one.kind === 'traits' && one.name === by.name);
    first += places;
    return {
      factor,
      places,
      first: first - places,
      who: lookupOf(who),
      ...(since && { since: lookupOf(since) }),
      ...(by?.kind === 'factor' && { agentFactor: agent.findIndex((one) => one.name === by.name) }),
      ...(group && { traitSlots: group.phrases.map(traitSlot) }),
      now: slotOf.get(name)!,
      next: slotOf.get(`${name}'`)!,
      levelsNow: slotOf.size + first - places,
      levelsNext: slotOf.size + crowdPlaces + first - places,
    };
  });
}

/** How many levels a crowd factor has at a time. */
const placesOf = (scenario: Scenario, factor: CrowdFactor): number => placeNames(scenario, factor)?.length ?? 1;

/** What the places of a crowd factor are called; undefined for one that everybody reads alike. */
export function placeNames({ agent, groups, phrases }: Scenario, { by }: CrowdFactor): string[] | undefined {
  if (!by) return undefined;
  return by.kind === 'factor'
    ? agent.find(({ name }) => name === by.name)!.levels.map(String)
    : groups.find(({ kind, name }) => kind === 'traits' && name === by.name)!.phrases.map((phrase) => phrases[phrase]!);
}

/** Which place of a crowd factor an agent is at, its levels standing in the slots from `agent`. */
export function crowdPlace(
  { agentFactor, traitSlots }: CrowdLookup,
  values: Int32Array,
  agent: StateSpace['agentNow' | 'agentNext'],
): number {
  if (agentFactor !== undefined) return values[agent + agentFactor]!;
  if (!traitSlots) return 0;
  // As long as the traits have not been written, none of them holds; writing them settles it.
  const place = traitSlots.findIndex((slot) => values[slot] === 1);
  return Math.max(0, place);
}

/**
 * Writes the levels of the crowd factors in the tick that ends (`now`) or begins (`next`).
 * @param levels shape [crowd places]
 */
export function setCrowd(space: StateSpace, values: Int32Array, when: 'now' | 'next', levels: ArrayLike<number>): void {
  const from = space.slots - (when === 'now' ? 2 : 1) * space.crowdPlaces;
  for (let p = 0; p < space.crowdPlaces; p++) values[from + p] = levels[p]!;
  settleCrowd(space, values);
}

/** Fills the crowd slots with the levels at the places where the agent is and will be. */
export function settleCrowd(space: StateSpace, values: Int32Array): void {
  for (const crowd of space.crowd) {
    values[crowd.now] = values[crowd.levelsNow + crowdPlace(crowd, values, space.agentNow)]!;
    values[crowd.next] = values[crowd.levelsNext + crowdPlace(crowd, values, space.agentNext)]!;
  }
}

/** @throws {UnderstudyError} SCENARIO_CROWD if levels of the crowd factors are needed, but are not what was given */
export function requireCrowd({ scenario, crowdPlaces }: StateSpace, levels: ArrayLike<number> = []): void {
  if (levels.length === crowdPlaces) return;
  const names = scenario.crowd.map(({ name }) => name).join(', ');
  throw new UnderstudyError(
    'SCENARIO_CROWD',
    `${scenario.id}: expected the level of the crowd (${names}) at ${crowdPlaces} places, got ${levels.length}; what happens here depends on what everybody does`,
  );
}

/** Writes the next level of an agent factor, and the levels of the crowd that are read there. */
export function setAgentNext(factor: FactorLookup, values: Int32Array, slot: number, level: number): void {
  values[slot] = level;
  for (const { next, levelsNext } of factor.crowd) values[next] = values[levelsNext + level]!;
}

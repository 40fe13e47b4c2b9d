import { type Level, ONE, quantise } from './chance.ts';
import { UnderstudyError } from './error.ts';
import { type CrowdFactor, type CrowdUnit, crowdUnits, type Factor, MILLION } from './scenario.ts';
import { requireMembers } from './shape.ts';
import { type Table, unknownName } from './table.ts';

/** A crowd factor as declared. */
export interface RawCrowdFactor {
  readonly levels: readonly Level[];
  readonly who: (now: never) => boolean;
  readonly by?: string;
  readonly in?: CrowdUnit;
  readonly cuts: readonly number[];
  readonly since?: (world: never) => boolean;
  readonly start?: Level;
}

/** What a crowd factor may name, and how its functions are tabulated. */
export interface CrowdScope {
  /** Levels of each agent factor. */
  readonly agent: ReadonlyMap<string, readonly Level[]>;
  /** Names of the groups of traits. */
  readonly groups: readonly string[];
  readonly who: (where: string, holds: (now: never) => boolean) => Table<boolean>;
  readonly since: (where: string, holds: (world: never) => boolean) => Table<boolean>;
}

/** What a crowd factor goes by that has a level for each agent, made by its neighbours in a network. */
export const NEIGHBOURS = 'neighbours';

/**
 * Compiles a crowd factor.
 * @throws {UnderstudyError} SCENARIO_CROWD for cuts that do not separate the levels, SCENARIO_FACTOR for an unknown `by`,
 *   SCENARIO_LEVEL for an unknown first level, SCENARIO_MEMBER for a member that nothing reads
 */
export function crowdFactorOf(name: string, raw: RawCrowdFactor, scope: CrowdScope): CrowdFactor {
  requireMembers(name, raw, ['levels', 'who', 'by', 'in', 'cuts', 'since', 'start']);
  const { levels, since, in: unit = 'share' } = raw;
  if (typeof raw.who !== 'function')
    throw new UnderstudyError('SCENARIO_CROWD', `${name}.who is missing: a function that tells whom it counts`);
  if (!crowdUnits.includes(unit)) throw unknownName('SCENARIO_CROWD', `unit in ${name}.in`, String(unit), crowdUnits);
  const by = placesOf(name, raw.by, scope);
  if (since && unit === 'share' && by?.kind === 'factor')
    throw new UnderstudyError(
      'SCENARIO_CROWD',
      `${name}: agents come and go at a ${by.name}, so a share of those who are there does not add up over ticks; count in 'per capita' or in 'count'`,
    );
  const start = raw.start === undefined ? 0 : levels.indexOf(raw.start);
  if (start < 0) throw unknownName('SCENARIO_LEVEL', `level in ${name}.start`, String(raw.start), levels.map(String));
  if (since && start !== 0)
    throw new UnderstudyError(
      'SCENARIO_CROWD',
      `${name}.start: what adds up over ticks starts at 0, so at ${String(levels[0])}`,
    );
  return {
    name,
    levels: [...levels],
    start,
    who: scope.who(`${name}.who`, raw.who),
    ...(by && { by }),
    in: unit,
    cuts: cutsOf(name, raw, unit),
    ...(since && { since: scope.since(`${name}.since`, since) }),
  };
}

/**
 * Compiles a crowd factor by neighbours: each agent has a level of its own, as with an agent factor, and that is what it
 * becomes. Its law gives every level the same chance, which stands for what a network may do.
 * @throws {UnderstudyError} as crowdFactorOf; SCENARIO_CROWD for what cannot be counted of neighbours, or a name that is taken
 */
export function neighbourFactorOf(name: string, raw: RawCrowdFactor, { agent, groups, who }: CrowdScope): Factor {
  const wrong = (what: string) => new UnderstudyError('SCENARIO_CROWD', `${name}${what}`);
  if (agent.has(NEIGHBOURS) || groups.includes(NEIGHBOURS))
    throw wrong(
      `.by: ${NEIGHBOURS} are those in a network, but an agent factor or a group of traits has that name; rename it`,
    );
  if (raw.in === 'per capita')
    throw wrong(".in: 'per capita' is of everybody, and neighbours are few; count in 'share' or in 'count'");
  if (raw.since)
    throw wrong('.since: what neighbours do does not add up over ticks; let an agent factor keep what was reached');
  const {
    levels,
    start,
    in: unit,
    cuts,
    who: counted,
  } = crowdFactorOf(name, { ...raw, by: undefined } as never, {
    agent,
    groups,
    who,
    since: () => {
      throw new Error('unreachable');
    },
  });
  const even = quantise(levels.map(() => 1 / levels.length));
  const first = Uint32Array.from(levels, (_, level) => (level === start ? ONE : 0));
  const law = (row: Uint32Array) => ({ parents: [], sizes: [], rows: [row] });
  return {
    name,
    levels,
    start: law(first),
    next: law(even),
    neighbours: { who: counted, in: unit as 'share' | 'count', cuts },
  };
}

function placesOf(name: string, by: string | undefined, { agent, groups }: CrowdScope): CrowdFactor['by'] {
  if (by === undefined) return undefined;
  const isFactor = agent.has(by);
  const isGroup = groups.includes(by);
  if (isFactor && isGroup)
    throw new UnderstudyError(
      'SCENARIO_CROWD',
      `${name}.by: ${by} is an agent factor and a group of traits; rename one`,
    );
  if (!isFactor && !isGroup)
    throw unknownName('SCENARIO_FACTOR', `agent factor or group of traits in ${name}.by`, by, [
      ...agent.keys(),
      ...groups,
    ]);
  return { kind: isFactor ? 'factor' : 'group', name: by };
}

/** The cuts as whole numbers, of agents or of millionths. */
function cutsOf(name: string, { levels, cuts = [], since }: RawCrowdFactor, unit: CrowdUnit): number[] {
  const wrong = (what: string) => new UnderstudyError('SCENARIO_CROWD', `${name}.cuts: ${what}`);
  if (levels.length < 2) throw new UnderstudyError('SCENARIO_CROWD', `${name} has one level; a crowd has two or more`);
  if (cuts.length !== levels.length - 1)
    throw wrong(`${levels.length} levels have ${levels.length - 1} cuts between them, got ${cuts.length}`);
  const whole = cuts.map((cut) => {
    if (!(cut > 0 && Number.isFinite(cut)))
      throw wrong(`${String(cut)} is not a positive number, and whatever is not reached at 0 lies below the first cut`);
    if (unit === 'count') {
      if (!Number.isInteger(cut)) throw wrong(`${cut} is not a number of agents`);
      return cut;
    }
    if (!since && cut > 1) throw wrong(`${cut} is never reached: it is more than everybody`);
    // Rounded down, so that one third of the agents reaches a cut of 1/3; what is a millionth but for its last bit is one.
    return Math.floor(Number((cut * MILLION).toPrecision(12)));
  });
  if (whole[0] === 0) throw wrong(`${cuts[0]} is less than a millionth`);
  const unsorted = whole.findIndex((cut, i) => i > 0 && cut <= whole[i - 1]!);
  if (unsorted > 0) throw wrong(`${cuts[unsorted]} does not lie above ${cuts[unsorted - 1]}; cuts ascend`);
  return whole;
}

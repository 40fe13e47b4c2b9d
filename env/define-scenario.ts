import type { Chance, Level } from './chance.ts';
import { type CrowdScope, crowdFactorOf, NEIGHBOURS, neighbourFactorOf, type RawCrowdFactor } from './crowd-factor.ts';
import type { Factors, ScenarioDeclaration } from './declaration.ts';
import { UnderstudyError } from './error.ts';
import { copyLaw, mapLaw } from './law.ts';
import { namedNetwork } from './network/named.ts';
import { runLaw, withoutChance } from './purity.ts';
import type { Factor, Scenario } from './scenario.ts';
import {
  requireFunctions,
  requireList,
  requireMembers,
  requireObject,
  requirePairs,
  requireTextLists,
} from './shape.ts';
import { type StagingDeclaration, stagingOf } from './staging.ts';
import { mapRows, type Repetitions, rowName, type Table, tabulate, unknownName, type Variable } from './table.ts';
import { updateOrder } from './update-order.ts';
import { type Scope, view } from './view.ts';
import { brand, compileVocabulary, requireDistinct, WORDS } from './vocabulary.ts';

/** Everything that defineScenario reads. */
const MEMBERS = [
  ...WORDS,
  ...['discount', 'horizon', 'ticksPerDay', 'contexts', 'contextGroups', 'contextConflicts', 'world', 'agent', 'crowd'],
  ...['network', 'allowed', 'reward', 'measures', 'map', 'staging'],
];

/**
 * Compiles a declaration to integer tables and checks it: names, levels, rows that sum to 1, purity, cycles. Laws run
 * here and never again: what a law reads beside its arguments (a module's variable) is frozen as it stands now.
 * Conflicts between contexts are proved over all reachable states by describeScenario, not here.
 * @throws {UnderstudyError} naming the factor and the row
 */
export function defineScenario<
  const W extends Factors,
  const A extends Factors,
  const T extends string,
  const C extends string,
  const X extends string,
  const Z extends keyof A,
  const G extends string = never,
  const D extends Factors = Record<never, never>,
>(declaration: ScenarioDeclaration<W, A, T, C, X, Z, G, D>): Scenario {
  requireMembers('', declaration, MEMBERS);
  return withoutChance(() => {
    const repetitions: Repetitions = [];
    const scenario = compile(declaration, repetitions);
    brand(scenario);
    // Each law ends with its first branch now, so that one which reads what another left behind reads something else.
    for (const repeat of repetitions) repeat();
    return scenario;
  });
}

function compile<
  W extends Factors,
  A extends Factors,
  T extends string,
  C extends string,
  X extends string,
  Z extends keyof A,
  G extends string,
  D extends Factors,
>(declaration: ScenarioDeclaration<W, A, T, C, X, Z, G, D>, repetitions: Repetitions): Scenario {
  const { discount, horizon } = declaration;
  requireFunctions('contexts', declaration.contexts);
  requireTextLists('contextGroups', declaration.contextGroups ?? {});
  requirePairs('contextConflicts', declaration.contextConflicts ?? []);
  for (const member of ['allowed', 'measures'] as const) requireFunctions(member, declaration[member] ?? {});
  for (const member of ['world', 'agent'] as const) requireObject(member, declaration[member]);
  requireObject('crowd', declaration.crowd ?? {});
  const words = compileVocabulary(
    declaration,
    {
      phrases: Object.keys(declaration.contexts),
      groups: declaration.contextGroups ?? {},
      conflicts: declaration.contextConflicts ?? [],
    },
    repetitions,
  );
  const { actions, traits } = words;
  const factorsOf = (group: unknown) =>
    Object.entries(group as Readonly<Record<string, RawFactor>>).map(([name, factor]) => {
      requireMembers(name, factor, ['levels', 'start', 'next']);
      const { levels = [], start, next } = factor;
      requireList(`${name}.levels`, levels);
      const first = typeof start === 'function' ? start : (copyLaw(`${name}.start`, start, levels) as Chance<Level>);
      return [name, { levels: [...levels], start: first, next }] as const;
    });
  const world = factorsOf(declaration.world);
  const agent = factorsOf(declaration.agent);
  const worldNames = world.map(([name]) => name);
  const agentNames = agent.map(([name]) => name);
  const crowd = Object.entries<RawCrowdFactor>((declaration.crowd ?? {}) as never);
  const crowdNames = crowd.map(([name]) => name);
  const groups = new Map<string, readonly Level[]>([
    ...[...world, ...agent].map(([name, factor]) => [name, factor.levels] as const),
    ...crowd.map(([name, { levels = [] }]) => [name, [...levels]] as const),
  ]);

  requireFactorNames([...worldNames, ...agentNames, ...crowdNames]);
  for (const [name, levels] of groups) requireLevels(name, levels);
  if (typeof declaration.reward !== 'function')
    throw new UnderstudyError(
      'SCENARIO_MEMBER',
      "reward is missing: a function of what happened, such as ({ action }) => (action === 'go' ? 1 : 0); () => 0 if nothing is",
    );
  if (!(discount > 0 && discount <= 1))
    throw new UnderstudyError('SCENARIO_ROW', `discount: ${discount} is not in (0, 1]`);
  const ticksPerDay = declaration.ticksPerDay ?? horizon;
  for (const [name, ticks] of Object.entries({ horizon, ticksPerDay }))
    if (!(Number.isInteger(ticks) && ticks > 0))
      throw new UnderstudyError('SCENARIO_ROW', `${name}: ${ticks} is not a positive number of ticks`);

  const levels = (variable: Variable): readonly Level[] => {
    if (variable === 'action') return actions;
    if (variable.startsWith('trait:')) return [0, 1];
    return groups.get(variable.replace(/'$/, ''))!;
  };

  /** Tabulates a law whose runs are watched for chance and time. */
  const tabulated = <R>(where: string, evaluate: (read: (variable: Variable) => Level) => R): Table<R> =>
    tabulate(where, levels, (read) => runLaw(where, () => evaluate(read)), repetitions);
  const whole = [...worldNames, ...agentNames, ...crowdNames];
  /** Crowd factors with more than one level at a time are closed to the world. */
  const local = new Map(
    crowd.flatMap(([name, { by }]) =>
      by === undefined
        ? []
        : [[name, `it has a level for each ${by === NEIGHBOURS ? 'agent' : by}, and the world is one for all`]],
    ),
  );
  const shared = [...worldNames, ...crowdNames.filter((name) => !local.has(name))];
  const factorOf = ([name, raw]: readonly [string, RawFactor]): Factor => {
    const own = agentNames.includes(name);
    const readable = own ? whole : shared;
    const others = (own ? whole : worldNames).filter((other) => other !== name);
    const law = (where: string, evaluate: Evaluate) =>
      mapLaw(
        where,
        tabulated(where, (read) => copyLaw(where, evaluate(read), raw.levels)),
        raw.levels,
        levels,
      );
    if (typeof raw.next !== 'function') throw new UnderstudyError('SCENARIO_FACTOR', `${name}.next is missing`);
    return {
      name,
      levels: raw.levels,
      start: law(`${name}.start`, (read) => {
        const first = view(read, `${name}.start`, { factors: others, prime: "'", ...(own && { traits }) });
        return typeof raw.start === 'function' ? raw.start(first) : raw.start;
      }),
      next: law(`${name}.next`, (read) =>
        raw.next(
          view(read, `${name}.next`, {
            factors: readable,
            prime: '',
            ...(own ? { traits, action: true } : { closed: local }),
          }),
          view(read, `${name}.next`, { factors: others, prime: "'" }),
        ),
      ),
    };
  };

  const predicate = (where: string, holds: (now: never) => boolean, scope: Partial<Scope> = { traits }) =>
    mapRows(
      tabulated(where, (read) => primitive(holds(view(read, where, { factors: whole, prime: '', ...scope }) as never))),
      (value, i, table) => {
        if (typeof value === 'boolean') return value;
        throw new UnderstudyError(
          'SCENARIO_ROW',
          `${where} at ${rowName(table, i, levels)}: expected true or false, got ${String(value)}`,
        );
      },
    );
  const amount = (where: string, value: (now: never, next: never) => number) =>
    mapRows(
      tabulated(where, (read) =>
        primitive(
          value(
            view(read, where, { factors: whole, prime: '', traits, action: true }) as never,
            view(read, where, { factors: whole, prime: "'" }) as never,
          ),
        ),
      ),
      (number, i, table) => {
        if (typeof number === 'number' && Number.isFinite(number)) return number;
        throw new UnderstudyError(
          'SCENARIO_ROW',
          `${where} at ${rowName(table, i, levels)}: expected a finite number, got ${String(number)}`,
        );
      },
    );

  const crowdScope: CrowdScope = {
    agent: new Map(agent.map(([own, { levels: places }]) => [own, places])),
    groups: words.groups.filter(({ kind }) => kind === 'traits').map((group) => group.name),
    who: (where, holds) => predicate(where, holds, { traits, action: true }),
    since: (where, holds) => predicate(where, holds, { factors: worldNames, prime: "'" }),
  };
  const isByNeighbours = ([, { by }]: readonly [string, RawCrowdFactor]): boolean => by === NEIGHBOURS;
  const crowdFactors = crowd
    .filter((one) => !isByNeighbours(one))
    .map(([name, raw]) => crowdFactorOf(name, raw, crowdScope));
  const byNeighbours = crowd.filter(isByNeighbours).map(([name, raw]) => neighbourFactorOf(name, raw, crowdScope));
  if (declaration.network !== undefined && byNeighbours.length === 0)
    throw new UnderstudyError(
      'SCENARIO_CROWD',
      `network: nothing goes by neighbours; give a crowd factor by: '${NEIGHBOURS}', or leave the network out`,
    );

  const allowed = (declaration.allowed ?? {}) as Readonly<Record<string, ((now: never) => boolean) | undefined>>;
  for (const action of Object.keys(allowed)) {
    if (!actions.includes(action)) throw unknownName('SCENARIO_ACTION', 'action', action, actions);
    if (action === actions[0])
      throw new UnderstudyError('SCENARIO_ACTION', `allowed.${action}: the default action is always allowed`);
  }

  return {
    ...words,
    discount,
    horizon,
    ticksPerDay,
    world: updateOrder(world.map(factorOf), []),
    agent: updateOrder([...agent.map(factorOf), ...byNeighbours], crowdFactors),
    crowd: crowdFactors,
    ...(declaration.network !== undefined && { network: namedNetwork(String(declaration.network)).name }),
    observe: Object.entries<(now: never) => boolean>(declaration.contexts).map(([phrase, holds]) =>
      predicate(`contexts.${phrase}`, holds),
    ),
    allowed: actions.map((action) =>
      predicate(`allowed.${action}`, (Object.hasOwn(allowed, action) ? allowed[action] : undefined) ?? (() => true)),
    ),
    reward: amount('reward', declaration.reward),
    measures: Object.fromEntries(
      Object.entries(declaration.measures ?? {}).map(([name, value]) => [name, amount(`measures.${name}`, value)]),
    ),
    ...(declaration.map && {
      map: mapOf(declaration.map as never, new Map(agent.map(([name, factor]) => [name, factor.levels]))),
    }),
    ...(declaration.staging && {
      staging: stagingOf(
        declaration.staging as StagingDeclaration<never, string>,
        {
          actions,
          measures: Object.keys(declaration.measures ?? {}),
          world: worldNames,
          crowd: crowdNames,
          factors: groups,
          ...(declaration.map && { map: declaration.map.factor as string }),
        },
        (where, law) =>
          tabulated(where, (read) => primitive(law(view(read, where, { factors: worldNames, prime: '' }) as never))),
        levels,
      ),
    }),
    levels,
  };
}

type RawFactor = {
  readonly levels: readonly Level[];
  readonly start: Chance<Level> | ((first: unknown) => Chance<Level>);
  readonly next: (now: unknown, next: unknown) => Chance<Level>;
};
type Evaluate = (read: (variable: Variable) => Level) => Chance<Level>;

/** What a predicate or a reward gave; an object, which is neither right nor worth keeping, as its kind. */
const primitive = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : value;

function requireFactorNames(names: readonly string[]): void {
  requireDistinct('factor', names);
  const reserved = names.find(
    (name) => name === 'action' || name === 'traits' || name.endsWith("'") || name.startsWith('trait:'),
  );
  if (reserved !== undefined) throw new UnderstudyError('SCENARIO_NAME', `factor name is taken: ${reserved}`);
}

function requireLevels(name: string, levels: readonly Level[]): void {
  if (levels.length === 0) throw new UnderstudyError('SCENARIO_LEVEL', `${name} has no levels`);
  const odd = levels.findIndex((level) => typeof level !== 'string' && !Number.isFinite(level));
  if (odd >= 0)
    throw new UnderstudyError(
      'SCENARIO_LEVEL',
      `${name} has the level ${String(levels[odd])}; a level is a text or a finite number`,
    );
  // Distributions name levels by their text, so 1 and '1' are one name.
  const texts = levels.map(String);
  const repeated = texts.find((text, i) => texts.indexOf(text) !== i);
  if (repeated !== undefined) throw new UnderstudyError('SCENARIO_LEVEL', `${name} has the level ${repeated} twice`);
}

function mapOf(
  map: NonNullable<Scenario['map']>,
  agentLevels: ReadonlyMap<string, readonly Level[]>,
): NonNullable<Scenario['map']> {
  requireMembers('map', map, ['factor', 'places']);
  const places = agentLevels.get(map.factor);
  if (!places) throw unknownName('SCENARIO_MAP', 'factor of the map', map.factor, [...agentLevels.keys()]);
  for (const [place, at] of Object.entries(map.places)) {
    if (!places.map(String).includes(place))
      throw unknownName('SCENARIO_MAP', 'place of the map', place, places.map(String));
    if (!at.every((x) => x >= 0 && x <= 1))
      throw new UnderstudyError('SCENARIO_MAP', `${place} lies at [${at.join(', ')}], outside the unit square`);
  }
  for (const place of places)
    if (!Object.hasOwn(map.places, place))
      throw new UnderstudyError('SCENARIO_MAP', `the map has no place for ${map.factor}: ${String(place)}`);
  return map;
}

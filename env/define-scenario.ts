import { type Chance, copyChance, type Level, quantise } from './chance.ts';
import type { Factors, ScenarioDeclaration } from './declaration.ts';
import { UnderstudyError } from './error.ts';
import { runLaw, withoutChance } from './purity.ts';
import type { Factor, PromptForm, Scenario } from './scenario.ts';
import { type StagingDeclaration, stagingOf } from './staging.ts';
import { mapRows, type Repetitions, rowName, type Table, tabulate, unknownName, type Variable } from './table.ts';
import { type TraitWeight, traitSetsOf } from './trait-sets.ts';
import { view } from './view.ts';

/** A mask is a 32-bit word. */
const PHRASE_LIMIT = 32;
/** An agent's last action is a byte. */
const ACTION_LIMIT = 256;

/** Scenarios that defineScenario has made: an object of the same shape has not been checked. */
const compiled = new WeakSet<object>();

/** Whether a value is a scenario that defineScenario made. */
export const isScenario = (value: unknown): value is Scenario =>
  typeof value === 'object' && value !== null && compiled.has(value);

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
>(declaration: ScenarioDeclaration<W, A, T, C, X, Z>): Scenario {
  return withoutChance(() => {
    const repetitions: Repetitions = [];
    const scenario = compile(declaration, repetitions);
    compiled.add(scenario);
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
>(declaration: ScenarioDeclaration<W, A, T, C, X, Z>, repetitions: Repetitions): Scenario {
  const { id, discount, horizon } = declaration;
  const actions: readonly string[] = [...declaration.actions];
  const traits: readonly string[] = [...declaration.traits.phrases];
  const contexts = Object.keys(declaration.contexts);
  const factorsOf = (group: unknown) =>
    Object.entries(group as Readonly<Record<string, RawFactor>>).map(([name, { levels = [], start, next }]) => {
      const first = typeof start === 'function' ? start : (copyOf(`${name}.start`, start, levels) as Chance<Level>);
      return [name, { levels: [...levels], start: first, next }] as const;
    });
  const world = factorsOf(declaration.world);
  const agent = factorsOf(declaration.agent);
  const worldNames = world.map(([name]) => name);
  const agentNames = agent.map(([name]) => name);
  const groups = new Map([...world, ...agent].map(([name, factor]) => [name, factor.levels]));

  requireNames(id, actions, traits, contexts, worldNames, agentNames);
  for (const [name, { levels }] of [...world, ...agent]) requireLevels(name, levels);
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
  const whole = [...worldNames, ...agentNames];
  const factorOf = ([name, raw]: readonly [string, RawFactor]): Factor => {
    const own = agentNames.includes(name);
    const readable = own ? whole : worldNames;
    const others = readable.filter((other) => other !== name);
    const law = (where: string, evaluate: Evaluate) =>
      mapLaw(
        where,
        tabulated(where, (read) => copyOf(where, evaluate(read), raw.levels)),
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
          view(read, `${name}.next`, { factors: readable, prime: '', ...(own && { traits, action: true }) }),
          view(read, `${name}.next`, { factors: others, prime: "'" }),
        ),
      ),
    };
  };

  const predicate = (where: string, holds: (now: never) => boolean) =>
    mapRows(
      tabulated(where, (read) => primitive(holds(view(read, where, { factors: whole, prime: '' }) as never))),
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

  const allowed = (declaration.allowed ?? {}) as Readonly<Record<string, ((now: never) => boolean) | undefined>>;
  for (const action of Object.keys(allowed)) {
    if (!actions.includes(action)) throw unknownName('SCENARIO_ACTION', 'action', action, actions);
    if (action === actions[0])
      throw new UnderstudyError('SCENARIO_ACTION', `allowed.${action}: the default action is always allowed`);
  }

  const traitConflicts = pairs('trait', traits, declaration.traits.conflicts ?? [], 0);
  const contextConflicts = pairs('context', contexts, declaration.contextConflicts ?? [], traits.length);
  const sets = traitSetsOf(traits, traitConflicts, declaration.traits.weight as TraitWeight | undefined, repetitions);

  return {
    id,
    actions,
    discount,
    horizon,
    ticksPerDay,
    traits,
    contexts,
    phrases: [...traits, ...contexts],
    conflicts: [...traitConflicts, ...contextConflicts],
    traitSets: sets.masks,
    traitWeights: sets.weights,
    traitTotal: sets.total,
    world: updateOrder(world.map(factorOf)),
    agent: updateOrder(agent.map(factorOf)),
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
    prompt: promptForm(declaration.prompt, actions),
    ...(declaration.knownRule && { knownRule: declaration.knownRule }),
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

/** What a law gave, detached from it, or an error that names the law. */
function copyOf(where: string, chance: unknown, levels: readonly Level[]): unknown {
  try {
    return copyChance(chance, levels);
  } catch (error) {
    if (error instanceof UnderstudyError && error.code === 'SCENARIO_ROW')
      throw new UnderstudyError(error.code, `${where}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Integer weights for each row of a table of chances. */
function mapLaw(
  where: string,
  table: Table<unknown>,
  levels: readonly Level[],
  levelsOf: (variable: Variable) => readonly Level[],
): Table<Uint32Array> {
  return mapRows(table, (chance, row) => {
    const fail = (code: UnderstudyError['code'], message: string) =>
      new UnderstudyError(code, `${where} at ${rowName(table, row, levelsOf)}: ${message}`);
    const probabilities = new Float64Array(levels.length);
    const entries: (readonly [unknown, unknown])[] =
      typeof chance === 'object' && chance !== null ? Object.entries(chance) : [[chance, 1]];
    for (const [level, probability] of entries) {
      const i = levels.findIndex((known) => String(known) === String(level));
      if (i < 0) throw fail('SCENARIO_LEVEL', `unknown level: ${String(level)} (known: ${levels.join(', ')})`);
      probabilities[i]! += typeof probability === 'number' ? probability : Number.NaN;
    }
    const sum = probabilities.reduce((total, p) => total + p, 0);
    if (probabilities.some((p) => !(p >= 0))) throw fail('SCENARIO_ROW', 'a probability is negative or not a number');
    if (Math.abs(sum - 1) > 1e-9)
      throw fail('SCENARIO_ROW', `probabilities sum to ${Number(sum.toPrecision(12))}, not 1`);
    return quantise(probabilities);
  });
}

function requireNames(
  id: string,
  actions: readonly string[],
  traits: readonly string[],
  contexts: readonly string[],
  world: readonly string[],
  agent: readonly string[],
): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id))
    throw new UnderstudyError('SCENARIO_NAME', `scenario id: "${id}" is not made of a–z, 0–9 and -`);
  for (const [kind, names] of [
    ['action', actions],
    ['phrase', [...traits, ...contexts]],
    ['factor', [...world, ...agent]],
  ] as const) {
    const repeated = names.find((name, i) => names.indexOf(name) !== i);
    if (repeated !== undefined) throw new UnderstudyError('SCENARIO_NAME', `${kind} is named twice: ${repeated}`);
  }
  if (actions.length < 2)
    throw new UnderstudyError('SCENARIO_ACTION', `a scenario has two actions or more, got ${actions.length}`);
  if (actions.length > ACTION_LIMIT)
    throw new UnderstudyError('SCENARIO_ACTION', `${actions.length} actions, at most ${ACTION_LIMIT}`);
  if (traits.length + contexts.length > PHRASE_LIMIT)
    throw new UnderstudyError('SCENARIO_PHRASE', `${traits.length + contexts.length} phrases, at most ${PHRASE_LIMIT}`);
  const reserved = [...world, ...agent].find(
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

function pairs(
  kind: string,
  phrases: readonly string[],
  conflicts: readonly (readonly [string, string])[],
  offset: number,
): (readonly [number, number])[] {
  return conflicts.map((pair) => {
    const [a, b] = pair.map((phrase) => {
      const i = phrases.indexOf(phrase);
      if (i < 0) throw unknownName('SCENARIO_PHRASE', kind, phrase, phrases);
      return offset + i;
    });
    if (a === b) throw new UnderstudyError('SCENARIO_CONFLICT', `${kind} conflicts with itself: ${pair[0]}`);
    return [a!, b!] as const;
  });
}

/** The declared wording, checked, or a plain one that asks for the probability of every action but the first. */
function promptForm(declared: PromptForm | undefined, actions: readonly string[]): PromptForm {
  const asked = actions.slice(1);
  const form = declared ?? {
    paraphrases: [
      `A person: {traits}. Right now: {contexts}. How likely is it that this person chooses to ${asked.join(' or to ')}?`,
    ],
    none: { traits: 'nothing is known about them', contexts: 'nothing out of the ordinary' },
    question: `Reply with JSON: {${asked.map((action) => `"${action}": a number from 0.00 to 1.00`).join(', ')}, "explanation": one sentence}.`,
  };
  if (form.paraphrases.length === 0) throw new UnderstudyError('SCENARIO_PROMPT', 'the prompt has no paraphrase');
  for (const [i, paraphrase] of form.paraphrases.entries())
    for (const place of ['{traits}', '{contexts}'])
      if (paraphrase.split(place).length !== 2)
        throw new UnderstudyError(
          'SCENARIO_PROMPT',
          `paraphrase ${i} must contain ${place} exactly once: "${paraphrase}"`,
        );
  return form;
}

function mapOf(
  map: NonNullable<Scenario['map']>,
  agentLevels: ReadonlyMap<string, readonly Level[]>,
): NonNullable<Scenario['map']> {
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

/**
 * Factors in a topological order of what they read within the tick that begins (rest′ may read sky′).
 * @throws {UnderstudyError} SCENARIO_CYCLE, printing the cycle
 */
function updateOrder(factors: readonly Factor[]): Factor[] {
  const ordered: Factor[] = [];
  const open: string[] = [];
  const visit = (factor: Factor): void => {
    if (ordered.includes(factor)) return;
    if (open.includes(factor.name)) {
      const cycle = [...open.slice(open.indexOf(factor.name)), factor.name].map((name) => `${name}'`);
      throw new UnderstudyError('SCENARIO_CYCLE', `next values depend on each other: ${cycle.join(' ← ')}`);
    }
    open.push(factor.name);
    for (const parent of [...factor.next.parents, ...factor.start.parents]) {
      const read = factors.find((other) => parent === `${other.name}'`);
      if (read) visit(read);
    }
    open.pop();
    ordered.push(factor);
  };
  factors.forEach(visit);
  return ordered;
}

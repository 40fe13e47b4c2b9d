import type { VocabularyDeclaration, WordsDeclaration } from './declaration.ts';
import { UnderstudyError } from './error.ts';
import { PHRASE_LIMIT, phraseSets } from './phrase-sets.ts';
import { promptForm } from './prompt-form.ts';
import { withoutChance } from './purity.ts';
import type { Parameter, PhraseGroup, Scenario, Vocabulary } from './scenario.ts';
import { requireMembers, requirePairs, requireTextLists, requireTexts } from './shape.ts';
import { type Repetitions, unknownName } from './table.ts';
import { type PopulationRow, type TraitWeight, traitLawOf } from './trait-law.ts';

/** An agent's last action is a byte. */
const ACTION_LIMIT = 256;

/** Vocabularies that were compiled: an object of the same shape has not been checked. */
const compiled = new WeakSet<object>();

/** Whether a value is a vocabulary, or a scenario, that defineVocabulary or defineScenario made. */
export const isVocabulary = (value: unknown): value is Vocabulary =>
  typeof value === 'object' && value !== null && compiled.has(value);

/** Whether a vocabulary has dynamics. */
export const hasDynamics = (vocabulary: Vocabulary): vocabulary is Scenario => 'agent' in vocabulary;

/**
 * A vocabulary that has dynamics.
 * @param what needs them, for the error
 * @throws {UnderstudyError} SCENARIO_DYNAMICS for one that has none
 */
export function requireDynamics(vocabulary: Vocabulary, what: string): Scenario {
  if (hasDynamics(vocabulary)) return vocabulary;
  throw new UnderstudyError(
    'SCENARIO_DYNAMICS',
    `${vocabulary.id} is a vocabulary without dynamics, and ${what} needs them: write a scenario with defineScenario (understudy new FILE)`,
  );
}

/** Marks what was compiled and checked. */
export function brand<V extends Vocabulary>(vocabulary: V): V {
  compiled.add(vocabulary);
  return vocabulary;
}

/**
 * The same vocabulary, or scenario, with the law of its traits from the rows of its population.
 * @throws {UnderstudyError} SCENARIO_PHRASE, SCENARIO_ROW or SCENARIO_CONFLICT, naming the row
 */
export function withPopulation<V extends Vocabulary>(vocabulary: V, population: readonly PopulationRow[]): V {
  const { traits, phrases, groups, conflicts } = vocabulary;
  const own = groups.filter(({ kind }) => kind === 'traits');
  const law = { traits, width: phrases.length, groups: own, conflicts: traitsOnly(conflicts, traits.length) };
  return brand({ ...vocabulary, traitLaw: traitLawOf({ ...law, population }) });
}

const traitsOnly = (conflicts: Vocabulary['conflicts'], traits: number) =>
  conflicts.filter((pair) => pair.every((phrase) => phrase < traits));

/**
 * Compiles the words of a world without dynamics, which is enough to ask, distil, evaluate and explain.
 * @throws {UnderstudyError} naming what is wrong in the declaration
 * @example defineVocabulary({ id: 'loans', actions: ['refuse', 'grant'], traits: { groups: { age: ['young', 'old'] } } })
 */
export function defineVocabulary<const T extends string, const C extends string, const X extends string>(
  declaration: VocabularyDeclaration<T, C, X>,
): Vocabulary {
  requireMembers('', declaration, [...WORDS, 'contexts']);
  requireMembers('contexts', declaration.contexts ?? {}, ['phrases', 'groups', 'conflicts']);
  return withoutChance(() => {
    const { phrases = [], groups = {}, conflicts = [] } = declaration.contexts ?? {};
    requireTexts('contexts.phrases', phrases);
    requireTextLists('contexts.groups', groups);
    requirePairs('contexts.conflicts', conflicts);
    const repetitions: Repetitions = [];
    const contexts = { phrases: [...Object.values<readonly string[]>(groups).flat(), ...phrases], groups, conflicts };
    const vocabulary = brand(compileVocabulary(declaration, contexts, repetitions));
    for (const repeat of repetitions) repeat();
    return vocabulary;
  });
}

/** Members that every declaration may have. */
export const WORDS = ['id', 'actions', 'traits', 'prompt', 'knownRule', 'parameters', 'policies'] as const;

/** Contexts of a declaration: every phrase, those of groups too. */
interface Contexts {
  readonly phrases: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly conflicts: readonly (readonly [string, string])[];
}

/** The words of a declaration, checked. */
export function compileVocabulary<T extends string, X extends string>(
  declaration: WordsDeclaration<T, X>,
  contexts: Contexts,
  repetitions: Repetitions,
): Vocabulary {
  requireMembers('traits', declaration.traits, ['phrases', 'groups', 'conflicts', 'weight', 'shares', 'population']);
  const { id, knownRule, policies = {} } = declaration;
  const { phrases: single = [], groups = {}, conflicts = [], weight, shares, population } = declaration.traits;
  requireTexts('actions', declaration.actions);
  requireTexts('traits.phrases', single);
  requireTextLists('traits.groups', groups);
  requirePairs('traits.conflicts', conflicts);
  const actions: readonly string[] = [...declaration.actions];
  const traits: readonly string[] = [...Object.values<readonly string[]>(groups).flat(), ...single];
  requireNames(id, actions, [...traits, ...contexts.phrases]);
  const phrases = [...traits, ...contexts.phrases];
  const traitGroups = groupsOf('traits', groups, traits, 0);
  const contextGroups = groupsOf('contexts', contexts.groups, contexts.phrases, traits.length);
  const traitConflicts = pairs('trait', traits, conflicts, 0);
  const contextConflicts = pairs('context', contexts.phrases, contexts.conflicts, traits.length);
  const law = { traits, width: phrases.length, groups: traitGroups, conflicts: traitConflicts };
  const file = typeof population === 'string' ? population : undefined;
  if (file !== undefined && (weight ?? shares) !== undefined)
    throw new UnderstudyError('SCENARIO_ROW', 'traits: give one of weight, shares and population');
  return {
    id,
    actions,
    traits,
    contexts: [...contexts.phrases],
    phrases,
    sets: phraseSets(phrases.length),
    groups: [...traitGroups, ...contextGroups],
    conflicts: [...traitConflicts, ...contextConflicts],
    traitLaw:
      file === undefined
        ? traitLawOf(
            {
              ...law,
              weight: weight as TraitWeight | undefined,
              shares: shares as Readonly<Record<string, number>> | undefined,
              ...(typeof population === 'object' && { population }),
            },
            repetitions,
          )
        : [],
    ...(file !== undefined && { population: file }),
    prompt: promptForm(declaration.prompt, actions, { traits, contexts: contexts.phrases }),
    ...(knownRule && { knownRule: requireRule(knownRule) }),
    parameters: parametersOf(declaration.parameters ?? {}),
    policies: policiesOf(policies),
  };
}

/**
 * A vocabulary or scenario with more policies of its own.
 * @throws {UnderstudyError} SCENARIO_POLICY for one that is not a function
 */
export const withPolicies = <V extends Vocabulary>(vocabulary: V, policies: Vocabulary['policies']): V =>
  Object.keys(policies).length === 0
    ? vocabulary
    : brand({ ...vocabulary, policies: policiesOf({ ...policies, ...vocabulary.policies }) });

function requireNames(id: string, actions: readonly string[], phrases: readonly string[]): void {
  if (typeof id !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(id))
    throw new UnderstudyError('SCENARIO_NAME', `scenario id: "${id}" is not made of a–z, 0–9 and -`);
  requireDistinct('action', actions);
  requireDistinct('phrase', phrases);
  if (actions.length < 2)
    throw new UnderstudyError('SCENARIO_ACTION', `a scenario has two actions or more, got ${actions.length}`);
  if (actions.length > ACTION_LIMIT)
    throw new UnderstudyError('SCENARIO_ACTION', `${actions.length} actions, at most ${ACTION_LIMIT}`);
  if (phrases.length > PHRASE_LIMIT)
    throw new UnderstudyError('SCENARIO_PHRASE', `${phrases.length} phrases, at most ${PHRASE_LIMIT}`);
}

/** @throws {UnderstudyError} SCENARIO_NAME for a name that is there twice */
export function requireDistinct(kind: string, names: readonly string[]): void {
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new UnderstudyError('SCENARIO_NAME', `${kind} is named twice: ${repeated}`);
}

function groupsOf(
  kind: PhraseGroup['kind'],
  groups: Readonly<Record<string, readonly string[]>>,
  phrases: readonly string[],
  offset: number,
): PhraseGroup[] {
  const taken = new Map<string, string>();
  return Object.entries(groups).map(([name, members]) => {
    if (members.length < 2)
      throw new UnderstudyError(
        'SCENARIO_GROUP',
        `${kind}: the group ${name} has ${members.length} phrases, not two or more`,
      );
    return {
      name,
      kind,
      phrases: members.map((phrase) => {
        const i = phrases.indexOf(phrase);
        if (i < 0) throw unknownName('SCENARIO_PHRASE', `phrase in the group ${name}`, phrase, phrases);
        const other = taken.get(phrase);
        if (other !== undefined)
          throw new UnderstudyError('SCENARIO_GROUP', `${kind}: "${phrase}" is in the groups ${other} and ${name}`);
        taken.set(phrase, name);
        return offset + i;
      }),
    };
  });
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

function parametersOf(declared: Readonly<Record<string, Parameter>>): Readonly<Record<string, Parameter>> {
  for (const [name, parameter] of Object.entries(declared)) {
    requireMembers(`parameters.${name}`, parameter, ['value', 'min', 'max', 'step']);
    const { value, min, max, step } = parameter;
    const wrong = (what: string) => new UnderstudyError('SCENARIO_PARAMETER', `parameter ${name}: ${what}`);
    if (!(Number.isFinite(min) && Number.isFinite(max) && min <= max)) throw wrong(`${min} to ${max} is not a range`);
    if (!(value >= min && value <= max)) throw wrong(`${value} is outside its range, ${min} to ${max}`);
    if (step !== undefined && !(step > 0 && Number.isFinite(step))) throw wrong(`${step} is not the width of a step`);
  }
  return declared;
}

function requireRule<K extends NonNullable<Vocabulary['knownRule']>>(rule: K): K {
  if (!('probabilities' in rule)) return rule;
  requireMembers('knownRule', rule, ['probabilities', 'noise']);
  const { probabilities, noise = 0 } = rule;
  if (typeof probabilities !== 'function')
    throw new UnderstudyError(
      'SCENARIO_POLICY',
      `knownRule.probabilities: expected a function of { traits, contexts }, got ${typeof probabilities}`,
    );
  if (!(noise >= 0 && Number.isFinite(noise)))
    throw new UnderstudyError('SCENARIO_POLICY', `knownRule.noise: ${noise} is not a standard deviation`);
  return rule;
}

function policiesOf<P extends object>(declared: P): P {
  for (const [name, rule] of Object.entries(declared))
    if (typeof rule !== 'function')
      throw new UnderstudyError(
        'SCENARIO_POLICY',
        `policies.${name}: expected a function of { traits, contexts }, got ${typeof rule}`,
      );
  return declared;
}

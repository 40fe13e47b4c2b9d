import { apportion, ONE } from './chance.ts';
import { UnderstudyError } from './error.ts';
import { type PhraseSets, phraseSets } from './phrase-sets.ts';
import { runLaw } from './purity.ts';
import type { TraitBlock, Vocabulary } from './scenario.ts';
import { type Repetitions, unknownName } from './table.ts';

/** Relative frequency of a trait set, by trait. */
export type TraitWeight = (has: Readonly<Record<string, boolean>>) => number;

/** One kind of person of a population: the traits that hold, and how many people it stands for. */
export interface PopulationRow {
  readonly traits: readonly string[];
  /** Default 1. */
  readonly weight?: number;
}

/** What a law of traits is made from; phrases by their index. */
export interface TraitLawDeclaration {
  readonly traits: readonly string[];
  /** Phrases in the whole vocabulary. */
  readonly width: number;
  readonly groups: readonly { readonly name: string; readonly phrases: readonly number[] }[];
  readonly conflicts: readonly (readonly [number, number])[];
  readonly weight?: TraitWeight | undefined;
  /** Probability of a phrase: within its group, or of holding where it belongs to none. */
  readonly shares?: Readonly<Record<string, number>> | undefined;
  readonly population?: readonly PopulationRow[] | undefined;
}

/** Largest error of a trait set's share, relative to it, that weights out of 65,536 may make. */
const TOLERANCE = 2 ** -10;
/**
 * Total of the weights where 65,536 is too coarse: sums of weights stay exact, and no share is off by more than
 * rounding.
 */
export const FINE_TOTAL = 2 ** 52;
/** Laws of more trait sets than this are not listed, but kept as blocks. */
const SET_LIMIT = 65536;
/** Sets that a weight is asked about, at most. */
const WEIGHED_LIMIT = 2 ** 20;

/**
 * The law of the trait sets. Without `weight`, `shares` and `population`, every set that has exactly one phrase of each
 * group and no conflict is equally likely; the empty set is left out, unless there is none but it. What conflicts belongs
 * to one block; blocks are drawn independently, and become one that lists all sets where these are no more than 65,536.
 * A law that is not listed includes the empty set.
 * @throws {UnderstudyError} SCENARIO_ROW for a weight or share that is not one, or 0 for every set; SCENARIO_PHRASE for an
 *   unknown trait; SCENARIO_CONFLICT for groups or rows that conflict; SCENARIO_TABLE for too many sets to weigh
 */
export function traitLawOf(declaration: TraitLawDeclaration, repetitions?: Repetitions): readonly TraitBlock[] {
  const { traits, width, weight, shares, population } = declaration;
  const sets = phraseSets(width);
  if ([weight, shares, population].filter((given) => given !== undefined).length > 1)
    throw new UnderstudyError('SCENARIO_ROW', 'traits: give one of weight, shares and population');
  if (population) return [blockOf(sets, populationOf(declaration, population))];
  requireShares(declaration);
  const blocks = componentsOf(unitsOf(declaration), declaration.conflicts).map((units) =>
    combined(sets, units, declaration.conflicts),
  );
  const withoutEmpty = traits.length > 0 && shares === undefined;
  const count = blocks.reduce((product, { size }) => product * size, 1) - (withoutEmpty ? 1 : 0);
  if (count > SET_LIMIT && !weight) return blocks.map((block) => blockOf(sets, block));
  if (count > WEIGHED_LIMIT)
    throw new UnderstudyError(
      'SCENARIO_TABLE',
      `${count} trait sets, at most ${WEIGHED_LIMIT} can be weighed; give the traits shares in place of a weight`,
    );
  const joint = joined(sets, blocks);
  const empty = sets.of([]);
  if (withoutEmpty && joint.size > 1) joint.delete(empty);
  if (weight) weigh(sets, traits, joint, weight, repetitions);
  if (joint.size > SET_LIMIT)
    throw new UnderstudyError(
      'SCENARIO_TABLE',
      `more than ${SET_LIMIT} trait sets; declare fewer traits, or conflicts between them, or give the traits shares`,
    );
  return [blockOf(sets, joint)];
}

/** Trait sets of the whole law; more than can be listed are counted all the same. */
export const traitSetCount = (vocabulary: Pick<Vocabulary, 'id' | 'traitLaw' | 'population'>): number =>
  traitBlocks(vocabulary).reduce((product, { sets }) => product * sets.length, 1);

/**
 * The blocks of a vocabulary's law of traits.
 * @throws {UnderstudyError} SCENARIO_FILE if they stand in a population file that has not been read
 */
export function traitBlocks({
  id,
  traitLaw,
  population,
}: Pick<Vocabulary, 'id' | 'traitLaw' | 'population'>): readonly TraitBlock[] {
  if (traitLaw.length > 0) return traitLaw;
  throw new UnderstudyError(
    'SCENARIO_FILE',
    `the population of ${id} (${population}) has not been read; open the scenario's file with openScenario`,
  );
}

/**
 * Every trait set with its weight.
 * @throws {UnderstudyError} SCENARIO_TABLE if the law is not listed
 */
export function listedTraits(vocabulary: Pick<Vocabulary, 'id' | 'traitLaw' | 'population'>): TraitBlock {
  const blocks = traitBlocks(vocabulary);
  if (blocks.length === 1) return blocks[0]!;
  throw new UnderstudyError(
    'SCENARIO_TABLE',
    `${vocabulary.id} has ${traitSetCount(vocabulary).toLocaleString('en-US')} trait sets, more than the ${SET_LIMIT.toLocaleString('en-US')} that are listed`,
  );
}

/** A group, or a phrase that belongs to none: what may hold of it, and how often. */
type Unit = readonly { readonly phrase?: number; readonly weight: number }[];

function unitsOf({ traits, groups, shares = {} }: TraitLawDeclaration): Unit[] {
  const share = (phrase: number) => shares[traits[phrase]!];
  const grouped = new Set(groups.flatMap(({ phrases }) => phrases));
  const free = traits.map((_, phrase) => phrase).filter((phrase) => !grouped.has(phrase));
  return [
    ...groups.map(({ phrases }) => phrases.map((phrase) => ({ phrase, weight: share(phrase) ?? 1 }))),
    ...free.map((phrase) => {
      const p = share(phrase) ?? 0.5;
      return [{ weight: 1 - p }, { phrase, weight: p }];
    }),
  ].map((unit) => unit.filter(({ weight }) => weight > 0));
}

/** Units that conflicts tie together. */
function componentsOf(units: readonly Unit[], conflicts: TraitLawDeclaration['conflicts']): Unit[][] {
  const has = (component: readonly Unit[], phrase: number) =>
    component.some((unit) => unit.some((option) => option.phrase === phrase));
  let components = units.map((unit) => [unit]);
  for (const pair of conflicts) {
    const tied = components.filter((component) => pair.some((phrase) => has(component, phrase)));
    if (tied.length > 1) components = [...components.filter((component) => !tied.includes(component)), tied.flat()];
  }
  return components.length > 0 ? components : [[]];
}

/** Relative weights by set. */
type Weights = Map<number, number>;

/** The combinations of units without a conflict. */
function combined(sets: PhraseSets, units: readonly Unit[], conflicts: TraitLawDeclaration['conflicts']): Weights {
  let made: { readonly phrases: readonly number[]; readonly weight: number }[] = [{ phrases: [], weight: 1 }];
  for (const unit of units) {
    made = made.flatMap(({ phrases, weight }) =>
      unit.flatMap(({ phrase, weight: own }) => {
        if (phrase === undefined) return { phrases, weight: weight * own };
        const broken = conflicts.some((pair) => pair.includes(phrase) && pair.some((other) => phrases.includes(other)));
        return broken ? [] : { phrases: [...phrases, phrase], weight: weight * own };
      }),
    );
    if (made.length > WEIGHED_LIMIT)
      throw new UnderstudyError(
        'SCENARIO_TABLE',
        `more than ${WEIGHED_LIMIT} combinations of traits that conflicts tie together; declare fewer conflicts, or a group`,
      );
  }
  if (made.length === 0)
    throw new UnderstudyError('SCENARIO_CONFLICT', 'traits: the conflicts leave no combination of the groups');
  return new Map(made.map(({ phrases, weight }) => [sets.of(phrases), weight]));
}

/** The product of independent parts. */
function joined(sets: PhraseSets, blocks: readonly Weights[]): Weights {
  let all: Weights = new Map([[sets.of([]), 1]]);
  for (const block of blocks) {
    const joint: Weights = new Map();
    for (const [a, weight] of all) for (const [b, own] of block) joint.set(sets.union(a, b), weight * own);
    all = joint;
  }
  return all;
}

function requireShares({ traits, groups, shares }: TraitLawDeclaration): void {
  if (!shares) return;
  for (const [trait, share] of Object.entries(shares)) {
    if (!traits.includes(trait)) throw unknownName('SCENARIO_PHRASE', 'trait in traits.shares', trait, traits);
    if (!(share >= 0 && share <= 1))
      throw new UnderstudyError('SCENARIO_ROW', `traits.shares: ${trait} has ${share}, not a number from 0 to 1`);
  }
  for (const { name, phrases } of groups) {
    const given = phrases.map((phrase) => shares[traits[phrase]!]);
    const named = given.filter((share) => share !== undefined);
    if (named.length === 0) continue;
    if (named.length < given.length)
      throw new UnderstudyError(
        'SCENARIO_ROW',
        `traits.shares: ${traits[phrases[given.indexOf(undefined)]!]} has none, the other phrases of ${name} do`,
      );
    const sum = named.reduce((total, share) => total + share, 0);
    if (Math.abs(sum - 1) > 1e-6)
      throw new UnderstudyError(
        'SCENARIO_ROW',
        `traits.shares: the phrases of ${name} sum to ${Number(sum.toPrecision(6))}, not 1`,
      );
  }
}

/** The rows of a population, equal ones added up. */
function populationOf(
  { traits, width, groups, conflicts }: TraitLawDeclaration,
  rows: readonly PopulationRow[],
): Weights {
  const sets = phraseSets(width);
  const weights: Weights = new Map();
  rows.forEach(({ traits: named, weight = 1 }, i) => {
    const wrong = (code: UnderstudyError['code'], what: string) =>
      new UnderstudyError(code, `row ${i + 1} of the population: ${what}`);
    const phrases = named.map((trait) => {
      const phrase = traits.indexOf(trait);
      if (phrase < 0) throw wrong('SCENARIO_PHRASE', `unknown trait: ${trait} (known: ${traits.join(', ')})`);
      return phrase;
    });
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw wrong('SCENARIO_ROW', `the weight ${weight} is not a finite number of 0 or more`);
    for (const { name, phrases: of } of groups) {
      const held = of.filter((phrase) => phrases.includes(phrase));
      if (held.length !== 1)
        throw wrong(
          'SCENARIO_CONFLICT',
          `${held.length === 0 ? 'no phrase' : held.map((phrase) => traits[phrase]).join(' and ')} of ${name}, exactly one holds`,
        );
    }
    const broken = conflicts.find((pair) => pair.every((phrase) => phrases.includes(phrase)));
    if (broken)
      throw wrong('SCENARIO_CONFLICT', `${broken.map((phrase) => traits[phrase]).join(' and ')}, which conflict`);
    if (weight === 0) return;
    const set = sets.of(phrases);
    weights.set(set, (weights.get(set) ?? 0) + weight);
  });
  if (weights.size === 0) throw new UnderstudyError('SCENARIO_ROW', 'the population has no row of positive weight');
  return weights;
}

/** Multiplies each set's weight by what the declared function gives; what gets 0 is dropped. */
function weigh(
  sets: PhraseSets,
  traits: readonly string[],
  joint: Weights,
  weight: TraitWeight,
  repetitions?: Repetitions,
): void {
  const unknown = readsOf(traits);
  const ask = (set: number): number => {
    const has = Object.fromEntries(traits.map((trait, i) => [trait, sets.holds(set, i)]));
    return runLaw('traits.weight', () => weight(Object.setPrototypeOf(has, unknown)));
  };
  const nameOf = (set: number) =>
    `{${sets
      .indices(set)
      .map((phrase) => traits[phrase])
      .join(', ')}}`;
  const given: (readonly [number, number])[] = [];
  for (const set of [...joint.keys()].sort(sets.compare)) {
    const w = ask(set);
    if (!(w >= 0 && Number.isFinite(w)))
      throw new UnderstudyError(
        'SCENARIO_ROW',
        `traits.weight at ${nameOf(set)}: gave ${w}; it must be a finite number of 0 or more`,
      );
    given.push([set, w]);
    if (w === 0) joint.delete(set);
    else joint.set(set, w);
  }
  if (joint.size === 0) throw new UnderstudyError('SCENARIO_ROW', 'traits.weight leaves no trait set');
  repetitions?.push(() => {
    for (const [set, before] of given.toReversed()) {
      if (before === 0) continue;
      const again = ask(set);
      if (again !== before)
        throw new UnderstudyError(
          'SCENARIO_IMPURE',
          `traits.weight at ${nameOf(set)}: gave ${before}, then ${again}; it must be a pure function`,
        );
    }
  });
}

/** Positive weights as integers out of 65,536 if these say what was declared, otherwise out of 2^52. */
function blockOf(sets: PhraseSets, weights: Weights): TraitBlock {
  const listed = [...weights].sort(([a], [b]) => sets.compare(a, b));
  const masks = Uint32Array.from(listed, ([set]) => set);
  // By the largest first: sums of huge weights stay finite, and what is tiny beside it stays possible.
  const largest = listed.reduce((most, [, w]) => Math.max(most, w), 0);
  const scaled = listed.map(([, w]) => w / largest);
  const sum = scaled.reduce((total, w) => total + w, 0);
  const shares = scaled.map((w) => Math.max(w / sum, Number.MIN_VALUE));
  if (shares.length <= ONE) {
    const coarse = apportion(shares, ONE, new Uint32Array(shares.length));
    if (coarse.every((w, i) => Math.abs(w / ONE - shares[i]!) <= TOLERANCE * shares[i]!))
      return { sets: masks, weights: coarse, total: ONE };
  }
  return { sets: masks, weights: apportion(shares, FINE_TOTAL, new Float64Array(shares.length)), total: FINE_TOTAL };
}

/** The prototype of a trait set: it answers for undeclared traits. */
const readsOf = (traits: readonly string[]): object =>
  new Proxy(Object.prototype, {
    get(target, name, receiver) {
      if (typeof name === 'symbol' || name in target || name === 'toJSON') return Reflect.get(target, name, receiver);
      throw unknownName('SCENARIO_PHRASE', 'trait in traits.weight', name, traits);
    },
  });

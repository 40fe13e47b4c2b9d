import { apportion, ONE } from './chance.ts';
import { UnderstudyError } from './error.ts';
import { runLaw } from './purity.ts';
import { type Repetitions, unknownName } from './table.ts';

/** Relative frequency of a trait set, by trait. */
export type TraitWeight = (has: Readonly<Record<string, boolean>>) => number;

/** Largest error of a trait set's share, relative to it, that weights out of 65,536 may make. */
const TOLERANCE = 2 ** -10;
/**
 * Total of the weights where 65,536 is too coarse: sums of weights stay exact, and no share is off by more than
 * rounding.
 */
export const FINE_TOTAL = 2 ** 52;
/** An agent's trait set is a 16-bit index. */
const SET_LIMIT = 65536;

/** The law of the trait sets. */
interface TraitSets {
  /** Ascending. */
  readonly masks: Uint32Array;
  /** Integers that sum to the total. */
  readonly weights: Uint32Array | Float64Array;
  readonly total: number;
}

/**
 * Every non-empty trait set without a conflict, with its weight; the empty set alone if there are no traits.
 * @throws {UnderstudyError} SCENARIO_ROW for a weight that is not a finite number of 0 or more, or 0 for every set;
 *   SCENARIO_PHRASE for an undeclared trait that the weight asks about; SCENARIO_TABLE for too many sets
 */
export function traitSetsOf(
  traits: readonly string[],
  conflicts: readonly (readonly [number, number])[],
  weight: TraitWeight = () => 1,
  repetitions?: Repetitions,
): TraitSets {
  const unknown = readsOf(traits);
  const weigh = (mask: number): number => {
    const has = Object.fromEntries(traits.map((trait, i) => [trait, ((mask >>> i) & 1) === 1]));
    return runLaw('traits.weight', () => weight(Object.setPrototypeOf(has, unknown)));
  };
  const masks: number[] = [];
  const weights: number[] = [];
  for (const mask of withoutConflict(traits.length, conflicts)) {
    if (mask === 0 && traits.length > 0) continue;
    const w = weigh(mask);
    if (!(w >= 0 && Number.isFinite(w)))
      throw new UnderstudyError(
        'SCENARIO_ROW',
        `traits.weight at ${nameOf(traits, mask)}: gave ${w}; it must be a finite number of 0 or more`,
      );
    if (w === 0) continue;
    masks.push(mask);
    weights.push(w);
    if (masks.length > SET_LIMIT)
      throw new UnderstudyError(
        'SCENARIO_TABLE',
        `more than ${SET_LIMIT} trait sets; declare fewer traits, or conflicts between them`,
      );
  }
  if (masks.length === 0) throw new UnderstudyError('SCENARIO_ROW', 'traits.weight leaves no trait set');
  repetitions?.push(() => {
    for (let i = masks.length - 1; i >= 0; i--) {
      const again = weigh(masks[i]!);
      if (again !== weights[i])
        throw new UnderstudyError(
          'SCENARIO_IMPURE',
          `traits.weight at ${nameOf(traits, masks[i]!)}: gave ${weights[i]}, then ${again}; it must be a pure function`,
        );
    }
  });
  return { masks: Uint32Array.from(masks), ...shared(weights) };
}

/** Positive weights as integers out of 65,536 if these say what was declared, otherwise out of 2^52. */
function shared(weights: readonly number[]): Pick<TraitSets, 'weights' | 'total'> {
  // By the largest first: sums of huge weights stay finite, and what is tiny beside it stays possible.
  const largest = weights.reduce((most, w) => Math.max(most, w), 0);
  const scaled = weights.map((w) => w / largest);
  const sum = scaled.reduce((total, w) => total + w, 0);
  const shares = scaled.map((w) => Math.max(w / sum, Number.MIN_VALUE));
  const coarse = apportion(shares, ONE, new Uint32Array(shares.length));
  if (coarse.every((w, i) => Math.abs(w / ONE - shares[i]!) <= TOLERANCE * shares[i]!))
    return { weights: coarse, total: ONE };
  return { weights: apportion(shares, FINE_TOTAL, new Float64Array(shares.length)), total: FINE_TOTAL };
}

/** The prototype of a trait set: it answers for undeclared traits. */
const readsOf = (traits: readonly string[]): object =>
  new Proxy(Object.prototype, {
    get(target, name, receiver) {
      if (typeof name === 'symbol' || name in target || name === 'toJSON') return Reflect.get(target, name, receiver);
      throw unknownName('SCENARIO_PHRASE', 'trait in traits.weight', name, traits);
    },
  });

const nameOf = (traits: readonly string[], mask: number): string =>
  `{${traits.filter((_, i) => (mask >>> i) & 1).join(', ')}}`;

/** Sets of the first n phrases without a conflict, in ascending order; what conflicts is never gone into. */
function* withoutConflict(n: number, conflicts: readonly (readonly [number, number])[], mask = 0): Generator<number> {
  if (n === 0) {
    yield mask >>> 0;
    return;
  }
  const bit = n - 1;
  yield* withoutConflict(bit, conflicts, mask);
  const excluded = conflicts.some(([a, b]) => (a === bit && (mask >>> b) & 1) || (b === bit && (mask >>> a) & 1));
  if (!excluded) yield* withoutConflict(bit, conflicts, mask | (1 << bit));
}

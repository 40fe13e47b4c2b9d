import { UnderstudyError } from '../../env/error.ts';
import type { PhraseSets } from '../../env/phrase-sets.ts';
import { drawOf, sequence } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { HeldOut } from '../../workspace/dataset.ts';

/** By what a test set is held out of training. */
export const splits = ['state', 'traits', 'contexts', 'size', 'order'] as const;
export type SplitBy = (typeof splits)[number];

/** One row in every block of this many goes to the test set. */
const BLOCK = 5;
const TEST_SHARE = 1 / BLOCK;

export interface Split {
  /** Shape [n]: which states of the sample are for testing. */
  readonly test: readonly boolean[];
  /** States, by place in the sample, that are asked about once more, in another order, for testing. */
  readonly again: readonly number[];
  readonly heldOut: HeldOut;
  /** In words. */
  readonly rule: string;
}

export interface SplitOptions {
  readonly split: SplitBy;
  readonly seed: number;
  /** Whether a state can be shown in an order that training does not show; asked for `order` only. */
  readonly hasOtherOrder: (mask: number) => boolean;
}

/**
 * Divides a sample, 80 % to train on and 20 % to test on, as nearly as what is held out together allows.
 * For all splits but `order`, no permutation of a test state is in train.
 * @param masks the sample, each state once
 * @throws {UnderstudyError} DISTILL_ARGUMENT where the sample has nothing to hold out, or nothing would be left
 */
export function splitOf(scenario: Vocabulary, masks: Uint32Array, { split, seed, hasOtherOrder }: SplitOptions): Split {
  const { sets } = scenario;
  const traitBits = sets.of(scenario.traits.keys());
  const named = (held: ReadonlySet<number>) =>
    [...held].sort(sets.compare).map((set) => sets.indices(set).map((phrase) => scenario.phrases[phrase]!));
  switch (split) {
    case 'state': {
      const test = testRows(masks.length, seed);
      return {
        test,
        again: [],
        heldOut: { by: 'state', states: test.filter(Boolean).length },
        rule: 'every fifth observation is in the test, in whatever order its phrases are shown',
      };
    }
    case 'traits': {
      const keys = masks.map((mask) => sets.intersection(mask, traitBits));
      const held = heldOutGroups(sets, keys, 'traits', seed);
      return {
        test: Array.from(keys, (key) => held.has(key)),
        again: [],
        heldOut: { by: 'traits', traitSets: named(held) },
        rule: 'whole trait sets are in the test, with all their contexts: people who are not in train',
      };
    }
    case 'contexts': {
      const keys = masks.map((mask) => sets.difference(mask, traitBits));
      const held = heldOutGroups(sets, keys, 'contexts', seed);
      return {
        test: Array.from(keys, (key) => held.has(key)),
        again: [],
        heldOut: { by: 'contexts', contextSets: named(held) },
        rule: 'whole context sets are in the test, with all their traits: situations that are not in train',
      };
    }
    case 'size': {
      const sizes = Uint32Array.from(masks, (mask) => sets.size(mask));
      const least = sizeAtLeast(sizes);
      return {
        test: Array.from(sizes, (size) => size >= least),
        again: [],
        heldOut: { by: 'size', phrasesAtLeast: least },
        rule: `observations of ${least} phrases or more are in the test; train has shorter ones only`,
      };
    }
    case 'order': {
      const again = statesAgain(sets, masks, hasOtherOrder, seed);
      const single = masks.length - masks.filter(hasOtherOrder).length;
      return {
        test: Array.from(masks, () => false),
        again,
        heldOut: { by: 'order', states: again.length, withoutOtherOrder: single },
        rule: 'states of train are in the test, each asked about again in an order in which train does not show it',
      };
    }
  }
}

/**
 * Which rows of a sample in sampling order are for testing: one at random in every five, so that 80 % train.
 * A row's part does not change as the sample grows, and every observation is in one row only, so no permutation of a
 * test observation is ever trained on.
 */
export function testRows(size: number, seed: number): boolean[] {
  const random = sequence(seed, 'splits');
  let chosen = 0;
  return Array.from({ length: size }, (_, i) => {
    if (i % BLOCK === 0) chosen = i + Math.floor(random() * BLOCK);
    return i === chosen;
  });
}

/** Whole groups in seeded order, each taken if that brings the number of rows nearer to 20 %; at least one. */
function heldOutGroups(phrases: PhraseSets, keys: Uint32Array, kind: 'traits' | 'contexts', seed: number): Set<number> {
  const counts = new Map<number, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const sets = kind === 'traits' ? 'trait set' : 'context set';
  if (counts.size < 2) throw nothingToHoldOut(kind, `has one ${sets} only`);
  const order = [...counts.keys()].sort(
    (a, b) => drawOf(seed, kind, phrases.key(a)) - drawOf(seed, kind, phrases.key(b)),
  );
  const target = TEST_SHARE * keys.length;
  const held = new Set<number>();
  let rows = 0;
  for (const key of order) {
    const count = counts.get(key)!;
    if (Math.abs(rows + count - target) >= Math.abs(rows - target)) continue;
    held.add(key);
    rows += count;
  }
  // Every group has more than 40 % of the rows: the smallest is the nearest that there is.
  if (held.size === 0) held.add(order.reduce((a, b) => (counts.get(b)! < counts.get(a)! ? b : a)));
  return held;
}

/** The number of phrases from which on the share of rows is nearest to 20 %. */
function sizeAtLeast(sizes: Uint32Array): number {
  const distinct = [...new Set(sizes)].sort((a, b) => b - a).slice(0, -1);
  if (distinct.length === 0) throw nothingToHoldOut('size', 'has states of one size only');
  const off = (least: number) => Math.abs(sizes.filter((size) => size >= least).length - TEST_SHARE * sizes.length);
  return distinct.reduce((best, least) => (off(least) < off(best) ? least : best));
}

/** A quarter as many states as train has, so that 20 % of all rows test. */
function statesAgain(
  sets: PhraseSets,
  masks: Uint32Array,
  hasOtherOrder: (mask: number) => boolean,
  seed: number,
): number[] {
  const able = Array.from(masks.keys()).filter((i) => hasOtherOrder(masks[i]!));
  if (able.length === 0) throw nothingToHoldOut('order', 'has no state that can be shown in another order');
  const wanted = Math.round((TEST_SHARE / (1 - TEST_SHARE)) * masks.length);
  const draw = (i: number) => drawOf(seed, 'order', sets.key(masks[i]!));
  return able
    .sort((a, b) => draw(a) - draw(b))
    .slice(0, wanted)
    .sort((a, b) => a - b);
}

const nothingToHoldOut = (split: SplitBy, why: string) =>
  new UnderstudyError(
    'DISTILL_ARGUMENT',
    `the sample ${why}, so there is nothing to hold out by ${split}; ask about more states`,
  );

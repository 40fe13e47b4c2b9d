import { ONE, quantise } from './chance.ts';
import { UnderstudyError } from './error.ts';

/** Relative frequency of a trait set, by trait. */
export type TraitWeight = (has: Readonly<Record<string, boolean>>) => number;

/** Every non-empty trait set without a conflict, with its weight; the empty set alone where there are no traits. */
export function traitSetsOf(
  traits: readonly string[],
  conflicts: readonly (readonly [number, number])[],
  weight: TraitWeight = () => 1,
): { masks: Uint32Array; weights: Uint32Array } {
  const masks: number[] = [];
  const weights: number[] = [];
  for (const mask of withoutConflict(traits.length, conflicts)) {
    if (mask === 0 && traits.length > 0) continue;
    const w = weight(Object.fromEntries(traits.map((trait, i) => [trait, ((mask >>> i) & 1) === 1])));
    if (!(w >= 0 && Number.isFinite(w)))
      throw new UnderstudyError('SCENARIO_ROW', `traits.weight gave ${w}; it must be a number of 0 or more`);
    if (w === 0) continue;
    masks.push(mask);
    weights.push(w);
    if (masks.length > ONE)
      throw new UnderstudyError(
        'SCENARIO_TABLE',
        `more than ${ONE} trait sets; declare fewer traits, or conflicts between them`,
      );
  }
  const total = weights.reduce((sum, w) => sum + w, 0);
  if (total === 0) throw new UnderstudyError('SCENARIO_ROW', 'traits.weight leaves no trait set');
  return { masks: Uint32Array.from(masks), weights: quantise(weights.map((w) => w / total)) };
}

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

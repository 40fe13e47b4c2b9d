import { ONE, quantise } from './chance.ts';
import { ScenarioError } from './table.ts';

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
  for (let mask = traits.length === 0 ? 0 : 1; mask < 2 ** traits.length; mask++) {
    if (conflicts.some(([a, b]) => (mask >>> a) & (mask >>> b) & 1)) continue;
    const w = weight(Object.fromEntries(traits.map((trait, i) => [trait, ((mask >>> i) & 1) === 1])));
    if (!(w >= 0 && Number.isFinite(w)))
      throw new ScenarioError('SCENARIO_ROW', `traits.weight gave ${w}; it must be a number of 0 or more`);
    if (w === 0) continue;
    masks.push(mask);
    weights.push(w);
  }
  const total = weights.reduce((sum, w) => sum + w, 0);
  if (total === 0) throw new ScenarioError('SCENARIO_ROW', 'traits.weight leaves no trait set');
  if (masks.length > ONE) throw new ScenarioError('SCENARIO_TABLE', `${masks.length} trait sets, at most ${ONE}`);
  return { masks: Uint32Array.from(masks), weights: quantise(weights.map((w) => w / total)) };
}

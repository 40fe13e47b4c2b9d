import { describe, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { defineScenario } from '../define-scenario.ts';
import { phraseSets } from '../phrase-sets.ts';
import { listedTraits } from '../trait-law.ts';
import { stateCount, states } from './states.ts';

const conflictFree = (mask: number) => !iceCream.conflicts.some(([a, b]) => (mask >>> a) & (mask >>> b) & 1);

describe('the states of ice-cream-v1', () => {
  const all = [...states(iceCream)];
  const withContext = [...states(iceCream, 'exclude')];

  it('are 59 trait sets × 287 context sets = 16,933, each once, and 59 more with the empty context', () => {
    expect(listedTraits(iceCream).sets).toHaveLength(59);
    expect([withContext.length, new Set(withContext).size]).toEqual([59 * 287, 16_933]);
    expect([all.length, new Set(all).size, stateCount(iceCream)]).toEqual([59 * 288, 16_992, 16_992]);
  });

  it('are exactly what a look at all 65,536 masks finds', () => {
    const found = Array.from({ length: 2 ** 16 }, (_, mask) => mask).filter(
      (mask) => (mask & 127) !== 0 && conflictFree(mask),
    );
    const ascending = (masks: number[]) => [...masks].sort((a, b) => a - b);
    expect(ascending(all)).toEqual(found);
    expect(ascending(withContext)).toEqual(found.filter((mask) => mask >>> 7 !== 0));
  });
});

/** Words of a vocabulary whose people are given by their masks. */
const wordsOf = (
  traits: readonly string[],
  contexts: readonly string[],
  people: number,
  conflicts: readonly (readonly [number, number])[] = [],
) => ({
  id: 'words',
  traits,
  contexts,
  sets: phraseSets(traits.length + contexts.length),
  groups: [],
  conflicts,
  traitLaw: [{ sets: Uint32Array.of(people), weights: Uint32Array.of(65536), total: 65536 }],
});

describe('states', () => {
  it('are made one at a time: the first of very many are there at once', () => {
    const contexts = Array.from({ length: 25 }, (_, i) => `context ${i}`);
    const many = states(wordsOf([], contexts, 0));
    expect(Array.from({ length: 4 }, () => many.next().value)).toEqual([0, 1, 2, 3]);
  });

  it('keep their empty context where the scenario has no other', () => {
    const scenario = defineScenario({
      id: 'no-contexts',
      actions: ['stay', 'go'],
      discount: 1,
      horizon: 1,
      traits: { phrases: ['young', 'old'], conflicts: [['young', 'old']] },
      contexts: {},
      world: {},
      agent: {},
      reward: () => 0,
    });
    expect([...states(scenario, 'exclude')]).toEqual([1, 2]);
  });

  it('use the thirty-second phrase as any other', () => {
    const contexts = Array.from({ length: 31 }, (_, i) => `context ${i}`);
    const conflicts = contexts.slice(0, -1).map((_, i) => [i + 1, 31] as const);
    const last = [...states(wordsOf(['a'], contexts.slice(-1), 1))];
    expect(last).toEqual([1, 3]);
    const few = wordsOf(['a'], contexts, 1, [...conflicts, ...pairsBelow(31)]);
    const sets = [...states(few)];
    expect(sets).toHaveLength(32);
    expect(Math.max(...sets)).toBe(2 ** 31 + 1);
    expect(stateCount(few)).toBe(32);
  });
});

/** Every two of the phrases 1 to n − 1. */
function pairsBelow(n: number): (readonly [number, number])[] {
  const phrases = Array.from({ length: n - 1 }, (_, i) => i + 1);
  return phrases.flatMap((a) => phrases.filter((b) => b > a).map((b) => [a, b] as const));
}

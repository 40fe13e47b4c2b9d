import { describe, expect, it } from 'vitest';
import { shownOf, shownPhrases } from './shown-phrases.ts';

const vocabulary = {
  phrases: ['young', 'middle', 'old', 'a', 'b', 'c'],
  groups: [{ name: 'age', kind: 'traits' as const, phrases: [0, 1, 2] }],
};
const sizes: Record<string, number> = { young: 0.1, middle: 0, old: 0.4, a: 0.5, b: 0.3, c: 0.05 };

describe('the phrases that a figure shows', () => {
  it('are all if there is room, by size, those of a group side by side in their order', () => {
    expect(shownPhrases(vocabulary, (phrase) => sizes[phrase]!)).toEqual(['a', 'young', 'middle', 'old', 'b', 'c']);
  });

  it('are those that matter most, a group whole or not at all', () => {
    expect(shownPhrases(vocabulary, (phrase) => sizes[phrase]!, 3)).toEqual(['a', 'b', 'c']);
    expect(shownPhrases(vocabulary, (phrase) => sizes[phrase]!, 4)).toEqual(['a', 'young', 'middle', 'old']);
    expect(shownPhrases(vocabulary, (phrase) => (phrase === 'old' ? 1 : sizes[phrase]!), 2)).toEqual(['young', 'old']);
  });

  it('leave out those without a size, and a caption says so', () => {
    expect(shownPhrases(vocabulary, (phrase) => (phrase < 'c' ? sizes[phrase]! : Number.NaN))).toEqual(['a', 'b']);
    expect(shownOf(6, 6)).toBe('');
    expect(shownOf(2, 6)).toContain('2 of 6 phrases');
  });
});

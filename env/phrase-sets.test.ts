import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PHRASE_LIMIT, PhraseSets } from './phrase-sets.ts';

describe('sets of up to 32 phrases', () => {
  it('are their bitmasks', () => {
    const sets = new PhraseSets(32);
    expect(sets.of([0, 5, 31])).toBe(0b1000_0000_0000_0000_0000_0000_0010_0001);
    expect(sets.of([])).toBe(0);
    expect(sets.with(0, 31)).toBe(2 ** 31);
    expect(sets.union(0b0110, 0b0011)).toBe(0b0111);
    expect(sets.difference(0b0110, 0b0011)).toBe(0b0100);
    expect(sets.compare(2 ** 31, 1)).toBeGreaterThan(0);
  });
});

describe.each([5, 32, 33, 64, 65, 512])('sets of %d phrases', (width) => {
  const phrases = fc.uniqueArray(fc.integer({ min: 0, max: width - 1 }));
  const ascending = (list: Iterable<number>) => [...list].sort((a, b) => a - b);

  it('behave as sets of numbers do', () => {
    const sets = new PhraseSets(width);
    fc.assert(
      fc.property(phrases, phrases, fc.integer({ min: 0, max: width - 1 }), (a, b, j) => {
        const [x, y] = [sets.of(a), sets.of(b)];
        expect(sets.indices(x)).toEqual(ascending(a));
        expect(sets.size(x)).toBe(a.length);
        expect(sets.holds(x, j)).toBe(a.includes(j));
        expect(sets.indices(sets.union(x, y))).toEqual(ascending(new Set([...a, ...b])));
        expect(sets.indices(sets.difference(x, y))).toEqual(ascending(a.filter((i) => !b.includes(i))));
        expect(sets.indices(sets.intersection(x, y))).toEqual(ascending(a.filter((i) => b.includes(i))));
        expect(sets.with(x, j)).toBe(sets.of([...a, j]));
        expect(sets.without(x, j)).toBe(sets.of(a.filter((i) => i !== j)));
        expect(sets.of([...a].reverse())).toBe(x);
        expect(Math.sign(sets.compare(x, y)) + Math.sign(sets.compare(y, x))).toBe(0);
        expect(sets.compare(x, y) === 0).toBe(x === y);
      }),
    );
  });

  it('are ordered as bitmasks are, whenever they were met', () => {
    const sets = new PhraseSets(width);
    const met = [[width - 1], [0, 1], [1], [0], []].map((list) => sets.of(list));
    expect([...met].sort(sets.compare)).toEqual([...met].reverse());
  });
});

describe('many wide sets', () => {
  it('keep their numbers when the table grows, also where their first words agree', () => {
    const sets = new PhraseSets(128);
    const numbers = Array.from({ length: 5000 }, (_, i) => sets.ofWords([7, 7, 7, i]));
    expect(new Set(numbers).size).toBe(5000);
    numbers.forEach((number, i) => expect(sets.word(number, 3)).toBe(i));
    expect(Array.from({ length: 5000 }, (_, i) => sets.ofWords([7, 7, 7, i]))).toEqual(numbers);
  });

  it('have an end', () => {
    expect(() => new PhraseSets(PHRASE_LIMIT + 1)).toThrow('4097 phrases, at most 4096');
  });
});

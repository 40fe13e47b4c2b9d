import { describe, expect, it } from 'vitest';
import { learnedBy, packStates } from './learned.ts';

const cheap = { traits: ['cheap'], context: [] };
const hungry = { traits: ['cheap', 'likes sweets'], context: ['hungry', 'after work'] };
const shuffled = { traits: ['likes sweets', 'cheap'], context: ['after work', 'hungry'] };

describe('the states that a student learned', () => {
  it('are kept as eight bytes each, ascending, each once', () => {
    // printf '{"context":[],"traits":["cheap"]}' | sha256sum begins with 15382f85edb3ed86.
    expect(Buffer.from(packStates([cheap]), 'base64').toString('hex')).toBe('15382f85edb3ed86');
    expect(packStates([cheap, hungry, shuffled])).toBe(packStates([shuffled, cheap]));
    expect(Buffer.from(packStates([cheap, hungry, shuffled]), 'base64')).toHaveLength(16);
    expect(packStates([])).toBe('');
  });

  it('are found again in any order of phrases, and no others are', () => {
    const learned = learnedBy({ learned: { states: packStates([cheap, hungry]) } })!;
    expect([cheap, hungry, shuffled].map(learned)).toEqual([true, true, true]);
    expect(learned({ traits: ['cheap'], context: ['hungry'] })).toBe(false);
    expect(learned({ traits: [], context: ['cheap'] })).toBe(false);
    expect(learnedBy({ learned: { states: '' } })!(cheap)).toBe(false);
  });

  it('are unknown where the configuration does not say', () => {
    expect(learnedBy({})).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { parseQuery, queryText, type Words } from './query.ts';

const words: Words = {
  traits: ['likes sweets', 'shy', 'frugal'],
  contexts: ['hot day', 'shop nearby'],
  places: [
    { name: 'park', label: 'the park', x: 0, y: 0 },
    { name: 'home', label: 'home', x: 1, y: 1 },
  ],
  actions: [
    { name: 'skip', did: 'skipped', colour: { light: '#000000', dark: '#000000' } },
    { name: 'buy', did: 'bought', colour: { light: '#000000', dark: '#000000' } },
  ],
};
const third = { name: 'wait', did: 'waited', colour: { light: '#000000', dark: '#000000' } };

describe('a search that is typed', () => {
  it('reads phrases, places, actions, P and agents, and writes them back', () => {
    const text = 'trait:"likes sweets" -trait:shy context:"hot day" place:park -did:buy p(buy)>0.5 agent:7';
    const query = parseQuery(text, words);
    expect(query).toEqual([
      { is: 'trait', trait: 0, not: false },
      { is: 'trait', trait: 1, not: true },
      { is: 'context', context: 0, not: false },
      { is: 'place', place: 0, not: false },
      { is: 'did', action: 1, not: true },
      { is: 'p', action: 1, relation: '>', value: 0.5 },
      { is: 'agent', agent: 7 },
    ]);
    expect(queryText(query, words)).toBe(text);
    expect(parseQuery('  ', words)).toEqual([]);
  });

  it('takes names in any case, labels, what was done, a bare number and a bare name', () => {
    expect(queryText(parseQuery('TRAIT:Shy place:"the park" did:bought p<=.25 42 frugal', words), words)).toBe(
      'trait:shy place:park did:buy p(buy)<=0.25 agent:42 trait:frugal',
    );
  });

  it('says what is known and what was probably meant', () => {
    const complaint = (text: string, of = words) => {
      try {
        parseQuery(text, of);
      } catch (error) {
        return (error as Error).message;
      }
      return 'understood';
    };
    expect(complaint('trait:"likes sweet"')).toBe('unknown trait: "likes sweet", did you mean "likes sweets"?');
    expect(complaint('place:moon')).toBe('unknown place: "moon" (known: park, home)');
    expect(complaint('triat:shy')).toBe(
      'unknown filter: triat (known: trait, context, place, did, agent, p); did you mean trait?',
    );
    expect(complaint('frugall')).toContain('did you mean trait:frugal?');
    expect(complaint('p>1.5')).toBe('P is compared with a number from 0 to 1, got "1.5"');
    expect(complaint('p>')).toContain('got ""');
    expect(complaint('p>.5', { ...words, actions: [...words.actions, third] })).toBe(
      'P of which action? Such as p(buy)>.5',
    );
    expect(complaint('agent:x')).toBe('an agent is a whole number, got "x"');
    expect(complaint('place:park', { ...words, places: [{ name: '', label: '', x: 0, y: 0 }] })).toContain('no places');
    expect(complaint('shy '.repeat(21))).toBe('21 conditions; a search has at most 20');
  });
});

import { describe, expect, it } from 'vitest';
import { describeScenario } from '../../env/conformance.ts';
import { fromPhrases, observations, phrasesOf } from '../../env/observation.ts';
import { promptOf } from '../../env/prompt.ts';
import { reachability } from '../../env/reachability.ts';
import { stateSpace } from '../../env/state-space.ts';
import { listedTraits } from '../../env/trait-law.ts';
import { trajectory } from '../../env/trajectory.ts';
import { iceCream } from './scenario.ts';

describeScenario(iceCream, { describe, it });

describe('the ice-cream town', () => {
  it('has 59 trait sets, 288 context sets with the empty one, and 20,872 reachable joint states', () => {
    const contextSets = Array.from({ length: 2 ** 9 }, (_, mask) => mask << 7).filter(
      (mask) => !iceCream.conflicts.some(([a, b]) => (mask >>> a) & (mask >>> b) & 1),
    );
    expect(listedTraits(iceCream).sets).toHaveLength(59);
    expect(contextSets).toHaveLength(288);
    expect(reachability(iceCream).states).toBe(20_872);
  });

  it('shows an agent on a mild day neither hot nor cold', () => {
    const space = stateSpace(iceCream);
    const weather = iceCream.world.findIndex(({ name }) => name === 'weather');
    const moments = trajectory(space, () => [32768, 32768], { seed: 11, agent: 0, ticks: 210 });
    const levels = moments.map(({ world, mask }) => [
      iceCream.world[weather]!.levels[world[weather]!],
      (mask >>> 10) & 3,
    ]);
    expect(new Set(levels.map(String))).toEqual(new Set(['mild,0', 'hot,1', 'cold,2']));
  });

  it('words an observation as the research project did, and the empty lists in words', () => {
    const batch = fromPhrases(iceCream, [
      { traits: ['cheap', 'likes sweets'], context: ['hot summer day'] },
      { traits: [], context: [] },
    ]);
    expect(promptOf(iceCream, batch, 0)).toBe(
      'A person: cheap, likes sweets. Right now: hot summer day. How likely is it that this person buys ice cream? ' +
        'Reply with JSON: {"buy": a number from 0.00 to 1.00, "explanation": one sentence}.',
    );
    expect(promptOf(iceCream, batch, 1, 2)).toMatch(
      /^Situation: nothing out of the ordinary\. Person: nothing is known about them\./,
    );
    expect(() => promptOf(iceCream, batch, 0, 3)).toThrow('has 3 paraphrases');
  });
});

describe('an observation', () => {
  it('keeps the order in which its phrases were shown, and is canonical without one', () => {
    const shown = fromPhrases(iceCream, [{ traits: ['cheap', 'likes sweets'], context: ['hungry'] }]);
    expect(phrasesOf(iceCream, shown, 0)).toEqual({ traits: ['cheap', 'likes sweets'], context: ['hungry'] });
    expect(phrasesOf(iceCream, observations(iceCream, shown.masks), 0).traits).toEqual(['likes sweets', 'cheap']);
  });

  it.each([
    [
      { traits: ['likes swets'], context: [] },
      'unknown trait: "likes swets", did you mean "likes sweets"? (ice-cream-v1 knows: likes sweets, ',
    ],
    [{ traits: ['hungry'], context: [] }, 'unknown trait: "hungry", which is a context (ice-cream-v1 knows: likes'],
    [{ traits: [], context: ['cheap'] }, 'unknown context: "cheap", which is a trait (ice-cream-v1 knows: hungry'],
    [{ traits: ['tall'], context: [] }, 'unknown trait: "tall" (ice-cream-v1 knows: '],
    [{ traits: ['cheap', 'cheap'], context: [] }, 'names "cheap" twice'],
    [{ traits: ['cheap', 'spender'], context: [] }, 'names "cheap" and "spender", which conflict'],
  ])('refuses %j', (row, message) => {
    expect(() => fromPhrases(iceCream, [row])).toThrow(message);
  });
});

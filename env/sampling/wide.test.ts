import { describe, expect, it } from 'vitest';
import { pearsonTail } from '../false-alarm.test-support.ts';
import { brokenBy } from '../observation.ts';
import { defineVocabulary } from '../vocabulary.ts';
import { builtCovering } from './built-covering.ts';
import { canList, firstStates, listStates, samplingOrder } from './sampling.ts';
import { stateCount, states } from './states.ts';
import { drawnByStratum } from './strata.ts';
import { survey } from './wide.test-support.ts';

/** A state: one phrase of each group, and no conflict. */
const isState = (set: number) =>
  brokenBy(survey, set) === undefined &&
  survey.groups.every(({ phrases }) => phrases.some((phrase) => survey.sets.holds(set, phrase)));

/** Small enough to list: to hold against what is drawn. */
const small = defineVocabulary({
  id: 'small',
  actions: ['no', 'yes'],
  traits: { groups: { age: ['young', 'old'] }, phrases: ['a', 'b'] },
  contexts: { groups: { day: ['mon', 'tue', 'wed'] }, phrases: ['x', 'y', 'z'], conflicts: [['mon', 'x']] },
});

describe('states that are too many to list', () => {
  it('are drawn as states, each once, and a larger sample begins with the smaller one', () => {
    expect(canList(survey)).toBe(false);
    const drawn = firstStates(survey, 4, 600);
    expect([...drawn].every(isState)).toBe(true);
    expect(new Set(drawn).size).toBe(600);
    expect(firstStates(survey, 4, 200)).toEqual(drawn.subarray(0, 200));
    expect(firstStates(survey, 5, 200)).not.toEqual(drawn.subarray(0, 200));
  });

  it('come in rounds of one of each size, as listed ones do', () => {
    const sizes = (masks: Iterable<number>) =>
      [...masks].map((set) => {
        const held = survey.sets.indices(set);
        const traits = held.filter((phrase) => phrase < survey.traits.length).length;
        return `${traits} × ${held.length - traits}`;
      });
    // 6 to 14 traits; 1 to 26 contexts: season, c0 or c1 or neither, and the other 24.
    const strata = 9 * 26;
    expect(new Set(sizes(firstStates(survey, 1, strata))).size).toBe(strata);
  });

  it('are refused where all are wanted, with their number', () => {
    // c0 and c1 in three ways; c2 in two, or in one in summer; 23 others.
    expect(stateCount(survey)).toBe(5 ** 6 * 2 ** 8 * 3 * (3 * 2 + 1) * 2 ** 23);
    expect(() => listStates(survey, 'give a size')).toThrow(
      /survey has about 10\^14 states, too many to list; give a size/,
    );
  });
});

describe('drawing by stratum', () => {
  it('ends with every state there is', () => {
    const drawn = [...drawnByStratum(small, 1)];
    expect(drawn.toSorted((a, b) => a - b)).toEqual([...states(small)].sort((a, b) => a - b));
    expect(new Set(drawn).size).toBe(samplingOrder(small, 1).length);
  });

  it('makes all states of a stratum equally likely', () => {
    const counts = new Map<number, number>();
    const runs = 800;
    // The first of each stratum in 800 runs: those of 2 traits and 2 contexts.
    const wanted = [...states(small)].filter((set) => {
      const held = small.sets.indices(set);
      return held.length === 4 && held.filter((phrase) => phrase < 4).length === 2;
    });
    for (let seed = 0; seed < runs; seed++)
      for (const set of drawnByStratum(small, seed))
        if (wanted.includes(set)) {
          counts.set(set, (counts.get(set) ?? 0) + 1);
          break;
        }
    const expected = runs / wanted.length;
    const chiSquare = wanted.reduce((sum, set) => sum + ((counts.get(set) ?? 0) - expected) ** 2 / expected, 0);
    expect(wanted).toHaveLength(4 * 8);
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(runs);
    const even = wanted.map(() => 1 / wanted.length);
    expect(pearsonTail(chiSquare, even, runs)).toBeGreaterThan(0.001);
  });
});

describe('a covering that is built phrase by phrase', () => {
  const pairsOf = (masks: Iterable<number>, { sets }: Pick<typeof survey, 'sets'>) => {
    const pairs = new Set<string>();
    for (const set of masks)
      for (let i = 0; i < sets.width; i++)
        for (let j = i + 1; j < sets.width; j++) pairs.add(`${i}=${sets.holds(set, i)} ${j}=${sets.holds(set, j)}`);
    return pairs;
  };

  it('covers exactly the pairs that some state has', () => {
    const { masks, pairs, impossible } = builtCovering(small, 0, 'include');
    const truth = pairsOf(states(small), small);
    expect(pairsOf(masks, small)).toEqual(truth);
    expect(pairs).toBe(truth.size);
    expect(pairs + impossible).toBe(4 * ((10 * 9) / 2));
    const known = new Set(states(small));
    expect([...masks].every((set) => known.has(set))).toBe(true);
  });

  it('finds out that the empty context is a combination too, if there is to be none', () => {
    const two = defineVocabulary({
      id: 'two',
      actions: ['a', 'b'],
      traits: { phrases: ['t'] },
      contexts: { phrases: ['x', 'y'] },
    });
    const { masks } = builtCovering(two, 0, 'exclude');
    expect(pairsOf(masks, two)).toEqual(pairsOf(states(two, 'exclude'), two));
  });

  it('covers a survey with groups in few rows, all of them states', () => {
    const { masks, impossible } = builtCovering(survey, 0, 'include');
    expect([...masks].every(isState)).toBe(true);
    // Two phrases of a group (6 · 10 + 6), and two conflicts.
    expect(impossible).toBe(68);
    // Two groups of five need 25 rows.
    expect(masks.length).toBeGreaterThanOrEqual(25);
    expect(masks.length).toBeLessThanOrEqual(50);
  });
});

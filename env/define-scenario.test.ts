import { describe, expect, it } from 'vitest';
import { defineScenario } from './define-scenario.ts';
import type { UnderstudyError } from './error.ts';
import { observations, phrasesOf } from './observation.ts';
import { reachability } from './reachability.ts';
import { listedTraits } from './trait-law.ts';

/** A lamp that is on or off: the smallest scenario, with one part replaced. */
const lamp = (changes: object) => () =>
  defineScenario({
    id: 'lamp',
    actions: ['leave', 'press'],
    discount: 0.9,
    horizon: 4,
    traits: { phrases: ['tidy', 'messy'], conflicts: [['tidy', 'messy']] },
    contexts: { 'it is bright': ({ light }) => light === 'on' },
    world: {},
    agent: {
      light: {
        levels: ['off', 'on'],
        start: 'off',
        next: ({ light, action }) => (action === 'press' ? { on: 0.5, off: 0.5 } : light),
      },
    },
    reward: ({ light }) => (light === 'on' ? 1 : 0),
    ...changes,
  } as Parameters<typeof defineScenario>[0]);

const light = (next: unknown, levels: unknown = ['off', 'on'], start: unknown = 'off') => ({
  agent: { light: { levels, start, next } },
});

describe('a scenario', () => {
  it('finds the parents of a factor by what it reads', () => {
    const scenario = lamp({})();
    expect(scenario.agent[0]!.next.parents).toEqual(['light', 'action']);
    expect([...listedTraits(scenario).sets]).toEqual([1, 2]);
    expect(scenario.phrases).toEqual(['tidy', 'messy', 'it is bright']);
  });

  it('finds a parent that only one branch reads', () => {
    const scenario = lamp(light((now: Record<string, string>) => (now.action === 'press' ? 'on' : now.light)))();
    expect(scenario.agent[0]!.next.parents).toEqual(['action', 'light']);
    expect(scenario.agent[0]!.next.rows.map((row) => [...row])).toEqual([
      [65536, 0],
      [0, 65536],
      [0, 65536],
      [0, 65536],
    ]);
  });

  it('may name its actions like the properties that every object has', () => {
    const { allowed, actions } = lamp({ actions: ['toString', 'constructor', '__proto__'] })();
    expect(actions).toEqual(['toString', 'constructor', '__proto__']);
    expect(allowed.map(({ rows }) => rows)).toEqual([[true], [true], [true]]);
  });

  const wrong: [string, object, UnderstudyError['code'], string][] = [
    [
      'a row that does not sum to 1',
      light(({ action }: Record<string, string>) => (action === 'press' ? { on: 0.5, off: 0.4 } : 'off')),
      'SCENARIO_ROW',
      'light.next at {action: press}: probabilities sum to 0.9, not 1',
    ],
    [
      'a negative probability',
      light(() => ({ on: 1.5, off: -0.5 })),
      'SCENARIO_ROW',
      'light.next at {}: a probability is negative',
    ],
    [
      'an unknown level',
      light(({ action }: Record<string, string>) => (action === 'press' ? { on: 0.5, of: 0.5 } : 'off')),
      'SCENARIO_LEVEL',
      'light.next at {action: press}: unknown level: of (known: off, on)',
    ],
    [
      'an unknown first level',
      light(() => 'off', ['off', 'on'], 'dim'),
      'SCENARIO_LEVEL',
      'light.start at {}: unknown level: dim',
    ],
    [
      'an impure function',
      (() => {
        let calls = 0;
        return light(() => (calls++ % 2 ? 'on' : 'off'));
      })(),
      'SCENARIO_IMPURE',
      'light.next at {}: gave "off", then "on"; it must be a pure function',
    ],
    [
      'a function that remembers what it read',
      (() => {
        let kept: string | undefined;
        return light((now: Record<string, string>) => (kept ??= now.light));
      })(),
      'SCENARIO_IMPURE',
      'light.next at {}: does not read light, which it read before; it must be a pure function',
    ],
    ['a factor without levels', light(() => 'off', []), 'SCENARIO_LEVEL', 'light has no levels'],
    [
      'a level that stands twice',
      light(() => 'off', ['off', 'on', 'off']),
      'SCENARIO_LEVEL',
      'has the level off twice',
    ],
    [
      'a row that misses 1 by little',
      light(() => ({ on: 0.5, off: 0.4999999 })),
      'SCENARIO_ROW',
      'probabilities sum to 0.9999999, not 1',
    ],
    ['half a tick a day', { ticksPerDay: 0.5 }, 'SCENARIO_ROW', 'ticksPerDay: 0.5 is not a positive number of ticks'],
    [
      'a trait that conflicts with itself',
      { traits: { phrases: ['tidy'], conflicts: [['tidy', 'tidy']] } },
      'SCENARIO_CONFLICT',
      'trait conflicts with itself: tidy',
    ],
    [
      'too many trait sets, without counting them all',
      { traits: { phrases: Array.from({ length: 31 }, (_, i) => `trait ${i}`), weight: () => 1 } },
      'SCENARIO_TABLE',
      '2147483647 trait sets, at most 1048576 can be weighed; give the traits shares in place of a weight',
    ],
    [
      'a map of a factor of the world',
      { world: { sky: { levels: ['grey'], start: 'grey', next: () => 'grey' } }, map: { factor: 'sky', places: {} } },
      'SCENARIO_MAP',
      'unknown factor of the map: sky (known: light)',
    ],
    [
      'a place outside the map',
      { map: { factor: 'light', places: { off: [0, 0], on: [0, 2] } } },
      'SCENARIO_MAP',
      'on lies at [0, 2], outside the unit square',
    ],
    ['no paraphrase', { prompt: { paraphrases: [], none: {}, question: '' } }, 'SCENARIO_PROMPT', 'has no paraphrase'],
    [
      'a factor that does not exist',
      light(({ lamp }: Record<string, string>) => lamp),
      'SCENARIO_FACTOR',
      'unknown factor in light.next: lamp (known: light)',
    ],
    [
      'a factor that reads its own next value',
      light((_: unknown, { light: next }: Record<string, string>) => next),
      'SCENARIO_FACTOR',
      "unknown factor in light.next: light'",
    ],
    [
      'a state that is copied',
      light((now: object) => ({ ...now })),
      'SCENARIO_FACTOR',
      'light.next: read factors by name',
    ],
    [
      'a cycle of reads',
      {
        agent: {
          a: { levels: [0, 1], start: 0, next: (_: unknown, { b }: Record<string, number>) => b },
          b: { levels: [0, 1], start: 0, next: (_: unknown, { a }: Record<string, number>) => a },
        },
        contexts: {},
        reward: () => 0,
      },
      'SCENARIO_CYCLE',
      "next values depend on each other: a' ← b' ← a'",
    ],
    [
      'a world that reads an agent',
      { world: { sky: { levels: ['grey'], start: 'grey', next: ({ light: l }: Record<string, string>) => l } } },
      'SCENARIO_FACTOR',
      'unknown factor in sky.next: light (known: sky)',
    ],
    [
      'an unknown trait in a conflict',
      { traits: { phrases: ['tidy'], conflicts: [['tidy', 'tydi']] } },
      'SCENARIO_PHRASE',
      'unknown trait: tydi (known: tidy)',
    ],
    ['one action', { actions: ['leave'] }, 'SCENARIO_ACTION', 'two actions or more, got 1'],
    [
      'a reward that is no number',
      { reward: () => Number.NaN },
      'SCENARIO_ROW',
      'reward at {}: expected a finite number, got NaN',
    ],
    [
      'a paraphrase without a place',
      { prompt: { paraphrases: ['A person: {traits}.'], none: { traits: '', contexts: '' }, question: '' } },
      'SCENARIO_PROMPT',
      'must contain {contexts} exactly once',
    ],
    [
      'a table that is too large',
      {
        world: Object.fromEntries(
          Array.from({ length: 5 }, (_, i) => [
            `w${i}`,
            {
              levels: Array.from({ length: 10 }, (_, l) => l),
              start: 0,
              next: (now: Record<string, number>) => (now.w0! + now.w1! + now.w2! + now.w3! + now.w4!) % 10,
            },
          ]),
        ),
      },
      'SCENARIO_TABLE',
      'rows over w0 × w1 × w2 × w3 × w4, at most 65536; read fewer factors',
    ],
  ];
  it.each(wrong)('refuses %s, naming the factor and the row', (_, changes, code, message) => {
    expect(lamp(changes)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});

describe('32 phrases', () => {
  it('fit in a mask, and traits that exclude each other are listed one by one', () => {
    const phrases = Array.from({ length: 31 }, (_, i) => `trait ${i}`);
    const conflicts = phrases.flatMap((a, i) => phrases.slice(i + 1).map((b) => [a, b] as const));
    const scenario = lamp({ traits: { phrases, conflicts } })();
    expect([...listedTraits(scenario).sets]).toEqual(phrases.map((_, i) => 2 ** i));
    expect(phrasesOf(scenario, observations(scenario, [2 ** 31 + 2 ** 30]), 0)).toEqual({
      traits: ['trait 30'],
      context: ['it is bright'],
    });
    const wider = lamp({ traits: { phrases: [...phrases, 'trait 31'], conflicts } })();
    expect(phrasesOf(wider, observations(wider, [wider.sets.of([31, 32])]), 0)).toEqual({
      traits: ['trait 31'],
      context: ['it is bright'],
    });
  });
});

describe('reachability', () => {
  it('prints the shortest path to a state that breaks a conflict', () => {
    const scenario = defineScenario({
      id: 'thermostat',
      actions: ['wait', 'heat'],
      discount: 1,
      horizon: 5,
      traits: { phrases: ['any'] },
      contexts: { cold: ({ degrees }) => degrees < 2, warm: ({ degrees }) => degrees > 0 },
      contextConflicts: [['cold', 'warm']],
      world: {},
      agent: {
        degrees: {
          levels: [0, 1, 2],
          start: 0,
          next: ({ degrees, action }) => (action === 'heat' ? (Math.min(2, degrees + 1) as 1 | 2) : degrees),
        },
      },
      reward: () => 0,
    });
    const { violation } = reachability(scenario);
    expect(violation!.problem).toBe('"cold" and "warm" conflict, but hold together');
    expect(violation!.path).toEqual([
      '{degrees: 0} seen as "any, cold", then heat',
      '{degrees: 1} seen as "any, cold, warm"',
    ]);
  });

  it('does not follow an action that is not allowed', () => {
    const scenario = defineScenario({
      id: 'locked',
      actions: ['wait', 'open'],
      discount: 1,
      horizon: 5,
      traits: { phrases: ['any'] },
      contexts: { inside: ({ door }) => door === 'open', outside: ({ door }) => door === 'open' },
      contextConflicts: [['inside', 'outside']],
      world: {},
      agent: {
        door: {
          levels: ['shut', 'open'],
          start: 'shut',
          next: ({ door, action }) => (action === 'open' ? 'open' : door),
        },
      },
      allowed: { open: ({ door }) => door === 'open' },
      reward: () => 0,
    });
    expect(reachability(scenario)).toEqual({ states: 1 });
  });
});

describe('a member that nothing reads', () => {
  const law = { levels: ['off', 'on'], start: 'off', next: () => 'on' };
  it.each<[object, string]>([
    [{ alowed: {} }, 'a scenario has no member alowed; did you mean allowed?'],
    [{ traits: { phrases: ['tidy'], populaton: [] } }, 'traits has no member populaton; did you mean population?'],
    [{ agent: { light: { ...law, nxt: 1 } } }, 'light has no member nxt; did you mean next?'],
    [{ prompt: { paraphrase: [] } }, 'prompt has no member paraphrase; did you mean paraphrases?'],
    [{ prompt: {} }, 'prompt.paraphrases: expected a list of sentences'],
    [{ parameters: { price: { value: 1, min: 0, maximum: 2 } } }, 'parameters.price has no member maximum'],
    [{ knownRule: { probabilities: () => [0.5, 0.5], nois: 1 } }, 'knownRule has no member nois; did you mean noise?'],
    [{ map: { factor: 'light', place: {} } }, 'map has no member place; did you mean places?'],
    [
      { staging: { actions: { press: { dod: 'pressed' } } } },
      'staging.actions.press has no member dod; did you mean did?',
    ],
    [{ reward: undefined }, 'reward is missing: a function of what happened'],
  ])('is refused: %j', (changes, message) => {
    expect(lamp(changes)).toThrow(message);
  });
});

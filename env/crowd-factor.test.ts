import { describe, expect, it } from 'vitest';
import { checkScenario } from '../scenarios/check.ts';
import { compiledData } from './compiled.ts';
import { describeScenario } from './conformance.ts';
import { defineScenario } from './define-scenario.ts';
import type { UnderstudyError } from './error.ts';
import { exactValue, occupancy } from './exact.ts';
import { reachability } from './reachability.ts';

/** A park with two kiosks: correct in every part, so that each case below is wrong in one place only. */
const park = {
  id: 'park',
  actions: ['walk', 'queue'],
  discount: 0.9,
  horizon: 8,
  traits: { groups: { age: ['young', 'old'] }, phrases: ['hungry'] },
  contexts: {},
  world: { hour: { levels: [8, 12, 16], start: 8, next: ({ hour }: { hour: number }) => (hour === 8 ? 12 : 16) } },
  agent: {
    rest: { levels: ['fresh', 'tired'], start: 'fresh', next: () => 'tired' as const },
    kiosk: { levels: ['lake', 'gate'], start: 'lake', next: () => ({ lake: 0.5, gate: 0.5 }) },
  },
  reward: () => 0,
} as const;
const levels = ['none', 'short', 'long'] as const;
const queue = { levels, who: () => true, by: 'kiosk', cuts: [0.1, 0.5] } as const;

describe('a crowd factor', () => {
  const crowded = defineScenario({
    ...park,
    contexts: {
      'there is a queue': ({ queue }) => queue !== 'none',
      'sold out': ({ stock }) => stock === 'gone',
    },
    world: {
      ...park.world,
      price: { levels: [1, 2], start: 1, next: ({ stock, price }) => (stock === 'gone' ? 2 : price) },
    },
    agent: {
      // Declared before the kiosk that it goes by: what it reads is there first all the same.
      rest: {
        levels: ['fresh', 'tired'],
        start: 'fresh',
        next: (_, { queue }) => (queue === 'long' ? 'tired' : 'fresh'),
      },
      kiosk: { levels: ['lake', 'gate'], start: 'lake', next: ({ kiosk }) => ({ [kiosk]: 1 }) as never },
    },
    crowd: {
      queue: {
        levels,
        who: ({ action, traits }) => action === 'queue' && traits.hungry,
        by: 'kiosk',
        cuts: [1 / 3, 0.5],
        start: 'short',
      },
      stock: {
        levels: ['there', 'gone'],
        who: ({ action, stock }) => action === 'queue' && stock === 'there',
        in: 'per capita',
        cuts: [1.25],
        since: ({ hour }) => hour === 8,
      },
      norm: { levels: ['few', 'many'], who: ({ action }) => action === 'queue', by: 'age', in: 'count', cuts: [12] },
    },
    allowed: { queue: ({ stock, norm }) => stock === 'there' || norm === 'many' },
    reward: ({ queue }, { norm }) => (queue === 'long' ? -1 : 0) + (norm === 'many' ? 1 : 0),
    measures: { minutes: (_, { queue }) => (queue === 'long' ? 10 : 0) },
  });

  it('is read by contexts, laws, what is allowed, rewards and measures like any other', () => {
    expect(crowded.observe.map(({ parents }) => parents)).toEqual([['queue'], ['stock']]);
    expect(crowded.world.find(({ name }) => name === 'price')!.next.parents).toEqual(['stock', 'price']);
    expect(crowded.agent.find(({ name }) => name === 'rest')!.next.parents).toEqual(["queue'"]);
    expect(crowded.allowed[1]!.parents).toEqual(['stock', 'norm']);
    expect(crowded.reward.parents).toEqual(['queue', "norm'"]);
    expect(crowded.measures.minutes!.parents).toEqual(["queue'"]);
  });

  it('is compiled to tables and whole numbers, which the hash of the scenario covers', () => {
    expect(crowded.crowd).toEqual([
      {
        ...{ name: 'queue', levels: ['none', 'short', 'long'], start: 1, in: 'share', cuts: [333_333, 500_000] },
        ...{ by: { kind: 'factor', name: 'kiosk' } },
        who: { parents: ['action', 'trait:hungry'], sizes: [2, 2], rows: [false, false, false, true] },
      },
      {
        ...{ name: 'stock', levels: ['there', 'gone'], start: 0, in: 'per capita', cuts: [1_250_000] },
        who: { parents: ['action', 'stock'], sizes: [2, 2], rows: [false, false, true, false] },
        since: { parents: ["hour'"], sizes: [3], rows: [true, false, false] },
      },
      {
        ...{ name: 'norm', levels: ['few', 'many'], start: 0, in: 'count', cuts: [12] },
        ...{ by: { kind: 'group', name: 'age' } },
        who: { parents: ['action'], sizes: [2], rows: [false, true] },
      },
    ]);
    expect(compiledData(crowded)).toEqual(expect.objectContaining({ crowd: crowded.crowd }));
    expect(compiledData(defineScenario({ ...park }))).not.toHaveProperty('crowd');
  });

  it('by place is drawn after the place: where somebody will be decides which queue they read', () => {
    expect(crowded.agent.map(({ name }) => name)).toEqual(['kiosk', 'rest']);
    const lure = () =>
      defineScenario({
        ...park,
        agent: {
          kiosk: {
            levels: ['lake', 'gate'],
            start: 'lake',
            next: (_, { queue }) => (queue === 'long' ? 'gate' : 'lake'),
          },
        },
        crowd: { queue },
      });
    expect(lure).toThrow("next values depend on each other: kiosk' ← queue' ← kiosk'");
  });

  it('is refused by exact engines, which name the mean field', async () => {
    const reason = 'park: exactValue follows one agent on its own, but what everybody does decides queue, stock, norm';
    await expect(exactValue(crowded, () => [0.5, 0.5])).rejects.toThrow(reason);
    await expect(occupancy(crowded, () => [0.5, 0.5])).rejects.toThrow('use meanField');
  });
});

describe('a crowd factor is refused by its types, and when it runs, for', () => {
  const wrong: Record<string, () => unknown> = {
    'an unknown place': () =>
      defineScenario({
        ...park,
        // @ts-expect-error
        crowd: { queue: { ...queue, by: 'kosk' } },
      }),
    'an unknown unit': () =>
      defineScenario({
        ...park,
        // @ts-expect-error
        crowd: { queue: { ...queue, in: 'percent' } },
      }),
    'an unknown first level': () =>
      defineScenario({
        ...park,
        // @ts-expect-error
        crowd: { queue: { ...queue, start: 'empty' } },
      }),
    'an unknown action that is counted': () =>
      defineScenario({
        ...park,
        // @ts-expect-error
        crowd: { queue: { ...queue, who: ({ act }) => act === 'buy' } },
      }),
    'an agent factor that starts its count': () =>
      defineScenario({
        ...park,
        // @ts-expect-error
        crowd: { stock: { levels, who: () => true, cuts: [1, 2], since: ({ kiosk }) => kiosk === 'lake' } },
      }),
    'a misspelt member': () =>
      defineScenario({
        ...park,
        // @ts-expect-error
        crowd: { queue: { levels, who: () => true, cut: [0.1, 0.5] } },
      }),
    'a first world that reads it': () =>
      defineScenario({
        ...park,
        // @ts-expect-error
        world: { sky: { levels: ['grey', 'blue'], start: ({ queue: q }) => q, next: () => 'grey' } },
        crowd: { queue },
      }),
  };
  it.each(Object.entries(wrong))('%s', (_, define) => {
    expect(define).toThrow(expect.objectContaining({ name: 'UnderstudyError' }));
  });
});

describe('a crowd factor is refused for', () => {
  it.each<[string, object, UnderstudyError['code'], string]>([
    ['too few cuts', { cuts: [0.1] }, 'SCENARIO_CROWD', 'queue.cuts: 3 levels have 2 cuts between them, got 1'],
    ['no cuts', { cuts: undefined }, 'SCENARIO_CROWD', '3 levels have 2 cuts between them, got 0'],
    ['cuts that descend', { cuts: [0.5, 0.1] }, 'SCENARIO_CROWD', '0.1 does not lie above 0.5; cuts ascend'],
    ['cuts that millionths do not tell apart', { cuts: [0.5, 0.5000001] }, 'SCENARIO_CROWD', 'cuts ascend'],
    ['a cut at 0', { cuts: [0, 0.5] }, 'SCENARIO_CROWD', 'queue.cuts: 0 is not a positive number'],
    ['a cut that is no number', { cuts: [0.1, '0.5x'] }, 'SCENARIO_CROWD', 'queue.cuts: 0.5x is not a positive number'],
    ['a share above 1', { cuts: [0.5, 10] }, 'SCENARIO_CROWD', '10 is never reached: it is more than everybody'],
    ['half an agent', { in: 'count', cuts: [0.5, 2] }, 'SCENARIO_CROWD', '0.5 is not a number of agents'],
    ['one level', { levels: ['some'], cuts: [] }, 'SCENARIO_CROWD', 'queue has one level; a crowd has two or more'],
    ['no levels', { levels: [] }, 'SCENARIO_LEVEL', 'queue has no levels'],
    ['a level that stands twice', { levels: ['a', 'b', 'a'] }, 'SCENARIO_LEVEL', 'queue has the level a twice'],
    ['nobody to count', { who: undefined }, 'SCENARIO_CROWD', 'queue.who is missing'],
    [
      'a count that is no yes or no',
      { who: () => 1 },
      'SCENARIO_ROW',
      'queue.who at {}: expected true or false, got 1',
    ],
    ['a place that nobody has', { by: 'hour' }, 'SCENARIO_FACTOR', 'in queue.by: hour (known: rest, kiosk, age)'],
    ['an unknown unit', { in: 'percent' }, 'SCENARIO_CROWD', 'in queue.in: percent (known: share, per capita, count)'],
    [
      'an unknown first level',
      { start: 'empty' },
      'SCENARIO_LEVEL',
      'in queue.start: empty (known: none, short, long)',
    ],
    ['a share of passers-by that adds up', { since: () => true }, 'SCENARIO_CROWD', "count in 'per capita'"],
    [
      'a stock that is not full at first',
      { since: () => false, in: 'per capita', start: 'long' },
      'SCENARIO_CROWD',
      'queue.start: what adds up over ticks starts at 0, so at none',
    ],
    ['a misspelt member', { sinc: true }, 'SCENARIO_MEMBER', 'queue has no member sinc; did you mean since?'],
    ['a name that is taken', {}, 'SCENARIO_NAME', 'factor is named twice: hour'],
  ])('%s', (_, changes, code, message) => {
    const name = code === 'SCENARIO_NAME' ? 'hour' : 'queue';
    const define = () => defineScenario({ ...park, crowd: { [name]: { ...queue, ...changes } } } as never);
    expect(define).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });

  it('a world that reads the queue at a place', () => {
    const sky = { levels: ['grey', 'blue'], start: 'grey', next: ({ queue: q }: { queue: string }) => q };
    expect(() => defineScenario({ ...park, world: { sky }, crowd: { queue } } as never)).toThrow(
      'sky.next reads queue: it has a level for each kiosk, and the world is one for all',
    );
  });
});

describe('a check of a scenario with a crowd', () => {
  const jam = (busy: 'short' | 'long') =>
    defineScenario({
      ...park,
      contexts: { quiet: ({ queue: q }) => q !== 'long', busy: ({ queue: q }) => q === 'long' || q === busy },
      contextConflicts: [['quiet', 'busy']],
      contextGroups: { mood: ['quiet', 'busy'] },
      agent: {
        kiosk: { levels: ['lake', 'gate'], start: 'lake', next: (_, { hour }) => (hour === 12 ? 'gate' : 'lake') },
      },
      world: { hour: { levels: [8, 12], start: 8, next: ({ hour }) => (hour === 8 ? 12 : 8) } },
      crowd: { queue: { ...queue, who: ({ action }) => action === 'queue' } },
      reward: ({ action }) => (action === 'queue' ? 1 : 0),
      prompt: {
        paraphrases: ['{traits} {contexts}: does this person queue?'],
        none: { traits: 'anybody', contexts: 'any time' },
        question: 'Reply with the probability of queue.',
      },
    });
  describeScenario(jam('long'), { describe, it });

  it('tries every level of it, and says so', () => {
    expect(reachability(jam('long'))).toEqual({ states: 2, crowd: ['queue'] });
    const { notes, sizes, ok } = checkScenario(jam('long'));
    expect(notes).toEqual([expect.stringMatching('^every level of queue was tried in every state')]);
    expect([ok, sizes.crowdPlaces, sizes.occurring]).toEqual([true, 2, 8]);
    expect(reachability(jam('short')).violation).toEqual({
      problem: '"quiet" and "busy" conflict, but hold together',
      path: ['{hour: 8, kiosk: lake, queue: short} seen as "young, quiet, busy"'],
    });
  });

  it('follows what the crowd leads to', () => {
    const scenario = defineScenario({
      ...park,
      contexts: { fresh: ({ rest }) => rest === 'fresh', queued: ({ rest }) => rest === 'fresh' },
      contextConflicts: [['fresh', 'queued']],
      agent: {
        kiosk: park.agent.kiosk,
        rest: {
          levels: ['fresh', 'tired'],
          start: 'tired',
          next: ({ queue: q }) => (q === 'long' ? 'fresh' : 'tired'),
        },
      },
      crowd: { queue },
    });
    expect(reachability(scenario).violation!.path).toEqual([
      '{hour: 8, kiosk: lake, rest: tired, queue: long} seen as "young", then walk',
      '{hour: 12, kiosk: lake, rest: fresh} seen as "young, fresh, queued"',
    ]);
  });
});

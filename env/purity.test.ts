import crypto, { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Chance } from './chance.ts';
import { mix } from './chance.ts';
import { defineScenario } from './define-scenario.ts';

type Sky = 'sun' | 'rain';
type Law = (now: { readonly hour: number }) => Chance<Sky>;

/** A sky whose next value is a law of the hour, all 24 of them. */
const skyOf = (next: Law) =>
  defineScenario({
    id: 'sky',
    actions: ['wait', 'go'],
    discount: 1,
    horizon: 24,
    traits: { phrases: ['any'] },
    contexts: {},
    world: {
      hour: { levels: Array.from({ length: 24 }, (_, hour) => hour), start: 0, next: ({ hour }) => (hour + 1) % 24 },
      sky: { levels: ['sun', 'rain'], start: 'sun', next: ({ hour }) => next({ hour }) },
    },
    agent: { place: { levels: ['here'], start: 'here', next: () => 'here' as const } },
    reward: () => 0,
  });
const rowsOf = (next: Law) =>
  skyOf(next)
    .world.find(({ name }) => name === 'sky')!
    .next.rows.map((row) => [...row]);

/** Sun with probability hour / 24. */
const right = rowsOf(({ hour }) => ({ sun: hour / 24, rain: 1 - hour / 24 }));

describe('a law is what it returned, row by row, where it hands back', () => {
  it('fresh objects', () => {
    expect([right[0], right[12], right[23]]).toEqual([
      [0, 65536],
      [32768, 32768],
      [62805, 2731],
    ]);
  });

  const plain = { sun: 0, rain: 0 };
  const map = new Map<string, number>();
  const array = [0, 0];
  const typed = new Float64Array(2);
  let p = 0;
  const lazy = Object.freeze({
    get sun() {
      return p;
    },
    get rain() {
      return 1 - p;
    },
  });
  const proxied = new Proxy(plain, {});
  const mixed = mix<Sky>(0.5, 'sun', 'rain') as { sun: number; rain: number };
  const bare: { sun?: number; rain?: number } = Object.create(null);
  const shrinking: { sun?: number; rain?: number } = {};
  const given: Record<string, (share: number) => unknown> = {
    'one object that it fills in': (share) => Object.assign(plain, { sun: share, rain: 1 - share }),
    'one Map': (share) => map.set('sun', share).set('rain', 1 - share),
    'one array, in the order of the levels': (share) => {
      [array[0], array[1]] = [share, 1 - share];
      return array;
    },
    'one typed array': (share) => {
      typed.set([share, 1 - share]);
      return typed;
    },
    'a frozen object with getters': (share) => {
      p = share;
      return lazy;
    },
    'a proxy of one object': (share) => {
      Object.assign(plain, { sun: share, rain: 1 - share });
      return proxied;
    },
    'what mix gave once': (share) => Object.assign(mixed, { sun: share, rain: 1 - share }),
    'a mix of one object': (share) => {
      Object.assign(plain, { sun: share, rain: 1 - share });
      return mix<Sky>(0.5, plain, plain);
    },
    'an object without a prototype': (share) => Object.assign(bare, { sun: share, rain: 1 - share }),
    'one object whose keys come and go': (share) => {
      delete shrinking.sun;
      if (share > 0) shrinking.sun = share;
      shrinking.rain = 1 - share;
      return shrinking;
    },
  };
  it.each(Object.entries(given))('%s', (_, law) => {
    expect(rowsOf(({ hour }) => law(hour / 24) as Chance<Sky>)).toEqual(right);
  });

  it('a level named by an object that two factors share', () => {
    const one = { sun: 1, rain: 0 };
    const scenario = defineScenario({
      id: 'two-skies',
      actions: ['wait', 'go'],
      discount: 1,
      horizon: 2,
      traits: { phrases: ['any'] },
      contexts: {},
      world: {
        a: { levels: ['sun', 'rain'], start: one, next: () => Object.assign(one, { sun: 0.25, rain: 0.75 }) },
        b: { levels: ['sun', 'rain'], start: 'sun', next: () => Object.assign(one, { sun: 0.75, rain: 0.25 }) },
      },
      agent: {},
      reward: () => 0,
    });
    expect(scenario.world.map(({ next }) => [...next.rows[0]!])).toEqual([
      [16384, 49152],
      [49152, 16384],
    ]);
  });
});

describe('what is not a distribution over the levels is refused by its law', () => {
  it.each<[string, () => unknown, string]>([
    ['an array of another length', () => [1], 'sky.next: expected 2 weights (sun, rain), got an array of 1'],
    ['a promise', () => Promise.resolve('sun'), 'sky.next: expected a level or weights by level, got a promise'],
    [
      'a text for a probability',
      () => ({ sun: '1' }),
      'sky.next at {hour: 0}: a probability is negative or not a number',
    ],
    ['an array in mix', () => mix<Sky>(0.5, [0.5, 0.5] as never, 'sun'), 'mix takes weights by level'],
    ['nothing', () => undefined, 'sky.next at {hour: 0}: unknown level: undefined (known: sun, rain)'],
    [
      'weights that only a prototype has',
      () => Object.create({ sun: 1 }),
      'sky.next at {hour: 0}: probabilities sum to 0',
    ],
  ])('%s', (_, law, message) => {
    expect(() => skyOf(law as Law)).toThrow(expect.objectContaining({ name: 'UnderstudyError' }));
    expect(() => skyOf(law as Law)).toThrow(message);
  });

  it('an array where positions and numeric levels disagree', () => {
    const floor = (levels: readonly number[]) => () =>
      defineScenario({
        id: 'lift',
        actions: ['wait', 'go'],
        discount: 1,
        horizon: 2,
        traits: { phrases: ['any'] },
        contexts: {},
        world: { floor: { levels, start: levels[0]!, next: () => [0.25, 0.75] as never } },
        agent: {},
        reward: () => 0,
      });
    expect([...floor([0, 1])().world[0]!.next.rows[0]!]).toEqual([16384, 49152]);
    expect([...floor([8, 9])().world[0]!.next.rows[0]!]).toEqual([16384, 49152]);
    expect(floor([1, 0])).toThrow('floor.next: an array could list its entries by position or by the level 1');
  });
});

describe('a law that reads chance or time is refused', () => {
  const impure = expect.objectContaining({ code: 'SCENARIO_IMPURE' });
  it.each<[string, () => boolean]>([
    ['Math.random', () => Math.random() < 0.01],
    ['Date.now', () => Date.now() % 1000 < 0],
    ['new Date()', () => new Date().getHours() > 24],
    ['performance.now', () => performance.now() < 0],
    ['crypto.getRandomValues', () => globalThis.crypto.getRandomValues(new Uint8Array(1))[0]! < 0],
    ['crypto.randomUUID', () => globalThis.crypto.randomUUID().length === 0],
    ['crypto.randomInt', () => crypto.randomInt(100) > 100],
    ['crypto.randomInt', () => randomInt(100) > 100],
    ['crypto.randomBytes', () => crypto.randomBytes(1)[0]! > 255],
    ['process.hrtime', () => process.hrtime()[0] < 0],
    ['process.hrtime.bigint', () => process.hrtime.bigint() < 0n],
  ])('%s, even if its values never differ', (name, call) => {
    expect(() => skyOf(() => (call() ? 'rain' : 'sun'))).toThrow(impure);
    expect(() => skyOf(() => (call() ? 'rain' : 'sun'))).toThrow(
      `sky.next: calls ${name}; a law must be a pure function`,
    );
  });

  it('also where it catches the error', () => {
    const law: Law = () => {
      try {
        return Math.random() < 0.5 ? 'sun' : 'rain';
      } catch {
        return 'sun';
      }
    };
    expect(() => skyOf(law)).toThrow('sky.next: calls Math.random');
  });

  it('in a weight of the traits and in a reward too', () => {
    const declare = (part: object) => () =>
      defineScenario({
        id: 'coin',
        actions: ['wait', 'go'],
        discount: 1,
        horizon: 2,
        traits: { phrases: ['any'] },
        contexts: {},
        world: {},
        agent: {},
        reward: () => 0,
        ...part,
      });
    expect(declare({ reward: () => Math.random() })).toThrow('reward: calls Math.random');
    expect(declare({ traits: { phrases: ['any'], weight: () => Date.now() } })).toThrow(
      'traits.weight: calls Date.now',
    );
  });

  it('but a fixed date is a value like any other', () => {
    expect(rowsOf(({ hour }) => (new Date('2026-01-01T12:00Z').getUTCHours() === hour ? 'rain' : 'sun'))[12]).toEqual([
      0, 65536,
    ]);
  });

  it('and afterwards chance and time are what they were, whether it compiled or not', () => {
    const before = [Math.random, Date, performance.now, crypto.randomInt, globalThis.crypto.randomUUID, process.hrtime];
    skyOf(() => 'sun');
    expect(() => skyOf(() => (Math.random() < 2 ? 'sun' : 'rain'))).toThrow(impure);
    expect([
      Math.random,
      Date,
      performance.now,
      crypto.randomInt,
      globalThis.crypto.randomUUID,
      process.hrtime,
    ]).toEqual(before);
    expect(Object.hasOwn(performance, 'now')).toBe(false);
    expect(randomInt(5)).toBeLessThan(5);
    expect(new Date()).toBeInstanceOf(Date);
  });
});

describe('a law that remembers is refused', () => {
  it('where it depends on the row that ran before', () => {
    let last = -1;
    const law: Law = ({ hour }) => {
      const sky = last > hour ? 'rain' : 'sun';
      last = hour;
      return sky;
    };
    expect(() => skyOf(law)).toThrow('it must be a pure function');
  });

  it('where it depends on what another law left behind', () => {
    let left = 0;
    const declare = () =>
      defineScenario({
        id: 'pair',
        actions: ['wait', 'go'],
        discount: 1,
        horizon: 2,
        traits: { phrases: ['any'] },
        contexts: {},
        world: {
          a: {
            levels: [0, 1, 2],
            start: 0,
            next: ({ a }) => {
              left = a;
              return a;
            },
          },
          b: { levels: [0, 1, 2], start: 0, next: () => left as 0 | 1 | 2 },
        },
        agent: {},
        reward: () => 0,
      });
    expect(declare).toThrow(/b\.next at \{\}: gave \d, then \d; it must be a pure function/);
  });

  it('where it keeps a state and reads it after its law has returned', () => {
    let kept: { readonly hour: number } | undefined;
    const declare = () =>
      defineScenario({
        id: 'kept',
        actions: ['wait', 'go'],
        discount: 1,
        horizon: 2,
        traits: { phrases: ['any'] },
        contexts: {},
        world: {
          hour: {
            levels: [0, 1],
            start: 0,
            next: (now) => {
              kept = now;
              return now.hour;
            },
          },
          sky: { levels: ['sun', 'rain'], start: 'sun', next: () => (kept?.hour === 1 ? 'rain' : 'sun') },
        },
        agent: {},
        reward: () => 0,
      });
    expect(declare).toThrow('its state was read after it had returned');
  });

  it('where a weight of the traits counts its calls', () => {
    let calls = 0;
    expect(() =>
      defineScenario({
        id: 'counted',
        actions: ['wait', 'go'],
        discount: 1,
        horizon: 2,
        traits: { phrases: ['one', 'two'], weight: () => ++calls },
        contexts: {},
        world: {},
        agent: {},
        reward: () => 0,
      }),
    ).toThrow('traits.weight at {one, two}: gave 3, then 4; it must be a pure function');
  });
});

describe('a law', () => {
  const law = (next: (now: { hour: number }) => unknown) => () => skyOfRaw(next);
  /** As somebody without a type checker would write one. */
  const skyOfRaw = (next: (now: { hour: number }) => unknown, levels: readonly unknown[] = ['sun', 'rain']) =>
    defineScenario({
      id: 'sky',
      actions: ['wait', 'go'],
      discount: 1,
      horizon: 24,
      traits: { phrases: ['any'] },
      contexts: {},
      world: {
        hour: { levels: [0, 1], start: 0, next: ({ hour }) => (hour === 0 ? 1 : 0) },
        sky: { levels: levels as string[], start: levels[0] as string, next: next as never },
      },
      agent: {},
      reward: () => 0,
    });

  it('that throws is named, with what it threw', () => {
    expect(
      law(({ hour }) => {
        if (hour === 1) throw new TypeError('no such place');
        return 'sun';
      }),
    ).toThrow('sky.next fails: TypeError: no such place');
    expect(
      law(() => {
        throw 'boom';
      }),
    ).toThrow('sky.next fails: boom');
  });

  it('that changes the state which it was given is refused', () => {
    for (const change of [
      (now: { hour: number }) => (now.hour = 1),
      (now: { hour: number }) => Reflect.set(now, 'hour', 1),
      (now: { hour: number }) => Reflect.deleteProperty(now, 'hour'),
      (now: { hour: number }) => Object.defineProperty(now, 'hour', { value: 1 }),
      (now: { hour: number }) => Object.freeze(now),
    ])
      expect(
        law((now) => {
          change(now);
          return now.hour === 0 ? 'sun' : 'rain';
        }),
      ).toThrow('sky.next: changes a state that it was given; return what follows instead');
  });

  it('that asks whether a state has a factor is told to read it', () => {
    expect(law((now) => ('hour' in now ? 'sun' : 'rain'))).toThrow('sky.next: read factors by name');
    expect(law((now) => (Object.hasOwn(now, 'hour') ? 'sun' : 'rain'))).toThrow('sky.next: read factors by name');
  });

  it('that gives a set or a generator gives no weights', () => {
    expect(law(() => new Set(['sun']))).toThrow('sky.next: expected a level or weights by level, got a Set');
    expect(
      law(function* () {
        yield 'sun';
      }),
    ).toThrow('sky.next: expected a level or weights by level, got a Generator');
  });

  it('has levels that are texts or finite numbers', () => {
    for (const level of [Number.NaN, Number.POSITIVE_INFINITY, null, undefined, true, {}])
      expect(() => skyOfRaw(() => 'sun', ['sun', level])).toThrow(
        `sky has the level ${String(level)}; a level is a text or a finite number`,
      );
  });
});

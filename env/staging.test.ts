import { describe, expect, it } from 'vitest';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { scenarioHash } from '../scenarios/study.ts';
import { mix } from './chance.ts';
import { defineScenario } from './define-scenario.ts';
import { market } from './market.test-support.ts';
import {
  actionsOnStage,
  crowdLevelsOnStage,
  crowdsOnStage,
  levelOnStage,
  measuresOnStage,
  sceneOf,
} from './on-stage.ts';
import { palette } from './palette.ts';
import type { StagingDeclaration } from './staging.ts';

interface World {
  readonly sky: 'sun' | 'rain';
  readonly hour: number;
}
const scenario = (staging?: StagingDeclaration<World, 'stay' | 'ride' | 'drive'>) =>
  defineScenario({
    id: 'commute',
    actions: ['stay', 'ride', 'drive'],
    horizon: 4,
    discount: 1,
    traits: { phrases: ['young'] },
    contexts: { raining: ({ sky }) => sky === 'rain' },
    world: {
      sky: { levels: ['sun', 'rain'], start: 'sun', next: () => mix(0.5, 'sun', 'rain') },
      hour: { levels: [8, 9], start: 8, next: ({ hour }) => (hour === 8 ? 9 : 8) },
    },
    agent: { at: { levels: ['home', 'office'], start: 'home', next: ({ at }) => at } },
    reward: () => 0,
    measures: { trips: ({ action }) => (action === 'stay' ? 0 : 1) },
    map: { factor: 'at', places: { home: [0, 0], office: [1, 1] } },
    ...(staging && { staging }),
  });

describe('a scenario that stages nothing', () => {
  const plain = scenario();
  it('is shown by its names, in the colours of the palette', () => {
    expect(actionsOnStage(plain)).toEqual(
      ['stay', 'ride', 'drive'].map((name, i) => ({ name, did: name, colour: palette[i] })),
    );
    expect(measuresOnStage(plain)).toEqual([
      { name: 'trips', label: 'trips' },
      { name: 'reward', label: 'reward' },
    ]);
    expect(sceneOf(plain, { sky: 'rain', hour: 9 })).toEqual({
      world: ['sky: rain', 'hour: 9'],
      air: '',
      light: 'day',
      sky: '',
    });
    expect(levelOnStage(plain, 'at', 'home')).toBe('home');
  });
});

describe('a staging', () => {
  const staged = scenario({
    clock: ({ hour }) => `${hour}:00`,
    world: [({ sky }) => (sky === 'rain' ? 'it is raining' : ''), ({ hour }) => (hour === 8 ? 'early' : 'late')],
    air: ({ sky }) => (sky === 'rain' ? 'cold' : ''),
    light: ({ hour }) => (hour === 8 ? 'dusk' : 'day'),
    sky: ({ sky }) => (sky === 'rain' ? 'rain' : 'clear'),
    actions: { ride: { did: 'rode', icon: 'R', colour: { light: '#112233', dark: '#aabbcc' } } },
    measures: { trips: { label: 'journeys', unit: 'km' } },
    levels: { at: { home: 'at home' } },
  });

  it('says the clock and the world as laws of the world, and leaves out what is empty', () => {
    expect(sceneOf(staged, { sky: 'rain', hour: 9 })).toEqual({
      clock: '9:00',
      world: ['it is raining', 'late'],
      air: 'cold',
      light: 'day',
      sky: 'rain',
    });
    expect(sceneOf(staged, { sky: 'sun', hour: 8 })).toEqual({
      clock: '8:00',
      world: ['early'],
      air: '',
      light: 'dusk',
      sky: 'clear',
    });
    // What a law reads are its parents.
    expect(staged.staging!.world!.map(({ parents }) => parents)).toEqual([['sky'], ['hour']]);
  });

  it('names what it names, and names of the scenario stand in for the rest', () => {
    expect(actionsOnStage(staged).map(({ did }) => did)).toEqual(['stay', 'rode', 'drive']);
    expect(actionsOnStage(staged)[1]).toMatchObject({ icon: 'R', colour: { light: '#112233', dark: '#aabbcc' } });
    expect(measuresOnStage(staged)[0]).toEqual({ name: 'trips', label: 'journeys', unit: 'km' });
    expect(['home', 'office'].map((level) => levelOnStage(staged, 'at', level))).toEqual(['at home', 'office']);
  });

  it('does not make another world of a scenario: its hash stays', () => {
    const hashes = [scenario(), scenario({ day: 'Month' }), scenario({ clock: ({ hour }) => `${hour}` })].map(
      scenarioHash,
    );
    expect(new Set(hashes).size).toBe(1);
  });

  it('is refused with what is wrong with it', () => {
    const refused = (staging: object) => () => scenario(staging as never);
    expect(refused({ actions: { fly: {} } })).toThrow('unknown action in staging: fly (known: stay, ride, drive)');
    expect(refused({ measures: { tripps: {} } })).toThrow('unknown measure in staging: tripps (known: trips)');
    expect(refused({ levels: { at: { shop: 'shop' } } })).toThrow('unknown level of at in staging: shop');
    expect(refused({ places: { shop: {} } })).toThrow('unknown place in staging: shop (known: home, office)');
    expect(refused({ visitors: { at: [] } })).toThrow('unknown world factor in staging: at (known: sky, hour)');
    expect(refused({ clock: () => 8 })).toThrow('staging.clock at {}: expected a text, got 8');
    expect(refused({ air: () => 'wet' })).toThrow('expected "", "warm", "cold", got wet');
    expect(refused({ light: () => 'noon' })).toThrow('expected "day", "dusk", "night", got noon');
    expect(refused({ sky: () => 'hail' })).toThrow('expected "", "clear", "cloud", "rain", "snow", got hail');
    expect(refused({ crowd: { queue: {} } })).toThrow('unknown crowd factor in staging: queue');
    expect(refused({ clock: ({ at }: { at: string }) => at })).toThrow('unknown factor in staging.clock: at');
    expect(refused({ actions: { ride: { colour: { light: 'red', dark: '#ffffff' } } } })).toThrow(
      'staging.actions.ride: the light colour is red, expected #rrggbb',
    );
    expect(refused({ actions: { ride: { did: 3 } } })).toThrow('staging.actions.ride.did: expected a text, got 3');
    const drawn = (path: string, paint: string) => refused({ places: { home: { drawing: [{ path, paint }] } } });
    expect(drawn('url(x)', 'line')).toThrow('"url(x)" is not SVG path data');
    expect(drawn('M0 0', 'pink')).toThrow('unknown paint in staging.places.home: pink');
    expect(refused({ clock: () => String(Math.random()) })).toThrow(/Math.random/);
  });
});

it('the ice-cream town says its hour, its weather and where the truck is', () => {
  expect(sceneOf(iceCream, { hour: 14, weather: 'hot', sale: 'yes', truck: 'park' })).toEqual({
    clock: '14:00',
    world: ['hot weather', 'discount day', 'truck at the park'],
    air: 'warm',
    light: 'day',
    sky: 'clear',
  });
  expect(sceneOf(iceCream, { hour: 8, weather: 'mild', sale: 'no', truck: 'away' }).world).toEqual([
    'mild weather',
    'truck away',
  ]);
});

it('a crowd is said of everybody, and of places where it is not as it was at first', () => {
  const hour = { hour: 1 };
  expect(
    sceneOf(market, hour, {
      queue: { fish: 1, fruit: 2, bread: 0 },
      stock: 'low',
      habit: { young: 'rare', old: 'usual' },
    }).world,
  ).toEqual(['hour: 1', 'queue (fruit): 2', 'queue (bread): 0', 'stock: low', 'habit (old): usual']);
});

it('a crowd by place is a queue, unless it is staged otherwise, and its levels are told by their index', () => {
  expect(
    crowdsOnStage(market).map(({ name, as, levels, start }) => ({ name, as, most: levels.at(-1), start })),
  ).toEqual(
    market.crowd.map(({ name, by, levels, start }) => ({
      name,
      as: by?.name === market.map?.factor && by ? 'queue' : 'meter',
      most: String(levels.at(-1)),
      start,
    })),
  );
  expect(crowdLevelsOnStage(market, { queue: { fish: 1, fruit: 2 }, stock: 'low' })).toEqual({
    queue: [
      { at: 'fish', level: market.crowd[0]!.levels.indexOf(1) },
      { at: 'fruit', level: market.crowd[0]!.levels.indexOf(2) },
    ],
    stock: [{ at: '', level: market.crowd[1]!.levels.indexOf('low') }],
  });
});

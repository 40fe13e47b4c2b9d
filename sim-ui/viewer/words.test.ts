import { describe, expect, it } from 'vitest';
import type { Hello, Status } from '../protocol.ts';
import { ageInWords, clockInWords, counted, past, whenInWords, worldInWords } from './words.ts';

const scenario = { places: [{ name: 'home' }, { name: 'park' }] } as unknown as Hello['scenario'];
const status = (changes: Partial<Status>) =>
  ({ clock: 'paused', policy: 'student:mlp', asking: [], ...changes }) as Status;

describe('words', () => {
  it('count one and many', () => {
    expect([0, 1, 10_000].map((n) => counted(n, 'agent'))).toEqual(['0 agents', '1 agent', '10,000 agents']);
  });

  it('say day, hour, weather, discount and where the truck is', () => {
    expect(whenInWords({ day: 3, world: { hour: 14 } })).toBe('Day 3, 14:00');
    expect(whenInWords({ day: 3, world: {} })).toBe('Day 3');
    expect(worldInWords({ hour: 14, weather: 'hot', sale: 'yes', truck: 'park' }, scenario)).toEqual([
      'hot weather',
      'discount day',
      'truck at the park',
    ]);
    expect(worldInWords({ hour: 8, weather: 'mild', sale: 'no', truck: 'away' }, scenario)).toEqual([
      'mild weather',
      'truck away',
    ]);
  });

  it('say what the run is doing', () => {
    const asking = [{ policy: 'tiny', why: 'tick', done: 120, of: 1431 }] as const;
    expect(clockInWords(status({ clock: 'asking', asking: [...asking] }), 210)).toBe(
      'Asking tiny: 120 of 1,431 distinct observations',
    );
    expect(clockInWords(status({ clock: 'playing' }), 210)).toBe('Playing under student:mlp');
    expect(clockInWords(status({}), 210)).toBe('Paused, student:mlp in charge');
    expect(clockInWords(status({ clock: 'ended' }), 210)).toBe('Ended after 210 ticks. Restart to play again.');
  });

  it('say how old the picture is, coarsely', () => {
    expect([0, 999, 1000, 59_999, 60_000, 3_600_000].map(ageInWords)).toEqual([
      'just now',
      'just now',
      '1 s ago',
      '59 s ago',
      '1 min ago',
      '1 h ago',
    ]);
  });

  it('put actions in the past tense', () => {
    expect(['buy', 'skip', 'walk'].map(past)).toEqual(['bought', 'skipped', 'chose walk']);
  });
});

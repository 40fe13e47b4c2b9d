import { describe, expect, it } from 'vitest';
import type { Status } from '../protocol.ts';
import { ageInWords, amount, clockInWords, counted, policyLabel, shortened, whenInWords } from './words.ts';

const status = (changes: Partial<Status>) =>
  ({ clock: 'paused', policy: 'student:mlp', asking: [], ...changes }) as Status;

describe('words', () => {
  it('count one and many', () => {
    expect([0, 1, 10_000].map((n) => counted(n, 'agent'))).toEqual(['0 agents', '1 agent', '10,000 agents']);
  });

  it('say when it is: by the clock of the scenario, otherwise by the tick', () => {
    const at = { day: 3, tick: 36, scene: { world: [], air: '' as const } };
    const hourly = { day: 'Day', ticksPerDay: 15, horizon: 210 };
    expect(whenInWords({ ...at, scene: { ...at.scene, clock: '14:00' } }, hourly)).toBe('Day 3, 14:00');
    expect(whenInWords(at, hourly)).toBe('Day 3, tick 36');
    expect(whenInWords(at, { day: 'Month', ticksPerDay: 1, horizon: 24 })).toBe('Month 3');
    expect(whenInWords({ ...at, day: 1 }, { day: 'Day', ticksPerDay: 60, horizon: 60 })).toBe('Tick 36');
  });

  it('shorten a name in its middle', () => {
    expect(shortened('student:mlp')).toBe('student:mlp');
    const long = shortened('server:http://127.0.0.1:8080/v1#qwen3-8b-instruct');
    expect(long).toBe('server:http:…qwen3-8b-instruct');
  });

  it('call a policy by what tells it from others', () => {
    const names = ['server:http://127.0.0.1:8080/v1#qwen3', 'gguf:models/a.gguf', 'policy:never drive', 'student:mlp'];
    expect(names.map(policyLabel)).toEqual(['qwen3', 'a.gguf', 'never drive', 'student:mlp']);
  });

  it('write totals whole where they are', () => {
    expect([0, 12_345, 3.256, -20_000.7].map(amount)).toEqual(['0', '12,345', '3.26', '-20,001']);
  });

  it('say what the run is doing', () => {
    const asking = [{ policy: 'tiny', why: 'tick', done: 120, of: 1431 }] as const;
    expect(clockInWords(status({ clock: 'asking', asking: [...asking] }), 210)).toBe(
      'Asking tiny: 120 of 1,431 distinct observations',
    );
    expect(clockInWords(status({ clock: 'playing' }), 210)).toBe('Playing under student:mlp');
    expect(clockInWords(status({}), 210)).toBe('Paused, student:mlp in charge');
    expect(clockInWords(status({ clock: 'ended' }), 210)).toBe(
      'Ended after 210 ticks. Restart to play again under student:mlp.',
    );
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
});

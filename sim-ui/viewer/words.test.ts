import { describe, expect, it } from 'vitest';
import type { Status } from '../protocol/status.ts';
import {
  ageInWords,
  alarmInWords,
  amount,
  announcedInWords,
  clockInWords,
  counted,
  policyLabel,
  policyPlace,
  readingInWords,
  scoreExplained,
  scoreInWords,
  shortened,
  whenInWords,
} from './words.ts';

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
    expect(clockInWords(status({ clock: 'playing', playing: true }), 210)).toBe('Playing under student:mlp');
    expect(clockInWords(status({}), 210)).toBe('Paused, student:mlp in charge');
    expect(clockInWords(status({ clock: 'ended' }), 210)).toBe('Ended after 210 ticks');
  });

  it('announce who decides, and not how far the asking is', () => {
    const asking = [{ policy: 'tiny', why: 'tick', done: 120, of: 1431 }] as const;
    const now = status({ clock: 'asking', playing: true, policy: 'tiny', asking: [...asking] });
    expect(announcedInWords(now, 210)).toBe('Playing under tiny');
  });

  it('say how many got no answer, and how an answer was read', () => {
    const kinds = [
      { kind: 'unparsable' as const, agents: 1100 },
      { kind: 'timeout' as const, agents: 134 },
    ];
    expect(alarmInWords({ tick: 5, policy: 'gguf:a/b.gguf', failed: 1234, of: 10_000, kinds })).toBe(
      '1,234 of 10,000 agents got no answer from b.gguf at tick 5: 1,100 unreadable, 134 out of time.',
    );
    expect(readingInWords({ outcome: 'ok', rung: 'object' })).toBe('Read as: the first JSON object in its reply');
    expect(readingInWords({ outcome: 'missing' })).toBe('No answer: not in its file');
    expect(readingInWords({ outcome: 'ok', spread: { sd: 0.12, missing: 0.004 } })).toContain('sd 0.120, 0.004 of');
    expect(readingInWords({ outcome: 'ok' })).toBeUndefined();
  });

  it('say where a policy runs or lies', () => {
    const names = ['server:http://127.0.0.1:8000/v1,http://gpu:8001/v1#google/gemma-3-4b-it', 'gguf:/very/long/a.gguf'];
    expect(names.map(policyPlace)).toEqual(['127.0.0.1:8000, gpu:8001', '/very/long']);
    expect(['student:mlp', 'policy:never drive', 'a.onnx', 'oracle'].map(policyPlace)).toEqual(
      Array(4).fill(undefined),
    );
  });

  it('say how far a student lies from its labels', () => {
    expect([0.00504, 0.0479, 0.13, 0.00032].map((rmse) => scoreInWords({ rmse, on: 'test' }))).toEqual([
      '±0.005',
      '±0.048',
      '±0.13',
      '±0.0003',
    ]);
    expect(scoreExplained({ rmse: 0.0479, r2: 0.91, on: 'test', rows: 400 })).toBe(
      "typical distance of its P from the labels (root mean squared error 0.0479, R² 0.910), on 400 test rows of this workspace's evaluation",
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

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Observations } from '../../env/observation.ts';
import type { AskOptions, DecideOptions, Policy, Teacher } from '../../policies/policy.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { decodeFrame, unpackProbability } from '../frame.ts';
import type { Update } from '../protocol/update.ts';
import { Stage } from './stage.ts';

/** Policies whose answers are known and whose pace is in the test's hands. */
const fake = vi.hoisted(() => ({
  asked: [] as number[],
  slow: false,
  broken: false,
  explanations: 0,
  /** Replies of the teacher that cannot be read, by observation. */
  unreadable: (_mask: number): boolean => false,
}));

vi.mock('../../policies/open.ts', () => {
  const answering = (name: string, p: number): Policy => ({
    id: name,
    scenario: 'ice-cream-v1',
    decide: async ({ masks }: Observations, { signal }: DecideOptions = {}) => {
      if (name === 'tiny') {
        if (fake.broken) throw new Error('the child process ended');
        if (fake.slow) await sleep(20, undefined, { signal });
        fake.asked.push(...masks);
      }
      return {
        probabilities: Float64Array.from([...masks].flatMap(() => [1 - p, p])),
        outcomes: Array.from(masks, () => 'ok' as const),
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  return {
    openPolicy: async (name: string) => {
      if (name === 'student:decoder') throw new Error('student:decoder was damaged');
      return answering(name, name === 'student:mlp' ? 0.25 : 0.5);
    },
    openTeacher: async (name: string, { signal }: { signal: AbortSignal }): Promise<Teacher> => ({
      ...(name === 'gguf:slow.gguf' ? await sleep(60_000, {}, { signal }) : {}),
      ...answering(name, 0.375),
      caveat: 'a stand-in',
      ask: async (batch: Observations, options: AskOptions = {}) => {
        const { masks } = batch;
        if (!options.explain) {
          await answering(name, 0.375).decide(batch, options);
          return Array.from(masks, (mask) =>
            fake.unreadable(mask)
              ? { outcome: 'unparsable' as const, reply: 'I would rather not say.', reason: 'no number in the reply' }
              : { outcome: 'ok' as const, probabilities: [0.625, 0.375], reply: '{"p": 0.375}', rung: 'json' as const },
          );
        }
        expect(options).toMatchObject({ elicit: 'greedy', explain: true });
        fake.explanations++;
        return Array.from(masks, () => ({
          outcome: 'ok' as const,
          probabilities: [0.6, 0.4],
          explanation: 'Because it is hot.',
        }));
      },
    }),
  };
});

let stage: Stage;
const open = async (
  options: { policy?: string; teacher?: string; agents?: number; pauseAboveFailures?: number } = {},
) => {
  Object.assign(fake, { asked: [], slow: false, broken: false, explanations: 0, unreadable: () => false });
  stage = await Stage.open({
    scenario: iceCream,
    agents: 300,
    seed: 7,
    policy: 'student:mlp',
    teacher: 'tiny',
    ...options,
  });
  return stage;
};
afterEach(() => stage.close());

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5000, interval: 2 });
const played = (ticks: number) => until(() => stage.health('').tick >= ticks && stage.status().clock === 'paused');
const latest = () => stage.run.pointsSince(-1).points.at(-1)!;

describe('the stage', () => {
  it('plays a step under the policy that was asked for', async () => {
    await open();
    expect(stage.status()).toMatchObject({ clock: 'paused', tick: 0, played: false, policy: 'student:mlp' });
    stage.command({ do: 'step' });
    await played(1);
    expect(stage.status()).toMatchObject({ tick: 0, played: true, day: 1, world: { hour: 8 } });
    expect(latest()).toMatchObject({
      tick: 0,
      policy: 'student:mlp',
      meanP: [0.75, 0.25],
      student: 'student:mlp',
      failed: 0,
    });
  });

  it('shows who can take over, and why somebody cannot', async () => {
    await open();
    await until(() => stage.status().policies.every(({ state }) => state !== 'opening'));
    expect(stage.status().policies.map(({ name, state }) => [name, state])).toEqual([
      ['student:mlp', 'ready'],
      ['student:encoder', 'ready'],
      ['student:decoder', 'failed'],
      ['student:logistic', 'ready'],
      ['tiny', 'ready'],
    ]);
    expect(stage.status().policies.at(-1)).toMatchObject({ role: 'teacher', caveat: 'a stand-in' });
    expect(() => stage.command({ do: 'swap', policy: 'student:decoder' })).toThrow('student:decoder was damaged');
    expect(() => stage.command({ do: 'swap', policy: 'gru' })).toThrow(
      /unknown policy: gru \(known: student:mlp, .*tiny\)/,
    );
  });

  it('counts mean |teacher − student| over agents, and how many of them the teacher knows', async () => {
    await open();
    await until(() => stage.status().policies.at(-1)!.state === 'ready');
    stage.command({ do: 'step' });
    await played(1);
    await until(() => latest().coverage === 1);
    expect(latest().gap).toBeCloseTo(0.125, 12);
  });

  it('asks the teacher nothing in the background when that is switched off', async () => {
    await open();
    stage.command({ do: 'compare', on: false });
    await until(() => stage.status().policies.at(-1)!.state === 'ready');
    stage.command({ do: 'step' });
    await played(1);
    await sleep(20);
    expect(fake.asked).toEqual([]);
    expect(latest()).toMatchObject({ gap: null, coverage: 0 });
  });

  it('lets the teacher decide, each distinct observation asked once, and says how far it is', async () => {
    await open();
    stage.command({ do: 'compare', on: false });
    await until(() => stage.status().policies.at(-1)!.state === 'ready');
    fake.slow = true;
    const asking = new Set<string>();
    stage.changes.subscribe(() => {
      for (const { policy, why, done, of } of stage.status().asking) asking.add(`${policy} ${why} ${done} ${of}`);
    });
    stage.command({ do: 'swap', policy: 'tiny' });
    stage.command({ do: 'step' });
    await until(() => stage.status().clock === 'asking');
    await played(1);
    const { distinct } = latest();
    expect(latest()).toMatchObject({ policy: 'tiny', meanP: [0.625, 0.375], coverage: 1, student: 'student:mlp' });
    expect(latest().gap).toBeCloseTo(0.125, 12);
    expect(asking).toContain(`tiny tick 0 ${distinct}`);
    expect(asking).toContain(`tiny tick 16 ${distinct}`);
    expect(fake.asked).toHaveLength(distinct);
    expect(new Set(fake.asked).size).toBe(distinct);
  });

  it('gives up asking when it is paused or another takes over, and loses no answer', async () => {
    await open();
    stage.command({ do: 'compare', on: false });
    await until(() => stage.status().policies.at(-1)!.state === 'ready');
    fake.slow = true;
    stage.command({ do: 'swap', policy: 'tiny' });
    stage.command({ do: 'play' });
    await until(() => fake.asked.length >= 32);
    stage.command({ do: 'pause' });
    await until(() => stage.status().clock === 'paused');
    expect(stage.health('').tick).toBe(0);
    const known = stage.status().teacherKnows;
    expect(known).toBeGreaterThanOrEqual(32);

    stage.command({ do: 'play' });
    await until(() => stage.status().clock === 'asking');
    stage.command({ do: 'swap', policy: 'student:mlp' });
    await until(() => latest()?.policy === 'student:mlp');
    stage.command({ do: 'pause' });

    fake.slow = false;
    stage.command({ do: 'swap', policy: 'tiny' });
    stage.command({ do: 'step' });
    await until(() => latest()?.policy === 'tiny');
    expect(new Set(fake.asked).size).toBe(fake.asked.length);
  });

  it('survives a teacher that fails: the run stays where it was, says so, and goes on with a student', async () => {
    await open();
    stage.command({ do: 'compare', on: false });
    await until(() => stage.status().policies.at(-1)!.state === 'ready');
    fake.broken = true;
    stage.command({ do: 'swap', policy: 'tiny' });
    stage.command({ do: 'play' });
    await until(() => stage.status().problem !== undefined);
    expect(stage.status().problem).toContain('tiny could not decide: the child process ended');
    expect(stage.status()).toMatchObject({ clock: 'paused', tick: 0, played: false });
    stage.command({ do: 'swap', policy: 'student:mlp' });
    stage.command({ do: 'step' });
    await played(1);
    expect(stage.status().problem).toBeUndefined();
  });

  it('ends at the horizon, says so, and begins again with a seed', async () => {
    await open({ agents: 20 });
    stage.command({ do: 'compare', on: false });
    stage.command({ do: 'speed', ticksPerSecond: 30 });
    for (let tick = 1; tick <= iceCream.horizon; tick++) await stage.run.advance(new AbortController().signal);
    expect(stage.status()).toMatchObject({ clock: 'ended', tick: iceCream.horizon - 1, played: true });
    expect(() => stage.command({ do: 'play' })).toThrow('the run has ended after 210 ticks; restart it');
    stage.command({ do: 'restart', seed: 8 });
    expect(stage.status()).toMatchObject({ clock: 'paused', tick: 0, played: false, seed: 8, run: 1 });
    expect(stage.run.pointsSince(-1).points).toEqual([]);
  });

  it('begins again under another policy on the same luck, playing', async () => {
    await open();
    stage.command({ do: 'step' });
    await played(1);
    stage.command({ do: 'restart', seed: 7, policy: 'student:encoder', play: true });
    expect(stage.status()).toMatchObject({ seed: 7, policy: 'student:encoder', playing: true, run: 1 });
    expect(() => stage.command({ do: 'restart', seed: 8, policy: 'student:decoder' })).toThrow('damaged');
    expect(stage.status()).toMatchObject({ seed: 7, run: 1 });
    stage.command({ do: 'pause' });
  });
});

describe('a teacher whose replies cannot be read', () => {
  const finished = (ticks: number) => until(() => stage.health('').tick >= ticks);

  it('gets no probability, raises one alarm with its first reply, and pauses the run above a share', async () => {
    await open({ teacher: 'tiny' });
    await until(() => stage.status().policies.at(-1)!.state === 'ready');
    stage.command({ do: 'compare', on: false });
    fake.unreadable = () => true;
    stage.command({ do: 'swap', policy: 'tiny' });
    stage.command({ do: 'speed', ticksPerSecond: 30 });
    stage.command({ do: 'play' });
    await played(1);
    expect(latest()).toMatchObject({ tick: 0, meanP: null, failed: 300, gap: null });
    const { clock, alarm, failures } = stage.status();
    expect(clock).toBe('paused');
    expect(alarm).toEqual({
      ...{ tick: 0, policy: 'tiny', failed: 300, of: 300 },
      kinds: [{ kind: 'unparsable', agents: 300 }],
      ...{ reply: 'I would rather not say.', reason: 'no number in the reply' },
      pausedAbove: 0.1,
    });
    const { distinct } = latest();
    expect(failures).toEqual([
      { policy: 'tiny', inCharge: true, kind: 'unparsable', observations: distinct, agents: 300, run: 300 },
    ]);
    expect(
      decodeFrame(stage.run.shown.frame({ key: true, traitSets: false })).played!.levels.every((p) => p === 0),
    ).toBe(true);

    // Who plays on has said so: the run does not pause at each tick.
    stage.command({ do: 'play' });
    expect(stage.status().alarm).toBeUndefined();
    await finished(3);
    expect(stage.status()).toMatchObject({ playing: true });
    expect(stage.status().alarm).toBeUndefined();
    stage.command({ do: 'restart', seed: 7 });
    expect(stage.status().failures.map(({ run }) => run)).toEqual([0]);
  });

  it('goes on below the share, and the alarm is about the first tick that had a failure', async () => {
    await open({ teacher: 'tiny', pauseAboveFailures: 1 });
    await until(() => stage.status().policies.at(-1)!.state === 'ready');
    stage.command({ do: 'compare', on: false });
    let rare = -1;
    fake.unreadable = (mask) => mask === (rare = rare < 0 ? mask : rare);
    stage.command({ do: 'swap', policy: 'tiny' });
    stage.command({ do: 'speed', ticksPerSecond: 30 });
    stage.command({ do: 'play' });
    await finished(3);
    expect(stage.status().playing).toBe(true);
    stage.command({ do: 'pause' });
    const { alarm } = stage.status();
    expect(alarm).toMatchObject({ tick: 0, reply: 'I would rather not say.' });
    expect(alarm!.failed).toBeLessThan(300);
    expect(alarm).not.toHaveProperty('pausedAbove');
    const point = stage.run.pointsSince(-1).points[0]!;
    expect(point.failed).toBe(alarm!.failed);
    expect(point.meanP![1]).toBeCloseTo(0.375);
  });
});

describe('the distance to the teacher', () => {
  it('is bounded by what the agents that were not compared could be', async () => {
    await open({ teacher: 'tiny' });
    await until(() => stage.status().policies.at(-1)!.state === 'ready');
    let asked = 0;
    fake.unreadable = () => asked++ > 3;
    stage.command({ do: 'step' });
    await until(() => (stage.run.pointsSince(-1).points[0]?.coverage ?? 0) > 0 && stage.status().asking.length === 0);
    const { gap, gapBounds, coverage } = latest();
    expect(coverage).toBeGreaterThan(0);
    expect(coverage).toBeLessThan(1);
    expect(gap).toBeCloseTo(0.125, 9);
    expect(gapBounds![0]).toBeCloseTo(coverage * 0.125, 9);
    expect(gapBounds![1]).toBeCloseTo(coverage * 0.125 + 1 - coverage, 9);
  });
});

describe('a viewer of the stage', () => {
  it('asks no language model for those who only watch, and shows them what is known', async () => {
    await open();
    stage.command({ do: 'compare', on: false });
    await until(() => stage.status().policies.every(({ state }) => state !== 'opening'));
    const watcher = stage.enter(false);
    watcher.inspector.look(42);
    await until(() => watcher.inspector.inspection!.others.every(({ state }) => state === 'known'));
    expect(watcher.inspector.inspection).toMatchObject({
      teacher: { state: 'unasked' },
      explanation: { state: 'unasked' },
    });
    expect([fake.asked, fake.explanations]).toEqual([[], 0]);

    const host = stage.enter();
    host.inspector.look(42);
    await until(() => watcher.inspector.inspection!.explanation.state === 'known');
    expect(watcher.inspector.inspection!.teacher).toMatchObject({
      state: 'known',
      heard: { outcome: 'ok', rung: 'json', reply: '{"p": 0.375}' },
    });
  });

  it('is told everything once, then what is new, and a key frame after ticks that it missed', async () => {
    await open();
    stage.command({ do: 'compare', on: false });
    const viewer = stage.enter();
    const first = viewer.compose();
    const flags = (frame: Uint8Array | null) => frame![2]! & 0b111;
    expect(first.update.reset).toBe(true);
    expect(flags(first.frame)).toBe(0b101); // key, not played, trait sets follow
    expect(viewer.compose()).toMatchObject({ frame: null, update: { reset: false, points: [] } });

    const step = () => stage.run.advance(new AbortController().signal);
    await step();
    const second = viewer.compose();
    expect(flags(second.frame)).toBe(0b010);
    const { places, played: columns } = decodeFrame(second.frame!);
    expect([places.length, columns!.actions.length, columns!.observed.length]).toEqual([300, 300, 300]);
    expect([...new Set(columns!.levels)].map(unpackProbability)).toEqual([
      expect.closeTo(0.75, 2),
      expect.closeTo(0.25, 2),
    ]);
    expect(second.update.points.map(({ tick }) => tick)).toEqual([0]);

    for (let i = 0; i < 5; i++) await step();
    const late = viewer.compose();
    expect(flags(late.frame)).toBe(0b011);
    expect(late.update.points.map(({ tick }) => tick)).toEqual([1, 2, 3, 4, 5]);

    stage.command({ do: 'restart', seed: 9 });
    expect(flags(viewer.compose().frame)).toBe(0b101);
    stage.leave(viewer);
    expect(stage.status().viewers).toBe(0);
  });

  it('inspects an agent: what it sees, P of everybody, the reasons of the teacher', async () => {
    await open();
    stage.command({ do: 'compare', on: false });
    await until(() => stage.status().policies.every(({ state }) => state !== 'opening'));
    const viewer = stage.enter();
    const inspected: NonNullable<Update['inspection']>[] = [];
    viewer.inspector.look(42);
    await until(() => {
      inspected.push(viewer.inspector.inspection!);
      return inspected.at(-1)!.explanation.state === 'known';
    });
    expect(inspected[0]!.prompt).toMatch(/^A person: .+\. Right now: .+ Reply with JSON/);
    expect(inspected.at(-1)).toMatchObject({
      agent: 42,
      tick: 0,
      teacher: { name: 'tiny', state: 'known', probabilities: [0.625, 0.375] },
      explanation: { text: 'Because it is hot.', probabilities: [0.6, 0.4] },
      others: [
        { name: 'student:mlp', probabilities: [0.75, 0.25] },
        { name: 'student:encoder', probabilities: [0.5, 0.5] },
        { name: 'student:logistic', probabilities: [0.5, 0.5] },
      ],
    });
    expect(inspected.at(-1)!.action).toBeUndefined();

    stage.command({ do: 'step' });
    await played(1);
    expect(viewer.inspector.inspection).toMatchObject({ decidedBy: 'student:mlp' });
    expect(iceCream.actions).toContain(viewer.inspector.inspection!.action);
    expect(fake.explanations).toBe(1);

    expect(() => viewer.inspector.look(300)).toThrow('unknown agent: 300 (agents 0 to 299)');
    viewer.inspector.look(null);
    expect(viewer.inspector.inspection).toBeNull();
  });

  it('asks a teacher that decides for some about what these see alone, and blames it alone for what it leaves open', async () => {
    await open();
    stage.command({ do: 'compare', on: false });
    await until(() => stage.status().policies.at(-1)!.state === 'ready');
    stage.command({ do: 'canary', policy: 'tiny', only: { percent: 10 } });
    const { agents } = stage.status().canary!;
    fake.broken = true;
    stage.command({ do: 'play' });
    await until(() => stage.status().problem !== undefined);
    expect(stage.status().problem).toMatch(/The canary under tiny could not decide: .+ or call the canary back/);
    expect(stage.run.inCharge.problem).toBeUndefined();
    Object.assign(fake, { broken: false, slow: true, unreadable: (mask: number) => mask % 2 === 1 });
    const asking = new Set<string>();
    stage.changes.subscribe(() => {
      for (const { policy, why } of stage.status().asking) asking.add(`${policy} ${why}`);
    });
    stage.command({ do: 'step' });
    await until(() => stage.run.pointsSince(-1).points.length > 0);
    await played(1);
    expect([...asking]).toEqual(['tiny tick']);
    expect(new Set(fake.asked).size).toBeLessThanOrEqual(agents);
    const { failures, alarm } = stage.status();
    expect(failures).toMatchObject([{ policy: 'tiny', inCharge: false, kind: 'unparsable' }]);
    expect(alarm).toMatchObject({ policy: 'tiny', of: 300, failed: failures[0]!.agents });
    expect(latest().failed).toBe(failures[0]!.agents);
    expect(failures[0]!.agents).toBeGreaterThan(0);
    const picture = (view: { shown: { frame(form: { key: boolean; traitSets: boolean }): Uint8Array } }) =>
      view.shown.frame({ key: true, traitSets: true });
    const then = picture(stage.run);
    fake.unreadable = () => false;
    const session = stage.enter();
    await session.look({ run: 0, tick: 0 });
    expect(Buffer.compare(picture(session.view), then)).toBe(0);
  });

  it('closes at once while the teacher is still opening', async () => {
    await open({ teacher: 'gguf:slow.gguf' });
    expect(stage.status().policies.at(-1)).toMatchObject({ role: 'teacher', state: 'opening' });
    const began = performance.now();
    await stage.close();
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('compares with the teacher while another one is in charge', async () => {
    await open({ policy: 'recorded:some.jsonl' });
    stage.command({ do: 'step' });
    await until(() => stage.run.pointsSince(-1).points[0]?.coverage === 1);
    expect(stage.run.pointsSince(-1).points[0]).toMatchObject({ policy: 'recorded:some.jsonl', gap: 0.125 });
  });
});

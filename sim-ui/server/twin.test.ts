import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Scenario } from '../../env/scenario.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { decodeFrame, unpackProbability } from '../frame.ts';
import { updateSchema } from '../protocol/update.ts';
import { Stage } from './stage.ts';

let stage: Stage;
const open = async (options: { scenario?: Scenario; teacher?: string } = {}) => {
  stage = await Stage.open({
    ...{ scenario: iceCream, agents: 300, seed: 7, policy: 'constant:0.3', teacher: 'oracle' },
    ...options,
  });
  await until(() => stage.status().policies.at(-1)!.state === 'ready');
  return stage;
};
afterEach(() => stage.close());

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 20_000, interval: 2 });
const step = async () => {
  const before = stage.run.ticks;
  stage.command({ do: 'step' });
  await until(() => stage.run.shown.played && stage.run.shown.tick === before);
};
const watch = (control = true) => {
  const session = stage.enter(control);
  session.wish({ twin: true, distances: true, differences: true });
  return session;
};
const bytes = (v: Uint8Array | ArrayBuffer) => new Uint8Array(v as ArrayBuffer);

describe('the twin of a run', () => {
  it('plays the tick on show anew and every later one together with the run, on the same luck', async () => {
    await open();
    const session = watch();
    for (let i = 0; i < 3; i++) await step();
    await stage.split('oracle');
    await until(() => stage.twin.twin?.shown.played === true);
    expect(stage.twin.twin!.status()).toMatchObject({ policy: 'oracle', since: 2, state: 'ready', tick: 2 });
    await step();
    await step();
    const { twin, status } = updateSchema.parse(session.compose().update);
    expect(twin).toMatchObject({ tick: 4, played: true, failed: 0 });
    expect(status.tick).toBe(4);
    // Where people are is weather and luck as much as choice: everybody who has decided alike is where the run has them.
    const frame = decodeFrame(bytes(twin!.frame!));
    expect([frame.run, frame.tick, frame.places.length]).toEqual([0, 4, 300]);
    expect(stage.twin.twin!.simulation.traitSets).toEqual(stage.run.traitSets);
  });

  it('lives ticks again that are over, from the one that is named, as if it had from the start', async () => {
    await open();
    watch();
    await stage.split('oracle');
    for (let i = 0; i < 4; i++) await step();
    const hash = stage.twin.twin!.simulation.stateHash();
    await stage.split(null);
    await stage.split('oracle', 0);
    await until(() => stage.twin.twin?.shown.tick === 3);
    expect(stage.twin.twin!.status()).toMatchObject({ since: 0, state: 'ready', played: true });
    expect(stage.twin.twin!.simulation.stateHash()).toBe(hash);
    await expect(stage.split('oracle', 9)).rejects.toThrow('a twin cannot begin at tick 9: the run is at tick 3');
  });

  it('comes to where the run is though a pause breaks off what it was doing', async () => {
    await open();
    watch();
    for (let i = 0; i < 3; i++) await step();
    await stage.split('oracle', 0);
    stage.command({ do: 'step' });
    stage.command({ do: 'pause' });
    await until(() => stage.twin.twin!.simulation.tick === stage.run.ticks);
    expect(stage.twin.twin!.status()).toMatchObject({ state: 'ready', played: true });
  });

  it('ends when the world is changed, which is said until there is another', async () => {
    await open();
    watch();
    await step();
    await stage.split('oracle');
    await stage.continueIn({ ...iceCream });
    expect(stage.twin.twin).toBeUndefined();
    expect(stage.status().twinLost).toMatchObject({ policy: 'oracle' });
    await stage.split('oracle');
    expect(stage.status().twinLost).toBeUndefined();
  });

  it('is the run itself under the same policy', async () => {
    await open();
    watch();
    await step();
    await stage.split('constant:0.3');
    await until(() => stage.twin.twin?.shown.played === true);
    for (let i = 0; i < 4; i++) await step();
    expect(stage.twin.twin!.simulation.stateHash()).toBe(stage.run.stateHash);
  });

  it('holds the run up when its policy fails, says that it was the twin, and goes on with it', async () => {
    let broken = false;
    const moody = () => {
      if (broken) throw new Error('out of order');
      return [0.6, 0.4];
    };
    await open({ scenario: { ...iceCream, policies: { moody } } });
    watch();
    await step();
    await stage.split('policy:moody');
    await until(() => stage.twin.twin?.shown.played === true);
    broken = true;
    stage.command({ do: 'play' });
    await until(() => stage.status().problem !== undefined);
    expect(stage.status()).toMatchObject({
      clock: 'paused',
      problem: expect.stringContaining('The twin under policy:moody could not decide'),
    });
    expect(stage.twin.twin!.status()).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('out of order'),
    });
    expect([stage.run.inCharge.problem, stage.run.ticks]).toEqual([undefined, stage.twin.twin!.simulation.tick]);
    broken = false;
    await step();
    expect(stage.twin.twin!.status().state).toBe('ready');
    expect(stage.status().problem).toBeUndefined();
  });

  it('begins with the run after a restart, and ends when nobody watches it', async () => {
    await open();
    const session = watch();
    await step();
    await stage.split('oracle');
    stage.command({ do: 'restart', seed: 11 });
    await step();
    expect(stage.twin.twin!.status()).toMatchObject({ since: 0, tick: 0, played: true });
    expect(stage.twin.twin!.simulation.seed).toBe(11);
    stage.leave(session);
    await step();
    expect(stage.twin.twin).toBeUndefined();
  });

  it('tells a viewer how far both policies lie apart at each observation, and where they differ most', async () => {
    await open();
    const session = watch();
    await step();
    await stage.split('oracle');
    await until(() => stage.contrasted(stage.run, 'twin') !== undefined);
    await until(() =>
      stage
        .contrast()
        .distances(stage.contrasted(stage.run)!)
        .every((level) => level > 0),
    );
    const { update, frame } = session.compose();
    const { apart, differences } = updateSchema.parse(update);
    const { observed } = decodeFrame(frame!).played!;
    const levels = bytes(apart!.levels);
    const oracle = stage.cast.ready('oracle').policy;
    const { masks } = stage.run.shown;
    const truth = Array.from(masks, (mask) => Math.abs(oracle.probability(mask, 1) - 0.3));
    truth.forEach((d, agent) => {
      expect(unpackProbability(levels[observed[agent]!]!)).toBeCloseTo(d, 2);
    });
    expect(differences).toMatchObject({ left: 'constant:0.3', right: 'oracle', agents: 300, known: 300 });
    expect(differences!.mean).toBeCloseTo(truth.reduce((sum, d) => sum + d, 0) / 300, 10);
    const [most] = differences!.rows;
    const same = masks.filter((mask) => mask === masks[most!.agent]);
    expect(most!.agents).toBe(same.length);
    expect(most!.distance).toBeCloseTo(Math.abs(most!.left[1]! - most!.right[1]!), 10);
    const weights = differences!.rows.map(({ agents, distance }) => agents * distance);
    expect(weights).toEqual([...weights].sort((a, b) => b - a));
    // Nothing is sent twice.
    expect(session.compose().update).not.toHaveProperty('apart');
  });

  it('tells of a canary where it decides, and of nobody else', async () => {
    await open();
    await until(() => stage.status().policies.find(({ name }) => name === 'student:mlp')!.state === 'ready');
    const session = watch();
    stage.command({ do: 'canary', policy: 'student:mlp', only: { percent: 30 } });
    const { agents } = stage.status().canary!;
    await step();
    await until(() => session.compose().update.differences?.known === agents);
    session.wish({ twin: true, distances: true, differences: true });
    const { shown } = stage.run;
    const student = stage.cast.ready('student:mlp').policy;
    const truth = [...shown.observed.keys()]
      .filter((agent) => shown.arms![shown.observed[agent]!] === 1)
      .map((agent) => Math.abs(student.probability(shown.masks[agent]!, 1) - 0.3));
    expect(truth).toHaveLength(agents);
    const { differences } = updateSchema.parse(session.compose().update);
    expect(differences).toMatchObject({ left: 'constant:0.3', right: 'student:mlp', canary: '30%', agents });
    expect(differences!.mean).toBeCloseTo(truth.reduce((sum, d) => sum + d, 0) / agents, 10);
    expect(differences!.rows.every(({ agent }) => shown.deciderOf!(agent).name === 'student:mlp')).toBe(true);
    stage.command({ do: 'callBack' });
    await step();
    await until(() => session.compose().update.differences?.right === 'oracle');
  });

  it('knows no distance where the teacher has not answered', async () => {
    await open({ teacher: 'tiny' });
    stage.command({ do: 'compare', on: false });
    const session = watch();
    await step();
    const { apart, differences } = updateSchema.parse(session.compose().update);
    expect(bytes(apart!.levels).every((level) => level === 0)).toBe(true);
    expect(differences).toMatchObject({ right: 'tiny', known: 0, mean: null, rows: [] });
  });
});

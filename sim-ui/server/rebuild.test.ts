import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Scenario } from '../../env/scenario.ts';
import { AskedOnce } from '../../policies/asked-once.ts';
import type { Outcome, Policy } from '../../policies/policy.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { simulate } from '../../sim/simulate.ts';
import { decodeFrame, unpackProbability } from '../frame.ts';
import { LIFE_PAGE } from '../protocol/agents.ts';
import type { Ready } from './cast.ts';
import { History } from './history.ts';
import { LiveRun } from './live-run.ts';
import { Rebuild } from './rebuild.ts';
import { Stage } from './stage.ts';
import { Theatre } from './theatre.ts';

let open: { close(): Promise<void> } | undefined;
afterEach(() => open?.close());

const signal = new AbortController().signal;
const asIs = { key: true, traitSets: true };

async function openStage(scenario: Scenario, policy: string, options: object = {}): Promise<Stage> {
  const stage = await Stage.open({ scenario, agents: 300, seed: 5, policy, teacher: 'oracle', ...options });
  open = stage;
  stage.command({ do: 'compare', on: false });
  for (let tries = 0; stage.cast.teacher.state === 'opening' && tries < 400; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return stage;
}

/** Plays ticks, and keeps the picture that viewers had of each. */
async function play({ run }: Stage, ticks: number): Promise<Uint8Array[]> {
  const pictures = [];
  for (let tick = 0; tick < ticks; tick++) {
    await run.advance(signal);
    pictures.push(run.shown.frame(asIs));
  }
  return pictures;
}

/** What the law of the world says: every action of a run to a tick, by another path. */
const totalsOf = async (scenario: Scenario, ticks: number, swaps: { tick: number; policy: string }[]) =>
  (
    await simulate({
      scenario,
      workspace: '.',
      policy: 'uniform',
      agents: 300,
      seed: 5,
      ticks,
      swaps,
      onFailure: 'skip',
    })
  ).actions;

describe('a tick that is over', () => {
  it.each([
    ['a world of two actions', iceCream, 'student:mlp'],
    ['a world with a crowd', mobilityTown(), 'uniform'],
  ])('looks to the byte as it did, in any order, after swaps, in %s', async (_, scenario, first) => {
    const stage = await openStage(scenario, first);
    const pictures = await play(stage, 7);
    stage.command({ do: 'swap', policy: 'oracle' });
    pictures.push(...(await play(stage, 6)));
    stage.command({ do: 'swap', policy: first });
    pictures.push(...(await play(stage, 5)));
    const rebuild = new Rebuild(stage.run.history);
    for (const tick of [17, 0, 8, 9, 10, 7, 6, 12, 13, 3, 17]) {
      const view = await rebuild.view(0, tick);
      expect(view).toMatchObject({ past: true, run: 0, seed: 5 });
      expect(Buffer.compare(view.shown.frame(asIs), pictures[tick]!)).toBe(0);
    }
    expect((await rebuild.view(0, 8)).shown.decidedBy!.name).toBe('oracle');
    await expect(rebuild.view(0, 18)).rejects.toThrow('tick 18 of run 1 was not played: it has 18 ticks');
    await expect(rebuild.view(4, 1)).rejects.toThrow('there is no run 5 yet');
  });

  it('is told of one agent as the pictures had it: what it saw, did and had as P, a page at a time', async () => {
    const stage = await openStage(iceCream, 'student:mlp');
    const looks: { masks: Uint32Array }[] = [];
    const pictures: Uint8Array[] = [];
    for (let tick = 0; tick < LIFE_PAGE + 3; tick++) {
      if (tick === 9) stage.command({ do: 'swap', policy: 'oracle' });
      pictures.push(...(await play(stage, 1)));
      looks.push(stage.run.shown);
    }
    const rebuild = new Rebuild(stage.run.history);
    const agent = 137;
    const first = await rebuild.life(0, agent, 0);
    const second = await rebuild.life(0, agent, LIFE_PAGE);
    expect([first.ticks.length, second.ticks.length]).toEqual([LIFE_PAGE, 3]);
    expect((await rebuild.life(0, agent, LIFE_PAGE + 3)).ticks).toEqual([]);
    const { sets, phrases } = iceCream;
    [...first.ticks, ...second.ticks].forEach((lived, tick) => {
      const { played } = decodeFrame(pictures[tick]!);
      const row = played!.observed[agent]!;
      expect(lived).toMatchObject({
        tick,
        action: played!.actions[agent],
        policy: tick < 9 ? 'student:mlp' : 'oracle',
      });
      expect(lived.p![1]).toBeCloseTo(unpackProbability(played!.levels[2 * row + 1]!), 2);
      const seen = sets.indices(looks[tick]!.masks[agent]!).map((phrase) => phrases[phrase]);
      expect([...first.traits, ...lived.context]).toEqual(seen);
    });
    expect(Object.keys(first.ticks[0]!.state)).toEqual(iceCream.agent.map(({ name }) => name));
    await expect(rebuild.life(0, 300, 0)).rejects.toThrow('unknown agent: 300 (agents 0 to 299)');
  });

  it('shows who had no answer then, though they have one now, and asks nobody', async () => {
    let [asked, patient] = [0, false];
    const policy: Policy = {
      id: 'slow',
      scenario: iceCream.id,
      decide: async ({ masks }) => {
        asked += masks.length;
        const late = (mask: number) => !patient && mask % 2 === 1;
        return {
          probabilities: Float64Array.from([...masks].flatMap((mask) => (late(mask) ? [NaN, NaN] : [0.25, 0.75]))),
          outcomes: Array.from(masks, (mask): Outcome => (late(mask) ? 'timeout' : 'ok')),
        };
      },
      [Symbol.asyncDispose]: async () => {},
    };
    const member: Ready = { name: 'slow', role: 'teacher', state: 'ready', policy: new AskedOnce(iceCream, policy) };
    const comparison = {
      add: async () => {},
      at: () => ({ gap: null, gapBounds: null, coverage: 0, student: null }),
      clear() {},
    };
    const history = new History();
    const run = new LiveRun(iceCream, 300, 5, member, comparison as never, history);
    await run.advance(signal);
    const then = run.shown.frame(asIs).slice();
    expect(run.pointsSince(-1).points[0]!.failed).toBeGreaterThan(50);
    patient = true;
    await run.advance(signal);
    expect(run.pointsSince(-1).points[1]!.failed).toBe(0);
    const [known, rebuild] = [asked, new Rebuild(history)];
    expect(Buffer.compare((await rebuild.view(0, 0)).shown.frame(asIs), then)).toBe(0);
    await rebuild.view(0, 1);
    expect(asked).toBe(known);
    // The run goes on where it was, not where somebody looked.
    expect(run.ticks).toBe(2);
  });

  it('is reached with the memory that there is: snapshots are thinned, then the oldest runs let go', async () => {
    const history = new History({ runs: 3, bytes: 4000 });
    const stage = await openStage(iceCream, 'uniform', { history });
    const pictures = await play(stage, 40);
    const bytes = [...history.recordings[0]!.snapshots].reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThanOrEqual(4000);
    const rebuild = new Rebuild(history);
    for (const tick of [39, 21, 1])
      expect(Buffer.compare((await rebuild.view(0, tick)).shown.frame(asIs), pictures[tick]!)).toBe(0);
    for (const seed of [6, 7, 8]) {
      stage.command({ do: 'restart', seed });
      await play(stage, 2);
    }
    expect(history.recordings.map(({ run, ticks }) => [run, ticks])).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
    ]);
    expect(history.dropped).toBe(1);
    await expect(rebuild.view(0, 1)).rejects.toThrow('run 1 is gone: this server keeps the latest 3 runs');
  });
});

describe('a fork', () => {
  it('goes on from a tick as the same run with a swap there does', async () => {
    const scenario = mobilityTown();
    const stage = await openStage(scenario, 'uniform');
    const pictures = await play(stage, 12);
    const before = stage.run.pointsSince(-1).points;
    await stage.fork(0, 9, 'oracle');
    expect(stage.status()).toMatchObject({
      run: 1,
      ticks: 9,
      tick: 9,
      played: false,
      policy: 'oracle',
      clock: 'paused',
    });
    const forked = await play(stage, 6);
    const { points } = stage.run.pointsSince(-1);
    expect(points.slice(0, 9)).toEqual(before.slice(0, 9));
    // The crowd of tick 9 met the same situation and was decided by another.
    expect(decodeFrame(forked[0]!).places).toEqual(decodeFrame(pictures[9]!).places);
    const counts = points.reduce(
      (sums, point) => sums.map((sum, a) => sum + point.counts[a]!),
      scenario.actions.map(() => 0),
    );
    const expected = await totalsOf(scenario, 15, [{ tick: 9, policy: 'oracle' }]);
    expect(counts).toEqual(scenario.actions.map((action) => expected[action]));
    expect(stage.run.history.recordings.map(({ info }) => info)).toMatchObject([
      { run: 0, ticks: 12, from: null, policies: [{ tick: 0, policy: 'uniform' }] },
      {
        run: 1,
        ticks: 15,
        from: { run: 0, tick: 9 },
        policies: [
          { tick: 0, policy: 'uniform' },
          { tick: 9, policy: 'oracle' },
        ],
      },
    ]);
    // What both have in common can be looked at in either.
    const rebuild = new Rebuild(stage.run.history);
    const [one, other] = [await rebuild.view(0, 4), await rebuild.view(1, 4)];
    expect(decodeFrame(other.shown.frame(asIs)).played).toEqual(decodeFrame(one.shown.frame(asIs)).played);
    await expect(stage.fork(1, 16, 'oracle')).rejects.toThrow('tick 16 of run 2 was not played');
    await expect(stage.fork(1, 2, 'nobody')).rejects.toThrow('unknown policy: nobody');
  });

  it('of a run in a world of other parameters goes on in that world', async () => {
    const theatre = await Theatre.open({
      scenario: mobilityTown(),
      ...{ agents: 200, seed: 3, policy: 'uniform', teacher: 'oracle' },
      reopen: async (parameters) => mobilityTown(parameters),
    });
    open = theatre;
    await play(theatre.stage, 6);
    await theatre.restart({ seed: 3, parameters: { fuel: 4 } });
    await play(theatre.stage, 3);
    await theatre.fork(0, 5, 'uniform');
    const { run } = theatre.stage;
    expect([run.scenario.parameters.fuel!.value, run.ticks]).toEqual([2, 5]);
    await play(theatre.stage, 1);
    const cameOf = (number: number) => theatre.pointsOf(number).map(({ counts, measures }) => ({ counts, measures }));
    expect(cameOf(run.run)).toEqual(cameOf(0));
    expect(run.history.recordings.map(({ run, ticks }) => [run, ticks])).toEqual([
      [0, 6],
      [1, 3],
      [3, 6],
    ]);
  });
});

it('a viewer sees another run beside, at the tick that it looks at, with its own people', async () => {
  const stage = await openStage(mobilityTown(), 'uniform');
  const pictures = await play(stage, 3);
  stage.command({ do: 'restart', seed: 6 });
  await play(stage, 2);
  const viewer = stage.enter();
  viewer.compose();
  await viewer.accompany(0);
  const beside = async () => {
    let told: ReturnType<typeof viewer.compose>['update']['alongside'];
    await vi.waitFor(() => expect((told = viewer.compose().update.alongside)).toBeTruthy(), { timeout: 20_000 });
    const { frame, traitSets, ...rest } = told!;
    const { places, played } = decodeFrame(frame as Uint8Array);
    const then = decodeFrame(pictures[rest.tick]!);
    expect([places, played!.actions]).toEqual([then.places, then.played!.actions]);
    expect(traitSets.length).toBeGreaterThan(3);
    return rest;
  };
  expect(await beside()).toEqual({ run: 0, tick: 1, seed: 5, agents: 300, policy: 'uniform' });
  await play(stage, 4);
  // It was over by then.
  expect(await beside()).toMatchObject({ run: 0, tick: 2 });
  expect(viewer.compose().update.alongside).toBeUndefined();
  await expect(viewer.accompany(7)).rejects.toThrow('there is no run 8 yet');
  await viewer.accompany(null);
  expect(viewer.compose().update.alongside).toBeNull();
});

it('a viewer looks at a tick that is over while the run goes on, and inspects what was seen and done then', async () => {
  const stage = await openStage(mobilityTown(), 'uniform');
  await play(stage, 4);
  const [viewer, other] = [stage.enter(), stage.enter()];
  viewer.compose();
  other.compose();
  viewer.inspector.look(7);
  await viewer.look({ run: 0, tick: 1 });
  const { update, frame } = viewer.compose();
  expect(update.status).toMatchObject({
    tick: 1,
    played: true,
    ticks: 4,
    past: { run: 0, seed: 5, policy: 'uniform' },
  });
  expect(decodeFrame(frame!)).toMatchObject({ run: 0, tick: 1, key: true });
  const actions = decodeFrame(frame!).played!.actions;
  expect(update.inspection).toMatchObject({ agent: 7, tick: 1, action: stage.run.scenario.actions[actions[7]!] });
  await play(stage, 1);
  expect(viewer.compose()).toMatchObject({
    frame: null,
    update: { status: { tick: 1, ticks: 5 }, points: [{ tick: 4 }] },
  });
  expect(other.compose().update.status).toMatchObject({ tick: 4, past: null });
  await expect(viewer.look({ run: 9, tick: 1 })).rejects.toThrow('there is no run 10');
  expect(viewer.compose().update.status.tick).toBe(1);
  await viewer.look(null);
  expect(viewer.compose().update.status).toMatchObject({ tick: 4, past: null });
});

describe('a canary', () => {
  const countOf = (stage: Stage) => stage.status().canary?.agents;

  it.each([
    ['the world of two actions', iceCream],
    ['a world with a crowd', mobilityTown()],
  ])(
    'decides for more as its share is raised, and its past is played again to the byte, in %s',
    async (_, scenario) => {
      const stage = await openStage(scenario, 'uniform');
      const pictures = await play(stage, 3);
      stage.command({ do: 'canary', policy: 'oracle', only: { percent: 10 } });
      const tenth = countOf(stage)!;
      pictures.push(...(await play(stage, 7)));
      stage.command({ do: 'canary', policy: 'oracle', only: { percent: 40 } });
      const more = countOf(stage)!;
      expect([tenth > 10, more > 2 * tenth, more < 180]).toEqual([true, true, true]);
      pictures.push(...(await play(stage, 7)));
      const own = stage.run.shown;
      const agent = own.masks.findIndex((_, i) => own.deciderOf!(i).name === 'oracle');
      stage.command({ do: 'callBack' });
      pictures.push(...(await play(stage, 3)));
      expect(stage.run.history.recordings[0]!.info.canaries).toEqual([
        { tick: 3, policy: 'oracle', who: '10%', agents: tenth },
        { tick: 10, policy: 'oracle', who: '40%', agents: more },
        { tick: 17, policy: null, who: '40%', agents: more },
      ]);

      // The same swaps as the command line takes them.
      const { actions } = await simulate({
        ...{ scenario, workspace: '.', policy: 'uniform', agents: 300, seed: 5, ticks: 17, onFailure: 'skip' },
        swaps: [
          { tick: 3, policy: 'oracle', only: { share: [0, 0.1] } },
          { tick: 10, policy: 'oracle', only: { share: [0, 0.4] } },
        ],
      });
      const points = stage.run.history.recordings[0]!.points.slice(0, 17);
      scenario.actions.forEach((name, a) => {
        expect(points.reduce((sum, { counts }) => sum + counts[a]!, 0)).toBe(actions[name]);
      });

      const rebuild = new Rebuild(stage.run.history);
      for (const tick of [19, 16, 3, 2, 10, 9, 17]) {
        const { shown } = await rebuild.view(0, tick);
        expect(Buffer.compare(shown.frame(asIs), pictures[tick]!)).toBe(0);
      }
      const { ticks } = await rebuild.life(0, agent, 16);
      expect(ticks.map(({ policy }) => policy)).toEqual(['oracle', 'uniform', 'uniform', 'uniform']);
      await stage.fork(0, 12, 'uniform');
      expect(stage.status().canary).toBeUndefined();
      expect(Buffer.compare((await rebuild.view(1, 11)).shown.frame(asIs).slice(8), pictures[11]!.slice(8))).toBe(0);
      await expect(stage.record(0, {} as never)).rejects.toThrow('run 1 had a canary');
    },
  );

  it('is seen with what its own policy makes of people who observe the same as others', async () => {
    const stage = await openStage(iceCream, 'constant:0.3');
    stage.command({ do: 'canary', policy: 'oracle', only: { percent: 50 } });
    const [picture] = await play(stage, 1);
    const { observed, levels } = decodeFrame(picture!).played!;
    const { shown } = stage.run;
    const oracle = stage.cast.ready('oracle').policy;
    for (let agent = 0; agent < 300; agent++) {
      const p = shown.deciderOf!(agent).name === 'oracle' ? oracle.probability(shown.masks[agent]!, 1) : 0.3;
      expect(Math.abs(unpackProbability(levels[2 * observed[agent]! + 1]!)! - p)).toBeLessThan(0.003);
    }
  });

  it('goes back above its bound and says why; it does not go with a twin, and ends with a swap for everybody', async () => {
    const stage = await openStage(iceCream, 'constant:0.9');
    stage.command({ do: 'canary', policy: 'oracle', only: { traits: [iceCream.traits[0]!] }, bound: 0.05 });
    await expect(stage.split('oracle')).rejects.toThrow('do not go together');
    let ticks = 0;
    while (stage.status().canary && ticks < 200) ticks += (await play(stage, 1)).length;
    const { canary, canaryOver } = stage.status();
    expect(canary).toBeUndefined();
    expect(canaryOver).toMatchObject({ policy: 'oracle', who: iceCream.traits[0] });
    expect(canaryOver!.words).toMatch(/mean total variation .+ is above 0\.05/);
    await play(stage, 1);
    expect(stage.run.history.recordings[0]!.info.canaries.at(-1)).toMatchObject({ tick: ticks, policy: null });
    expect(stage.run.history.recordings[0]!.info.canaries.at(-1)!.reason).toContain('is above 0.05');

    stage.command({ do: 'canary', policy: 'oracle', only: { percent: 20 } });
    await play(stage, 1);
    expect(stage.status().canary!.divergence!.mean).toBeGreaterThan(0.05);
    stage.command({ do: 'swap', policy: 'oracle' });
    expect(stage.status().canary).toBeUndefined();
    expect(() => stage.command({ do: 'canary', policy: 'oracle', only: { percent: 5 } })).toThrow('decides already');
    expect(() => stage.command({ do: 'canary', policy: 'constant:0.9', only: { traits: ['is a rock'] } })).toThrow(
      'no trait "is a rock"',
    );
  });
});

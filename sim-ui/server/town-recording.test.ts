import { afterEach, describe, expect, it } from 'vitest';
import type { Scenario } from '../../env/scenario.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { decodeFrame, type Frame, unpackProbability } from '../frame.ts';
import { decodeRecording, RecordedRun } from '../recording.ts';
import { helloOf } from './hello.ts';
import { Stage } from './stage.ts';

let stage: Stage | undefined;
afterEach(() => stage?.close());

/** A played run, the pictures that viewers had of it, and what is saved of it. */
async function saved(scenario: Scenario, policy: string, agents: number, ticks: number, swap?: number) {
  stage = await Stage.open({ scenario, agents, seed: 11, policy, teacher: 'oracle' });
  stage.command({ do: 'compare', on: false });
  for (let tries = 0; stage.cast.teacher.state === 'opening' && tries < 400; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const pictures: Frame[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    if (tick === swap) stage.command({ do: 'swap', policy: 'oracle' });
    await stage.run.advance(new AbortController().signal);
    pictures.push(decodeFrame(stage.run.shown.frame({ key: true, traitSets: true })));
  }
  const hello = helloOf(stage.run, { version: '1', boot: 'b', control: true, adjustable: true });
  return { stage, pictures, bytes: await stage.record(0, hello) };
}

/** P of each action as every agent met it; NaN if it got none. */
const probabilitiesOf = ({ played, actionCount: k }: Frame) =>
  Array.from(played!.observed, (row) => Array.from(played!.levels.subarray(row * k, row * k + k), unpackProbability));

describe('a saved run', () => {
  it.each([
    ['two actions, a swap', iceCream, 'uniform', 4],
    ['a crowd, without a swap', mobilityTown(), 'uniform', undefined],
  ])('shows every tick as it was, and every agent: %s', async (_, scenario, policy, swap) => {
    const { stage, pictures, bytes } = await saved(scenario, policy, 300, 9, swap);
    const run = new RecordedRun(await decodeRecording(bytes));
    const { recorded } = run;
    pictures.forEach((picture, tick) => {
      const shown = run.frame(tick, true);
      expect([shown.run, shown.tick, shown.key]).toEqual([0, tick, true]);
      expect(shown.places).toEqual(picture.places);
      expect(shown.played!.actions).toEqual(picture.played!.actions);
      expect(shown.traitSets).toEqual(picture.traitSets);
      // Within the rounding of 32 bits.
      const [now, then] = [probabilitiesOf(shown).flat(), probabilitiesOf(picture).flat()];
      expect(now.every((p, i) => Math.abs(p - then[i]!) < 0.005)).toBe(true);
    });
    expect(recorded.points).toEqual(stage.run.pointsSince(-1).points);
    expect(recorded.hello).toMatchObject({ control: false, agents: 300 });

    // An agent of the last tick, as the inspector had it.
    const viewer = stage.enter();
    for (const agent of [0, 17, 299]) {
      viewer.inspector.look(agent);
      const seen = viewer.inspector.inspection!;
      const row = run.rowOf(8, agent);
      const [kind, context] = recorded.observations[row]!;
      expect(recorded.people[kind]!.map((trait) => scenario.traits[trait])).toEqual(seen.traits);
      expect(recorded.contexts[context]!.map((held) => scenario.contexts[held])).toEqual(seen.context);
      const state = recorded.factors.map(({ name, levels }, f) => [
        name,
        levels[recorded.played[8]!.levels[f]![agent]!],
      ]);
      expect(Object.fromEntries(state)).toEqual(seen.state);
      const decider = recorded.policies.indexOf(seen.decidedBy!);
      const known = [seen.teacher, ...seen.others].find(({ name }) => name === seen.decidedBy)!;
      run.answerOf(decider, row)!.forEach((p, a) => {
        expect(p).toBeCloseTo(known.probabilities![a]!, 4);
      });
    }
  });

  it('is refused if a byte is missing, or the bytes are of another kind', async () => {
    const { bytes } = await saved(iceCream, 'uniform', 20, 2);
    await expect(decodeRecording(bytes.slice(0, -9))).rejects.toThrow();
    await expect(decodeRecording(new TextEncoder().encode('not a recording'))).rejects.toThrow();
  });

  it('of 1,000 agents and 210 ticks, with what all students say to each observation, leaves room for ten times as many', async () => {
    const { bytes } = await saved(iceCream, 'uniform', 1000, 210);
    // Answers hardly grow with the agents: of 5 MB, .4 are the viewer's, and base64 makes 4 bytes of 3.
    expect(bytes.length).toBeLessThan(450_000);
  });
});

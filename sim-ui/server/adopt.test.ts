import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundledStudent, studentFiles } from '../../policies/students/checkpoint.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { Theatre } from './theatre.ts';

let folder: string;
let theatre: Theatre;
const names = () =>
  theatre.stage
    .status()
    .policies.map(({ name }) => name)
    .filter((name) => name.startsWith('student:mlp'));
const step = async () => {
  const { stage } = theatre;
  const points = () => stage.run.pointsSince(-1).points.length;
  const before = points();
  stage.command({ do: 'step' });
  await expect.poll(points, { timeout: 60_000 }).toBe(before + 1);
};

/** Puts the bundled student of a kind where a training would put the mlp of the workspace. */
async function trained(kind: string): Promise<void> {
  const [from, to] = [bundledStudent(kind), studentFiles(folder, 'mlp')];
  for (const part of ['onnx', 'config'] as const) {
    await mkdir(dirname(to[part]), { recursive: true });
    await copyFile(from[part], to[part]);
  }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adopt-'));
  theatre = await Theatre.open({
    ...{ scenario: iceCream, agents: 200, seed: 3, policy: 'student:mlp', teacher: 'oracle', workspace: folder },
  });
});
afterEach(async () => {
  await theatre.close();
  await rm(folder, { recursive: true, force: true });
});

it('takes in a student that was trained beside the one that decided, and both keep what they did', async () => {
  await step();
  await trained('logistic');
  expect(await theatre.adopt(['student:mlp'])).toEqual(['student:mlp (2)']);
  expect(names()).toEqual(['student:mlp', 'student:mlp (2)']);
  // The very same student again is no other.
  expect(await theatre.adopt(['student:mlp'])).toEqual(['student:mlp (2)']);
  await trained('decoder');
  expect(await theatre.adopt(['student:mlp'])).toEqual(['student:mlp (3)']);
  await step();
  theatre.stage.command({ do: 'swap', policy: 'student:mlp (2)' });
  await step();
  expect(theatre.stage.run.history.recordings[0]!.info.policies).toEqual([
    { tick: 0, policy: 'student:mlp' },
    { tick: 2, policy: 'student:mlp (2)' },
  ]);
  const meanP = theatre.stage.run.pointsSince(-1).points.map((point) => point.meanP![1]!);
  expect(new Set(meanP).size).toBe(3);
});

it('opens the latest of a name in a world to come, which is called as before', async () => {
  await trained('logistic');
  await theatre.adopt(['student:mlp']);
  await theatre.restart({ seed: 4, agents: 100 });
  expect(theatre.stage.status().policy).toBe('student:mlp (2)');
  expect(names()).toEqual(['student:mlp (2)']);
  await step();
  await trained('decoder');
  expect(await theatre.adopt(['student:mlp'])).toEqual(['student:mlp (3)']);
});

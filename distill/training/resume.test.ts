import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UnderstudyError } from '../../env/error.ts';
import type { Fit, FitJob, FitState } from './fit-job.ts';
import { fitResumably } from './resume.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-resume-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** After so many epochs, with numbers that JSON alone would not keep. */
function stateAfter(epochs: number): FitState {
  const values = { w: Float32Array.of(0.1, Number.NaN) };
  const optimizer = { step: 3, means: { w: Float64Array.of(1e-320, 2) }, squares: { w: Float64Array.of(0, 1 / 3) } };
  const curve = Array.from({ length: epochs }, (_, i) => ({ epoch: i + 1, train: 1, validation: 1, mse: 1 }));
  return { place: { values, optimizer }, best: { epoch: 1, loss: 1, mse: 1, values }, curve };
}

/** Tells of two epochs more than it was given, then ends as it is told to. */
const fitThat =
  (error?: Error): Fit =>
  async ({ from }, { onEpoch }) => {
    const before = from?.curve.length ?? 0;
    for (const more of [1, 2]) await onEpoch?.(stateAfter(before + more), 1000);
    if (error) throw error;
    return stateAfter(before + 2);
  };
const job = { name: 'mlp' } as FitJob;
const died = new UnderstudyError('DISTILL_PROCESS', 'its process ended');
const resumed = (file: string, identity: string, run: Fit) => fitResumably(run, job, { file, identity });

it('a fit goes on where its process died, number for number, and is forgotten when its result is safe', async () => {
  const file = join(folder, 'died.json');
  await expect(resumed(file, 'one', fitThat(died))).rejects.toThrow(died);
  const seen: (FitState | undefined)[] = [];
  const { result, resumedAfter, forget } = await resumed(file, 'one', (given, events) => {
    seen.push(given.from);
    return fitThat()(given, events);
  });
  expect(seen).toEqual([stateAfter(2)]);
  expect(resumedAfter).toBe(2);
  expect(result.curve).toHaveLength(4);
  expect(existsSync(file)).toBe(true);
  await forget();
  expect(existsSync(file)).toBe(false);
});

it('a fit of another identity, or whose file is damaged, begins anew', async () => {
  const file = join(folder, 'other.json');
  await expect(resumed(file, 'one', fitThat(died))).rejects.toThrow(died);
  expect(await resumed(file, 'two', fitThat())).not.toHaveProperty('resumedAfter');
  await writeFile(file, '{"identity":"one","sta');
  expect(await resumed(file, 'one', fitThat())).not.toHaveProperty('resumedAfter');
});

it('a fit whose loss is no longer a number leaves nothing to go on from', async () => {
  const file = join(folder, 'diverged.json');
  const diverged = new UnderstudyError('DISTILL_TRAINING', 'the loss is NaN');
  await expect(resumed(file, 'one', fitThat(diverged))).rejects.toThrow(diverged);
  expect(existsSync(file)).toBe(false);
});

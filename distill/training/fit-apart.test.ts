import type { ChildProcess } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { phraseSets } from '../../env/phrase-sets.ts';
import { sequence } from '../../env/random.ts';
import { openBackend } from './backend.ts';
import { fitNetwork } from './fit.ts';
import { fitApart } from './fit-apart.ts';
import type { FitJob, FitState } from './fit-job.ts';
import { labelledRows } from './fit-job.ts';
import { objectiveOf } from './objective.ts';
import { architectureOf, settingsOf } from './settings.ts';

const random = sequence(1, 'training', 9);
const masks = Uint32Array.from({ length: 64 }, (_, i) => i);
const probabilities = Float64Array.from(masks).map(() => random());
const pairs = Float64Array.from([...probabilities].flatMap((p) => [1 - p, p]));
const objective = objectiveOf('bce', pairs, 2);
const rows = labelledRows({ width: 6, masks }, pairs, objective);
const [train, validation] = [Int32Array.from(masks.subarray(8)), Int32Array.from(masks.subarray(0, 8))];

const jobOf = (epochs: number, chosen: { learningRate?: number } = {}): FitJob => ({
  name: 'the encoder',
  architecture: architectureOf('encoder', 6),
  objective: { loss: 'bce', head: objective.head },
  rows,
  train,
  validation,
  settings: settingsOf('encoder', 'bce', 64, { epochs, ...chosen }),
  traits: 2,
  seed: 3,
  substream: 0,
});

describe('a fit in a process of its own', () => {
  it('ends with the weights of one in this process, told epoch by epoch', async () => {
    const { tf } = await openBackend({ only: 'wasm' });
    const here = await fitNetwork(tf, jobOf(3));
    const told: number[] = [];
    const apart = await fitApart('wasm', jobOf(3), {
      onEpoch: ({ curve, refit = [] }) => void told.push(curve.length + refit.length),
    });
    expect(apart).toEqual(here);
    // Three epochs to know when to stop, and as many on all rows.
    expect(told).toEqual([1, 2, 3, 4, 5, 6].slice(0, 3 + here.best.epoch));
  });

  it('sees the same phrases if there are more of them than bits in a word', async () => {
    const { tf } = await openBackend({ only: 'wasm' });
    const sets = phraseSets(40);
    // Met here and nowhere else: numbers of sets that another process does not know.
    const wide = Uint32Array.from(masks, (i) => sets.of([i % 3, 30 + (i % 7), 39]));
    const job = {
      ...jobOf(2),
      architecture: architectureOf('mlp', 40, { layers: 2 }),
      rows: labelledRows({ width: 40, masks: wide }, pairs, objective),
      settings: settingsOf('mlp', 'bce', 64, { epochs: 2 }),
    };
    expect(await fitApart('wasm', job, {})).toEqual(await fitNetwork(tf, job));
  });

  it('stops with the reason of a signal', async () => {
    const controller = new AbortController();
    const onEpoch = () => controller.abort(new Error('stopped by hand'));
    await expect(fitApart('wasm', jobOf(1000), { signal: controller.signal, onEpoch })).rejects.toThrow(
      'stopped by hand',
    );
  });

  it('fails as one in this process does', async () => {
    await expect(fitApart('wasm', jobOf(5, { learningRate: 1e30 }), {})).rejects.toMatchObject({
      code: 'DISTILL_TRAINING',
      message: expect.stringMatching(/^the encoder: the loss is .*; lower the learning rate/),
    });
    await expect(fitApart('none', jobOf(5), {})).rejects.toThrow('unknown backend: none');
  });

  it('says so when its process dies', async () => {
    const states: FitState[] = [];
    const onEpoch = (state: FitState) => {
      states.push(state);
      process.kill(pidOfFit(), 'SIGKILL');
    };
    await expect(fitApart('wasm', jobOf(1000), { onEpoch })).rejects.toMatchObject({
      code: 'DISTILL_PROCESS',
      message: expect.stringContaining('its process ended (SIGKILL)'),
    });
    expect(states.length).toBeGreaterThan(0);
  });
});

/** Of the one that runs: nobody but this test needs to know. */
function pidOfFit(): number {
  const { _getActiveHandles } = process as unknown as { _getActiveHandles: () => Partial<ChildProcess>[] };
  const fits = _getActiveHandles().filter(({ spawnargs }) => spawnargs?.some((word) => word.includes('fit-child')));
  expect(fits).toHaveLength(1);
  return fits[0]!.pid!;
}

import { beforeAll, describe, expect, it } from 'vitest';
import { sequence, shuffle } from '../../env/random.ts';
import { openBackend, type Tensorflow } from './backend.ts';
import { fitNetwork, fittedValues } from './fit.ts';
import type { FitJob, FitState } from './fit-job.ts';
import { labelledRows } from './fit-job.ts';
import { objectiveOf } from './objective.ts';
import { architectureOf, settingsOf } from './settings.ts';

const WIDTH = 7;
const masks = Uint32Array.from({ length: 2 ** WIDTH }, (_, i) => i);
const random = sequence(1, 'training', 9);
const drawn = shuffle(Int32Array.from(masks), random);
const [train, validation] = [drawn.subarray(32), drawn.subarray(0, 32)];

function jobOf(
  answer: (mask: number) => number,
  chosen: { epochs: number; refit?: boolean; learningRate?: number },
): FitJob {
  const probabilities = Float64Array.from([...masks].flatMap((mask) => [1 - answer(mask), answer(mask)]));
  const objective = objectiveOf('bce', probabilities, 2);
  return {
    name: 'the mlp',
    architecture: architectureOf('mlp', WIDTH, { layers: 2 }),
    objective: { loss: 'bce', head: objective.head },
    rows: labelledRows({ width: WIDTH, masks }, probabilities, objective),
    train,
    validation,
    settings: settingsOf('mlp', 'bce', train.length, chosen),
    traits: 2,
    seed: 3,
    substream: 0,
  };
}

const noise = Float64Array.from(masks, () => random());
const smooth = (mask: number) => 1 / (1 + Math.exp(((mask & 1) - 0.5) * 2 + ((mask >> 3) & 1) - 0.5));

let tf: Tensorflow;
beforeAll(async () => {
  ({ tf } = await openBackend({ only: 'wasm' }));
});

describe('a fit', () => {
  it('runs to its end where nothing is lost by it, and keeps the latest of epochs that are no worse', async () => {
    const { curve, best } = await fitNetwork(tf, jobOf(smooth, { epochs: 20, refit: false }));
    expect(curve).toHaveLength(20);
    const lowest = Math.min(...curve.map(({ mse }) => mse));
    const asGood = curve.filter(({ mse }) => mse <= 1.1 * lowest);
    expect(best.epoch).toBe(asGood.at(-1)!.epoch);
    expect(best.mse).toBeLessThanOrEqual(1.1 * lowest);
  });

  it('stops early where the rows say nothing of those that it does not see', async () => {
    const job = jobOf((mask) => noise[mask]!, { epochs: 60, refit: false, learningRate: 0.01 });
    const { curve, best } = await fitNetwork(tf, job);
    expect(curve.length).toBe(best.epoch + job.settings.patience);
    expect(curve.length).toBeLessThan(60);
  });

  it('is repeated on all rows, for as many epochs as were kept', async () => {
    const job = jobOf(smooth, { epochs: 8 });
    const fitted = await fitNetwork(tf, job);
    expect(fitted.refit).toHaveLength(fitted.best.epoch);
    // The same as if validation had had rows of its own, and these had been there to learn from as well.
    const alone = await fitNetwork(tf, { ...job, settings: { ...job.settings, refit: false } });
    expect(fitted.curve).toEqual(alone.curve);
    expect(fittedValues(alone)).toEqual(alone.best.values);
    expect(fittedValues(fitted)).not.toEqual(fittedValues(alone));
    expect(fittedValues(fitted)).toEqual(fitted.place.values);
  });

  it('goes on from any epoch of either part as if it had not been stopped', async () => {
    const job = jobOf(smooth, { epochs: 5 });
    const states: FitState[] = [];
    const whole = await fitNetwork(tf, job, { onEpoch: (state) => void states.push(state) });
    expect(states).toHaveLength(5 + whole.best.epoch);
    for (const from of [states[1]!, states[4]!, states[6]!, states.at(-1)!])
      expect(await fitNetwork(tf, { ...job, from })).toEqual(whole);
  });
});

import { setImmediate as nextTurn } from 'node:timers/promises';
import { sequence } from '../../env/random.ts';
import { AdamW, type AdamWState } from '../adamw.ts';
import type { Tensorflow } from '../backend.ts';
import { DistillError } from '../distill-error.ts';
import { Examples } from './examples.ts';
import type { FitEvents, FitJob } from './fit-job.ts';
import { Network, type Values } from './network.ts';
import { learningRateAt } from './settings.ts';

/** One epoch: mean losses, and the mean squared error of the probability on the validation states. */
export interface Epoch {
  readonly epoch: number;
  readonly train: number;
  readonly validation: number;
  readonly mse: number;
}

/** Training at the end of an epoch: everything that the next one depends on. */
export interface FitState {
  readonly epoch: number;
  readonly values: Values;
  readonly optimizer: AdamWState;
  /** The epoch that is kept so far. */
  readonly best: { readonly epoch: number; readonly loss: number; readonly mse: number; readonly values: Values };
  readonly curve: readonly Epoch[];
}

/** A signal, a viewer or a progress line waits no longer than this. */
const TURN_MS = 25;
const EVALUATION_ROWS = 256;
/** Set the random numbers of orders and of dropout apart from those of batches. */
const ORDERS = 2 ** 23;
const DROPS = 2 ** 22;

/**
 * An epoch is no worse than another while its validation error is at most this much higher: so much moves between epochs
 * by chance. Of epochs that are no worse than the lowest, the latest is kept: its learning rate was the lowest.
 */
const CHANCE = 1.1;

/**
 * Fits a network by AdamW; stops early. Epochs are compared by their validation error, the squared error of the
 * probability, which is what a student is for. (The loss of an ordinal head still rises where its error falls.)
 * @throws {DistillError} DISTILL_TRAINING if the loss is no longer a number
 */
export async function fitNetwork(
  tf: Tensorflow,
  { name, architecture, objective, settings, traits, seed, substream, from, ...rows }: FitJob,
  { signal, onEpoch }: FitEvents = {},
): Promise<FitState> {
  const network = new Network(tf, architecture, objective);
  const [train, validation] = [new Examples(architecture, rows.train), new Examples(architecture, rows.validation)];
  const values = copyOf(from?.values ?? network.initial(seed, substream));
  const matrices = new Set(network.weights.filter(({ shape }) => shape.length > 1).map((weight) => weight.name));
  const { learningRate, beta2, weightDecay } = settings;
  const optimizer = new AdamW({ learningRate, beta2, weightDecay, decays: (weight) => matrices.has(weight) });
  if (from) optimizer.state = from.optimizer;

  const stepsAnEpoch = Math.ceil(train.size / settings.batch);
  const steps = stepsAnEpoch * settings.epochs;
  const pause = pacer();
  let state = from;
  for (let epoch = (state?.epoch ?? 0) + 1; epoch <= settings.epochs; epoch++) {
    if (state && epoch - 1 - state.best.epoch >= settings.patience) break;
    const started = performance.now();
    let sum = 0;
    const batches = train.shuffled(settings.batch, sequence(seed, 'training', substream + epoch));
    const random = settings.augment ? sequence(seed, 'training', substream + ORDERS + epoch) : undefined;
    const drop = { rate: settings.dropout, random: sequence(seed, 'training', substream + DROPS + epoch) };
    for (const [i, rows] of batches.entries()) {
      await pause();
      signal?.throwIfAborted();
      const batch = train.batch(tf, rows, random && { random, traits });
      const { loss, gradients } = await network.gradients(values, batch, drop);
      tf.dispose([batch.input, batch.targets]);
      const length = clip(gradients, settings.clip);
      if (!Number.isFinite(loss) || !Number.isFinite(length))
        throw new DistillError(
          'DISTILL_TRAINING',
          `${name}: the loss is ${loss} and its gradient ${length} at epoch ${epoch}, step ${i + 1}; lower the learning rate (now ${learningRate})`,
        );
      optimizer.step(values, gradients, learningRateAt(settings, (epoch - 1) * stepsAnEpoch + i, steps));
      sum += loss * rows.length;
    }
    const checked = await evaluate(tf, network, values, validation, pause, signal);
    const reached = { epoch, loss: checked.loss, mse: checked.mse, values: copyOf(values) };
    const curve = [
      ...(state?.curve ?? []),
      { epoch, train: sum / train.size, validation: checked.loss, mse: checked.mse },
    ];
    const lowest = Math.min(...curve.map(({ mse }) => mse));
    const best = state && checked.mse > CHANCE * lowest ? state.best : reached;
    state = { epoch, values: reached.values, optimizer: optimizer.state, best, curve };
    await onEpoch?.(state, (1000 * train.size) / (performance.now() - started));
  }
  return state!;
}

/** The mean loss over all rows, and the mean squared error of the probability of every action but the first. */
async function evaluate(
  tf: Tensorflow,
  network: Network,
  values: Values,
  examples: Examples,
  pause: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<{ loss: number; mse: number }> {
  const k = examples.probabilities.length / examples.size;
  let loss = 0;
  let squares = 0;
  for (const rows of examples.inOrder(EVALUATION_ROWS)) {
    await pause();
    signal?.throwIfAborted();
    const batch = examples.batch(tf, rows);
    const answer = await network.evaluate(values, batch);
    tf.dispose([batch.input, batch.targets]);
    loss += answer.loss * rows.length;
    for (const [i, row] of rows.entries())
      for (let a = 1; a < k; a++)
        squares += (answer.probabilities[i * k + a]! - examples.probabilities[row * k + a]!) ** 2;
  }
  return { loss: loss / examples.size, mse: squares / (examples.size * (k - 1)) };
}

/** Scales gradients so that all together are no longer than `longest`; returns how long they were. */
function clip(gradients: Values, longest: number): number {
  let squares = 0;
  for (const gradient of Object.values(gradients))
    for (let i = 0; i < gradient.length; i++) squares += gradient[i]! * gradient[i]!;
  const length = Math.sqrt(squares);
  if (length > longest)
    for (const gradient of Object.values(gradients))
      for (let i = 0; i < gradient.length; i++) gradient[i]! *= longest / length;
  return length;
}

/** Gives the event loop a turn whenever the work has kept it waiting. */
function pacer(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN_MS) return;
    await nextTurn();
    last = performance.now();
  };
}

const copyOf = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, numbers]) => [name, Float32Array.from(numbers)]));

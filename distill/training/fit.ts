import { setImmediate as nextTurn } from 'node:timers/promises';
import { UnderstudyError } from '../../env/error.ts';
import { sequence, shuffle, trainingParts } from '../../env/random.ts';
import { AdamW } from './adamw.ts';
import type { Tensorflow } from './backend.ts';
import { batchesOf, disposeBatch, Examples } from './examples.ts';
import type { FitEvents, FitJob, FitState, Place, Values } from './fit-job.ts';
import { Network } from './network.ts';
import { fitPenalised } from './penalised/fit-penalised.ts';
import { learningRateAt } from './settings.ts';

/** The weights that a fit ends with. */
export const fittedValues = ({ refit, place, best }: FitState): Values => (refit ? place.values : best.values);

/**
 * An epoch is no worse than another while its validation error is at most this much higher: that much moves between
 * epochs by chance. Among epochs that are no worse than the lowest, the latest is kept: its learning rate was the
 * lowest.
 */
const CHANCE = 1.1;

/**
 * Fits a network, and stops early: the validation rows say after how many epochs. With `settings.refit` it is then
 * fitted to all rows, from the beginning and for as many epochs (Goodfellow, Bengio & Courville, "Deep learning", 2016,
 * algorithm 7.2). Epochs are compared by the squared error of the probability, which is what a student is for. (The
 * loss of an ordinal head still rises where its error falls.) Where single choices are learned, they are compared by the
 * loss, and a logistic regression is fitted under penalties (`fitPenalised`).
 * @throws {UnderstudyError} DISTILL_TRAINING if the loss is no longer a number
 */
export async function fitNetwork(tf: Tensorflow, job: FitJob, events: FitEvents = {}): Promise<FitState> {
  if (job.settings.penalised) return fitPenalised(job, events);
  const examples = new Examples(job.architecture, job.rows);
  const chosen = job.from?.refit ? job.from : await fitToKnowWhen(tf, job, examples, events);
  return job.settings.refit ? fitAll(tf, job, examples, chosen, events) : chosen;
}

async function fitToKnowWhen(
  tf: Tensorflow,
  job: FitJob,
  examples: Examples,
  { signal, onEpoch }: FitEvents,
): Promise<FitState> {
  const { settings, substream, from, train, validation } = job;
  const descent = new Descent(tf, job, examples, { from: from?.place, substream, signal });
  let state = from;
  for (let epoch = (state?.curve.length ?? 0) + 1; epoch <= settings.epochs; epoch++) {
    if (state && epoch - 1 - state.best.epoch >= settings.patience) break;
    const started = performance.now();
    const loss = await descent.epoch(epoch, train);
    const checked = await descent.check(validation);
    const curve = [...(state?.curve ?? []), { epoch, train: loss, validation: checked.loss, mse: checked.mse }];
    const { place } = descent;
    const worse = state !== undefined && isWorse(curve, settings);
    state = { place, best: worse ? state!.best : { epoch, ...checked, values: place.values }, curve };
    await onEpoch?.(state, rowsASecond(train, started));
  }
  return state!;
}

/** Whether the last epoch is worse than the best so far. */
function isWorse(curve: FitState['curve'], { comparedBy }: FitJob['settings']): boolean {
  const last = curve.at(-1)!;
  // Most of the error on single choices is chance that no epoch could avoid: a tenth of it would hide overfitting.
  if (comparedBy === 'loss') return curve.slice(0, -1).some(({ validation }) => validation <= last.validation);
  return last.mse > CHANCE * Math.min(...curve.map(({ mse }) => mse));
}

async function fitAll(
  tf: Tensorflow,
  job: FitJob,
  examples: Examples,
  chosen: FitState,
  { signal, onEpoch }: FitEvents,
): Promise<FitState> {
  const all = examples.all();
  const from = chosen.refit && chosen.place;
  const descent = new Descent(tf, job, examples, { from, substream: job.substream + trainingParts.refit, signal });
  let state = chosen;
  for (let epoch = (chosen.refit?.length ?? 0) + 1; epoch <= chosen.best.epoch; epoch++) {
    const started = performance.now();
    const loss = await descent.epoch(epoch, all);
    state = { ...state, place: descent.place, refit: [...(state.refit ?? []), loss] };
    await onEpoch?.(state, rowsASecond(all, started));
  }
  return state;
}

const rowsASecond = (rows: Int32Array, started: number): number => (1000 * rows.length) / (performance.now() - started);

/** A signal, a viewer or a progress line waits no longer than this. */
const TURN_MS = 25;
const EVALUATION_ROWS = 256;

/** A network on its way to lower losses, epoch by epoch, by AdamW. */
class Descent {
  readonly #tf: Tensorflow;
  readonly #job: FitJob;
  readonly #examples: Examples;
  readonly #network: Network;
  readonly #values: Values;
  readonly #optimizer: AdamW;
  readonly #substream: number;
  readonly #signal: AbortSignal | undefined;
  readonly #pause = pacer();

  /**
   * @param from where to go on; default: the initial weights of the job's seed
   * @param substream keeps the random numbers of this descent apart
   */
  constructor(
    tf: Tensorflow,
    job: FitJob,
    examples: Examples,
    { from, substream, signal }: { from?: Place; substream: number; signal?: AbortSignal },
  ) {
    this.#tf = tf;
    this.#job = job;
    this.#examples = examples;
    this.#substream = substream;
    this.#signal = signal;
    this.#network = new Network(tf, job.architecture, job.objective);
    this.#values = copyOf(from?.values ?? this.#network.initial(job.seed, job.substream));
    const matrices = new Set(this.#network.weights.filter(({ shape }) => shape.length > 1).map(({ name }) => name));
    const { learningRate, beta2, weightDecay } = job.settings;
    this.#optimizer = new AdamW({ learningRate, beta2, weightDecay, decays: (name) => matrices.has(name) });
    if (from) this.#optimizer.state = from.optimizer;
  }

  /** A copy of where it is. */
  get place(): Place {
    return { values: copyOf(this.#values), optimizer: this.#optimizer.state };
  }

  /**
   * Goes once over some rows.
   * @param epoch from 1
   * @returns the mean loss
   * @throws {UnderstudyError} DISTILL_TRAINING if the loss is no longer a number
   */
  async epoch(epoch: number, rows: Int32Array): Promise<number> {
    const { name, settings, seed, traits } = this.#job;
    const random = (apart: number) => sequence(seed, 'training', this.#substream + apart + epoch);
    // Not by length, which would save a fifth of the time: steps on rows of one size learn worse.
    const batches = batchesOf(shuffle(rows.slice(), random(0)), settings.batch);
    const reorder = settings.augment ? { random: random(trainingParts.orders), traits } : undefined;
    let sum = 0;
    let weight = 0;
    for (const [i, chosen] of batches.entries()) {
      await this.#turn();
      const batch = this.#examples.batch(this.#tf, chosen, reorder);
      const { loss, gradients } = await this.#network.gradients(this.#values, batch);
      disposeBatch(this.#tf, batch);
      const length = clip(gradients, settings.clip);
      if (!Number.isFinite(loss) || !Number.isFinite(length))
        throw new UnderstudyError(
          'DISTILL_TRAINING',
          `${name}: the loss is ${loss} and its gradient ${length} at epoch ${epoch}, step ${i + 1}; lower the learning rate (now ${settings.learningRate})`,
        );
      const rate = learningRateAt(settings, (epoch - 1) * batches.length + i, batches.length * settings.epochs);
      this.#optimizer.step(this.#values, gradients, rate);
      const counted = this.#examples.weightOf(chosen);
      sum += loss * chosen.length;
      weight += counted;
    }
    return sum / weight;
  }

  /** The mean loss over some rows, and the mean squared error of the probability of every action but the first. */
  async check(rows: Int32Array): Promise<{ loss: number; mse: number }> {
    const { probabilities, size } = this.#examples;
    const k = probabilities.length / size;
    let loss = 0;
    let squares = 0;
    let weight = 0;
    for (const chosen of batchesOf(rows, EVALUATION_ROWS)) {
      await this.#turn();
      const batch = this.#examples.batch(this.#tf, chosen);
      const answer = await this.#network.evaluate(this.#values, batch);
      disposeBatch(this.#tf, batch);
      loss += answer.loss * chosen.length;
      for (const [i, row] of chosen.entries()) {
        const counted = this.#examples.weightOf([row]);
        weight += counted;
        for (let a = 1; a < k; a++)
          squares += counted * (answer.probabilities[i * k + a]! - probabilities[row * k + a]!) ** 2;
      }
    }
    return { loss: loss / weight, mse: squares / (weight * (k - 1)) };
  }

  async #turn(): Promise<void> {
    await this.#pause();
    this.#signal?.throwIfAborted();
  }
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

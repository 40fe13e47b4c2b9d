import { trainingParts } from '../../env/random.ts';
import type { Tensorflow } from './backend.ts';
import { Descent } from './descent.ts';
import { Examples } from './examples.ts';
import type { FitEvents, FitJob, FitState, Values } from './fit-job.ts';

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
 * loss of an ordinal head still rises where its error falls.)
 * @throws {UnderstudyError} DISTILL_TRAINING if the loss is no longer a number
 */
export async function fitNetwork(tf: Tensorflow, job: FitJob, events: FitEvents = {}): Promise<FitState> {
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
    const lowest = Math.min(...curve.map(({ mse }) => mse));
    const { place } = descent;
    const worse = state !== undefined && checked.mse > CHANCE * lowest;
    state = { place, best: worse ? state!.best : { epoch, ...checked, values: place.values }, curve };
    await onEpoch?.(state, rowsASecond(train, started));
  }
  return state!;
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

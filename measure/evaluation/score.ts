import { areaUnderCurve } from '../../stats/auc.ts';
import { bootstrap, type Interval } from '../../stats/bootstrap.ts';
import { expectedCalibrationError, reliability } from '../../stats/calibration.ts';
import { pearson, spearman, weightedRanks } from '../../stats/correlation.ts';
import { bias, binaryCrossEntropy, mae, meanBernoulliKl, mse, rSquared } from '../../stats/errors.ts';
import { constant, mean, weightedMean } from '../../stats/moments.ts';
import { brierScore, logLoss } from '../../stats/scoring-rules.ts';
import type { EvaluatedLoss, Score } from '../../workspace/evaluation.ts';
import type { LabelKind } from '../../workspace/labels.ts';
import { commonRows, type TestRows } from './test-rows.ts';

/** A prediction of exactly 0 or 1 would make one state's divergence infinite and hide all others. */
const EDGE = 1e-6;

export interface ScoreOptions {
  readonly seed: number;
  /** What the targets are; default probabilities. */
  readonly kind?: LabelKind;
  /** How much each row counts, shape [n]; absent if all count alike. */
  readonly weights?: Float64Array | undefined;
  /** Names of the actions that are compared, shape [m]; needed to score each of several. */
  readonly actions?: readonly string[];
}

/**
 * Scores predictions against targets. With more than two actions the m = k − 1 probabilities of a row count alike, except in
 * log loss and Brier score, which are of the whole distribution.
 * @param target shape [n, m]
 * @param predicted shape [n, m]
 * @param states shape [n]: which state or unit each row is of, as numbers from 0 on without a gap; they are what is
 *   resampled
 */
export function score(
  target: Float64Array,
  predicted: Float64Array,
  states: Uint32Array,
  { seed, kind = 'probabilities', weights, actions = [] }: ScoreOptions,
): Score {
  const n = states.length;
  const m = target.length / n;
  const inside = predicted.map(keptInside);
  const each = weights && Float64Array.from(target, (_, i) => weights[Math.floor(i / m)]!);
  const losses = rowLosses('log_loss', target, predicted, m);
  const sums = sumsOf(target, predicted, states, losses, weights);
  const [ofMse, ofMae, ofR2, ofPearson, ofBias, ofLogLoss] = bootstrap(
    sums.length,
    (drawn) => statisticsOf(sums, drawn),
    { seed },
  );
  const [mseOfAll, maeOfAll, r2OfAll, pearsonOfAll, biasOfAll] = statisticsOf(sums, Uint32Array.from(sums.keys()));
  const ranked = each && [weightedRanks(target, each), weightedRanks(predicted, each)];
  const areas = kind === 'choices' ? Array.from({ length: m }, (_, a) => areaOf(target, predicted, m, a, weights)) : [];
  const known = areas.filter((area) => !Number.isNaN(area));
  return {
    n,
    mse: weights ? mseOfAll! : mse(target, predicted),
    mae: weights ? maeOfAll! : mae(target, predicted),
    r2: weights ? r2OfAll! : rSquared(target, predicted),
    pearson: weights ? pearsonOfAll! : pearson(target, predicted),
    spearman: ranked ? weightedPearson(ranked[0]!, ranked[1]!, each) : spearman(target, predicted),
    ece: expectedCalibrationError(target, predicted, 10, each),
    kl: weightedMean(
      Float64Array.from(target, (t, i) => meanBernoulliKl([t], [inside[i]!])),
      each,
    ),
    bias: weights ? biasOfAll! : bias(target, predicted),
    bce: weightedMean(
      Float64Array.from(target, (t, i) => binaryCrossEntropy([t], [inside[i]!])),
      each,
    ),
    logLoss: weightedMean(losses, weights),
    brier: brierScore(distributions(target, m), distributions(predicted, m), m + 1, weights),
    auc: known.length > 0 ? mean(known) : Number.NaN,
    reliability: reliability(target, predicted, 10, each).map(({ weight: _, ...bin }) => bin),
    ...(m > 1 && {
      byAction: actions.map((action, a) => {
        const column = (values: Float64Array) => values.filter((_, i) => i % m === a);
        const [t, p] = [column(target), column(predicted)];
        const [squares, absolute, r2, r, tilt] = statisticsOf(
          sumsOf(t, p, states, losses, weights),
          Uint32Array.from(sums.keys()),
        );
        return {
          action,
          ...{ mse: squares!, mae: absolute!, r2: r2!, pearson: r!, bias: tilt! },
          ece: expectedCalibrationError(t, p, 10, weights),
          auc: areas[a] ?? Number.NaN,
        };
      }),
    }),
    intervals: {
      ...{ mse: ofMse!, mae: ofMae!, r2: ofR2!, pearson: ofPearson!, bias: ofBias!, logLoss: ofLogLoss! },
    },
  };
}

const keptInside = (p: number) => Math.min(1 - EDGE, Math.max(EDGE, p));

/** All k probabilities of each row, the default action's first: shape [n, m + 1] of [n, m]. */
function distributions(probabilities: Float64Array, m: number): Float64Array {
  return Float64Array.from({ length: (probabilities.length / m) * (m + 1) }, (_, i) => {
    const [row, a] = [Math.floor(i / (m + 1)), i % (m + 1)];
    if (a > 0) return probabilities[row * m + a - 1]!;
    return Math.max(
      0,
      probabilities.subarray(row * m, (row + 1) * m).reduce((rest, p) => rest - p, 1),
    );
  });
}

/** How well one action's probability tells the rows in which it was taken from the others. */
function areaOf(target: Float64Array, predicted: Float64Array, m: number, a: number, weights?: Float64Array): number {
  const column = (values: Float64Array) => values.filter((_, i) => i % m === a);
  return areaUnderCurve(column(target), column(predicted), weights);
}

function weightedPearson(x: Float64Array, y: Float64Array, weights: Float64Array): number {
  if (constant(x) || constant(y)) return Number.NaN;
  const [meanX, meanY] = [weightedMean(x, weights), weightedMean(y, weights)];
  const moment = (product: (i: number) => number) => weightedMean(Float64Array.from(x.keys(), product), weights);
  const both = moment((i) => (x[i]! - meanX) * (y[i]! - meanY));
  return both / Math.sqrt(moment((i) => (x[i]! - meanX) ** 2) * moment((i) => (y[i]! - meanY) ** 2));
}

/** Weighted sums of one state: count, squared errors, absolute errors, t, t², p, p², tp, rows and log losses: [states][10]. */
function sumsOf(
  target: Float64Array,
  predicted: Float64Array,
  states: Uint32Array,
  losses: Float64Array,
  weights?: Float64Array,
): Float64Array[] {
  const m = target.length / states.length;
  const sums = Array.from({ length: countOf(states) }, () => new Float64Array(10));
  target.forEach((value, i) => {
    // Centred near the middle of 0…1, so that the sums of squares cancel less.
    const t = value - 0.5;
    const p = predicted[i]! - 0.5;
    const row = Math.floor(i / m);
    const weight = weights ? weights[row]! : 1;
    const of = sums[states[row]!]!;
    [1, (p - t) ** 2, Math.abs(p - t), t, t * t, p, p * p, t * p, 1 / m, losses[row]! / m].forEach(
      (part, s) => (of[s]! += weight * part),
    );
  });
  return sums;
}

/** MSE, MAE, R², Pearson, bias and log loss of one resample: a thousand resamples of thousands of states take additions only. */
function statisticsOf(sums: readonly Float64Array[], drawn: Uint32Array): number[] {
  let [count, squares, absolute, t1, t2, p1, p2, tp, rows, loss] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const state of drawn) {
    const of = sums[state]!;
    count += of[0]!;
    squares += of[1]!;
    absolute += of[2]!;
    t1 += of[3]!;
    t2 += of[4]!;
    p1 += of[5]!;
    p2 += of[6]!;
    tp += of[7]!;
    rows += of[8]!;
    loss += of[9]!;
  }
  const targetSquares = t2 - (t1 * t1) / count;
  const predictedSquares = p2 - (p1 * p1) / count;
  // What is left of the variance of equal values after rounding.
  const none = count * 1e-14;
  return [
    squares / count,
    absolute / count,
    targetSquares > none ? 1 - squares / targetSquares : Number.NaN,
    targetSquares > none && predictedSquares > none
      ? (tp - (t1 * p1) / count) / Math.sqrt(targetSquares * predictedSquares)
      : Number.NaN,
    (p1 - t1) / count,
    loss / rows,
  ];
}

/** Loss of each row, shape [n]: its mean squared error over the m probabilities, or its log loss. */
export function rowLosses(loss: EvaluatedLoss, target: Float64Array, predicted: Float64Array, m: number): Float64Array {
  const n = target.length / m;
  if (loss === 'mse')
    return Float64Array.from({ length: n }, (_, row) => {
      let sum = 0;
      for (let i = row * m; i < (row + 1) * m; i++) sum += (predicted[i]! - target[i]!) ** 2;
      return sum / m;
    });
  const k = m + 1;
  const [whole, inside] = [distributions(target, m), distributions(predicted, m).map(keptInside)];
  return Float64Array.from({ length: n }, (_, row) =>
    logLoss(whole.subarray(row * k, (row + 1) * k), inside.subarray(row * k, (row + 1) * k), k),
  );
}

/** By state or unit: how much its rows count, and their losses under `a` minus those under `b`. */
export interface LossDifferences {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

/**
 * What a paired comparison of two models is made of.
 * @param a losses of the rows under one model, shape [n]
 * @param b losses under the other, shape [n]
 * @param states as for `score`
 * @param weights how much each row counts, shape [n]; absent if all count alike
 */
export function lossDifferences(
  a: Float64Array,
  b: Float64Array,
  states: Uint32Array,
  weights?: Float64Array,
): LossDifferences {
  const counts = new Float64Array(countOf(states));
  const sums = new Float64Array(counts.length);
  states.forEach((state, row) => {
    const weight = weights ? weights[row]! : 1;
    counts[state]! += weight;
    sums[state]! += weight * (a[row]! - b[row]!);
  });
  return { counts, sums };
}

/** The loss that labels of a kind are held against models by: of a single choice a squared error says little. */
export const lossOf = ({ kind = 'probabilities' }: Pick<TestRows, 'kind'>): EvaluatedLoss =>
  kind === 'choices' ? 'log_loss' : 'mse';

/** Differences of the losses of two models on the rows that both answered. */
export function differencesOn(test: TestRows, a: Float64Array, b: Float64Array): LossDifferences {
  const { target, predicted, states, weights } = commonRows(test, [a, b]);
  const [one, other] = predicted.map((p) => rowLosses(lossOf(test), target, p, test.m)) as [Float64Array, Float64Array];
  return lossDifferences(one, other, states, weights);
}

/**
 * Mean loss of `a` minus that of `b` on the same states, with its paired interval; below 0 where a is better, NaN if there
 * are no states that both answered.
 */
export function difference({ counts, sums }: LossDifferences, seed: number): { readonly value: number } & Interval {
  if (sums.length === 0) return { value: Number.NaN, lower: Number.NaN, upper: Number.NaN };
  const meanOf = (drawn: Iterable<number>) => {
    let [sum, count] = [0, 0];
    for (const state of drawn) {
      sum += sums[state]!;
      count += counts[state]!;
    }
    return sum / count;
  };
  const [interval] = bootstrap(sums.length, (drawn) => [meanOf(drawn)], { seed });
  return { value: meanOf(sums.keys()), ...interval! };
}

const countOf = (states: Uint32Array) => states.reduce((most, state) => Math.max(most, state + 1), 0);

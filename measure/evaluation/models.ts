import { setImmediate } from 'node:timers/promises';
import { UnderstudyError } from '../../env/error.ts';
import type { WorkOptions } from '../../env/work.ts';
import type { Ceiling, Comparison, Estimate, ModelReport, Share } from '../../workspace/evaluation.ts';
import { compare, pairOf } from './compare.ts';
import type { Measured } from './measure.ts';
import { difference, differencesOn, lossOf, score } from './score.ts';
import { fitOf, sharesOf } from './shares.ts';
import { type ScoredSubgroup, subgroupsOf, worstOf } from './subgroups.ts';
import { commonRows, type TestRows } from './test-rows.ts';

export interface ModelsOptions extends Pick<WorkOptions, 'signal' | 'progress'> {
  readonly ceiling: Ceiling;
  readonly onPolicy: (measured: Measured) => ModelReport['onPolicy'];
  readonly seed: number;
}

/** A model with everything that is said about it. */
export interface Evaluated {
  readonly report: ModelReport;
  readonly subgroups: readonly ScoredSubgroup[];
  /** Empty unless the labels are single choices, and of baselines. */
  readonly shares: readonly Share[];
  readonly predicted: Float64Array;
}

/** All models, and every pair of them but the baselines. */
export interface EvaluatedModels {
  readonly evaluated: readonly Evaluated[];
  readonly comparisons: readonly Comparison[];
}

/**
 * Scores every model and holds it against the best baseline and the best model.
 * @returns models first, then baselines; each by the loss of the labels' kind
 * @throws {UnderstudyError} DISTILL_ANSWERS where a model answers nothing
 */
export async function modelReports(
  test: TestRows,
  measured: readonly Measured[],
  { ceiling, onPolicy, seed, signal, progress }: ModelsOptions,
): Promise<EvaluatedModels> {
  const all = test.observations.masks.length;
  const scored: Evaluated[] = [];
  for (const [i, one] of measured.entries()) {
    progress?.({ stage: 'resampling for intervals', done: i, of: measured.length, note: one.model });
    // Resampling keeps the processor to itself: between models, a wish to stop is heard.
    await setImmediate();
    signal?.throwIfAborted();
    const {
      predicted,
      visits: _visits,
      effects: _effects,
      coefficients: _coefficients,
      learned: _learned,
      ...facts
    } = one;
    const { target, predicted: given, states, weights } = commonRows(test, [predicted]);
    if (states.length === 0)
      throw new UnderstudyError('DISTILL_ANSWERS', `${one.model} answered none of the ${all} rows of the test file`);
    const actions = test.scenario.actions.slice(1);
    const found = score(target, given[0]!, states, { seed, kind: test.kind ?? 'probabilities', weights, actions });
    const subgroups = subgroupsOf(test, predicted, seed);
    const choices = lossOf(test) === 'log_loss';
    const worstGroup = choices ? undefined : worstOf(subgroups);
    const shares = choices && one.kind !== 'baseline' ? sharesOf(test, predicted, seed) : [];
    const fit = fitOf(shares);
    const achieved = achievable(found, ceiling);
    const where = onPolicy(one);
    const report: ModelReport = {
      ...facts,
      unanswered: all - states.length,
      ...found,
      ...(achieved && { achievable: achieved }),
      ...(worstGroup && { worstGroup }),
      ...(fit && { shares: fit }),
      ...(where && { onPolicy: where }),
    };
    scored.push({ report, subgroups, shares, predicted });
  }
  progress?.({ stage: 'resampling for intervals', done: measured.length, of: measured.length });
  const rank = ({ report }: Evaluated) => (report.kind === 'baseline' ? 1 : 0);
  const lossIn = ({ report }: Evaluated) => (lossOf(test) === 'log_loss' ? report.logLoss : report.mse);
  const order = scored.sort((a, b) => rank(a) - rank(b) || lossIn(a) - lossIn(b));
  const baseline = order.find(({ report }) => report.kind === 'baseline')!;
  const best = order[0]!.report.model;
  const comparisons = compare(
    test,
    order.flatMap(({ report: { kind, model }, predicted }) => (kind === 'baseline' ? [] : [{ model, predicted }])),
    seed,
  );
  const versusBest = (model: string): Estimate | undefined => {
    const pair = pairOf(comparisons, best, model);
    return pair && { value: pair.difference, lower: pair.lower, upper: pair.upper };
  };
  const evaluated = order.map((one) => {
    if (one.report.kind === 'baseline') return one;
    const versusBaseline = difference(differencesOn(test, one.predicted, baseline.predicted), seed);
    const behind = versusBest(one.report.model);
    const report = {
      ...one.report,
      versusBaseline,
      beatsBaseline: versusBaseline.upper < 0,
      ...(behind && { versusBest: behind }),
    };
    return { ...one, report };
  });
  return { evaluated, comparisons };
}

/**
 * R² as a share of the R² of a student that knows the teacher's mean answers. Its interval is that of R²: the ceiling is
 * taken as known. Above 1 where a student was lucky, or where the labels have less noise than the stability study found.
 */
function achievable({ r2, intervals }: Pick<ModelReport, 'r2' | 'intervals'>, ceiling: Ceiling): Estimate | undefined {
  if (ceiling.r2 === null || ceiling.r2 === 0 || Number.isNaN(r2)) return undefined;
  const { lower, upper } = intervals.r2;
  return { value: r2 / ceiling.r2, lower: lower / ceiling.r2, upper: upper / ceiling.r2 };
}

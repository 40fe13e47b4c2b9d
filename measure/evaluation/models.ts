import { setImmediate } from 'node:timers/promises';
import { UnderstudyError } from '../../env/error.ts';
import type { WorkOptions } from '../../env/work.ts';
import type { Ceiling, Estimate, ModelReport, Subgroup } from '../../workspace/evaluation.ts';
import type { Measured } from './measure.ts';
import { difference, lossDifferences, score } from './score.ts';
import { subgroupsOf, worstOf } from './subgroups.ts';
import { commonRows, type TestRows } from './test-rows.ts';

export interface ModelsOptions extends Pick<WorkOptions, 'signal' | 'progress'> {
  readonly ceiling: Ceiling;
  readonly onPolicy: (measured: Measured) => ModelReport['onPolicy'];
  readonly seed: number;
}

/** A model with everything that is said about it. */
export interface Evaluated {
  readonly report: ModelReport;
  readonly subgroups: readonly Subgroup[];
  readonly predicted: Float64Array;
}

/**
 * Scores every model and holds it against the best baseline and the best model.
 * @returns models first, then baselines; each by MSE
 * @throws {UnderstudyError} DISTILL_ANSWERS where a model answers nothing
 */
export async function modelReports(
  test: TestRows,
  measured: readonly Measured[],
  { ceiling, onPolicy, seed, signal, progress }: ModelsOptions,
): Promise<Evaluated[]> {
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
    const worstGroup = worstOf(subgroups);
    const achieved = achievable(found, ceiling);
    const where = onPolicy(one);
    const report: ModelReport = {
      ...facts,
      unanswered: all - states.length,
      ...found,
      ...(achieved && { achievable: achieved }),
      ...(worstGroup && { worstGroup }),
      ...(where && { onPolicy: where }),
    };
    scored.push({ report, subgroups, predicted });
  }
  progress?.({ stage: 'resampling for intervals', done: measured.length, of: measured.length });
  const rank = ({ report }: Evaluated) => (report.kind === 'baseline' ? 1 : 0);
  const order = scored.sort((a, b) => rank(a) - rank(b) || a.report.mse - b.report.mse);
  const baseline = order.find(({ report }) => report.kind === 'baseline')!;
  const versus = (a: Evaluated, b: Evaluated): Estimate => {
    const { target, predicted, states, weights } = commonRows(test, [a.predicted, b.predicted]);
    return difference(lossDifferences(target, predicted[0]!, predicted[1]!, states, weights), seed);
  };
  return order.map((one, i) => {
    if (one.report.kind === 'baseline') return one;
    const versusBaseline = versus(one, baseline);
    const beatsBaseline = versusBaseline.upper < 0;
    const report = {
      ...one.report,
      versusBaseline,
      beatsBaseline,
      ...(i > 0 && { versusBest: versus(one, order[0]!) }),
    };
    return { ...one, report };
  });
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

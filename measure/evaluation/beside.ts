import type { DecisionFile } from '../../workspace/decisions.ts';
import type { EvaluationReport, Share } from '../../workspace/evaluation.ts';
import { kindOfLabels } from '../../workspace/labels.ts';
import { difference, differencesOn, lossOf, score } from './score.ts';
import { fitOf, sharesOf } from './shares.ts';
import { type ScoredSubgroup, subgroupsOf } from './subgroups.ts';
import { asked, commonRows, type TestRows } from './test-rows.ts';

/** A column beside the labels with everything that is said about it. */
export interface Beside {
  readonly report: EvaluationReport['beside'][number];
  readonly subgroups: readonly ScoredSubgroup[];
  readonly shares: readonly Share[];
}

/**
 * What others said of the test rows, held against the labels as a model's answers are: a human column beside a model's.
 * Rows that one of them did not answer are left out of its scores.
 * @param baseline what the best baseline says of the rows, shape [n, m]
 */
export function answersBeside(
  { others }: Pick<DecisionFile, 'others'>,
  test: TestRows,
  { baseline, seed }: { readonly baseline: Float64Array; readonly seed: number },
): Beside[] {
  const k = test.m + 1;
  return [...others].flatMap(([name, probabilities]) => {
    const said = asked(probabilities, test.scenario);
    const { target, predicted, states, weights } = commonRows(test, [said]);
    if (states.length === 0) return [];
    const given = probabilities.filter((p) => !Number.isNaN(p));
    const scored = score(target, predicted[0]!, states, {
      ...{ seed, kind: test.kind ?? 'probabilities', weights },
      actions: test.scenario.actions.slice(1),
    });
    const shares = sharesOf(test, said, seed);
    const fit = fitOf(shares);
    const kind = kindOfLabels(given, k);
    // Of somebody who names actions, and no probabilities, log loss says only that they are sometimes wrong.
    const named = kind === 'choices' && lossOf(test) === 'log_loss';
    return [
      {
        report: {
          ...{ name, kind, ...scored },
          ...(fit && { shares: fit }),
          ...(!named && { versusBaseline: difference(differencesOn(test, said, baseline), seed) }),
        },
        subgroups: subgroupsOf(test, said, seed),
        shares,
      },
    ];
  });
}

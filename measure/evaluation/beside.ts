import type { DecisionFile } from '../../workspace/decisions.ts';
import type { EvaluationReport } from '../../workspace/evaluation.ts';
import { kindOfLabels } from '../../workspace/labels.ts';
import { score } from './score.ts';
import { asked, commonRows, type TestRows } from './test-rows.ts';

/**
 * What others said of the test rows, held against the labels as a model's answers are: a human column beside a model's.
 * Rows that one of them did not answer are left out of its scores.
 */
export function answersBeside(
  { others }: Pick<DecisionFile, 'others'>,
  test: TestRows,
  seed: number,
): EvaluationReport['beside'] {
  const k = test.m + 1;
  return [...others].flatMap(([name, probabilities]) => {
    const { target, predicted, states, weights } = commonRows(test, [asked(probabilities, test.scenario)]);
    if (states.length === 0) return [];
    const given = probabilities.filter((p) => !Number.isNaN(p));
    const scored = score(target, predicted[0]!, states, {
      ...{ seed, kind: test.kind ?? 'probabilities', weights },
      actions: test.scenario.actions.slice(1),
    });
    return [{ name, kind: kindOfLabels(given, k), ...scored }];
  });
}

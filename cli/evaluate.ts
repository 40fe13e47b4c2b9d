import type { EvaluationReport } from '../distill/evaluate.ts';
import { workspace as paths } from '../distill/workspace.ts';
import { list, text } from './options.ts';
import { requireFile } from './require-file.ts';
import { defineVerb } from './verb.ts';
import { decimal, grouped, table } from './wording.ts';

export default defineVerb({
  name: 'evaluate',
  summary: 'how far can each student be trusted? Errors on held-out rows, beside baselines',
  description:
    'Compares the students of the workspace with the rows of a test set and with baselines that know nothing, and writes results/metrics/evaluation.csv (MSE, MAE, R², correlations, calibration, divergences) and results/metrics/predictions.csv.',
  options: {
    test: text('Rows to test on: JSON Lines with traits, context and probability_LLM.', {
      placeholder: 'FILE',
      shown: 'data/test.jsonl of the workspace',
    }),
    model: list(
      text('Evaluate this student or policy (by default every student of the workspace).', { placeholder: 'POLICY' }),
    ),
  },
  examples: [
    ['understudy evaluate', 'all students of the workspace on data/test.jsonl'],
    ['understudy evaluate --test gemma/test.jsonl --model student:mlp', 'one of them on a file from elsewhere'],
  ],
  async run({ values, signal, progress, log, report }) {
    const { workspace, seed } = values;
    const file = values.test ?? paths(workspace).test;
    await requireFile(file, '--test', 'understudy dataset', 'evaluate');
    const [{ evaluate }, { iceCream: scenario }] = await Promise.all([
      import('../distill/evaluate.ts'),
      import('../env/ice-cream.ts'),
    ]);
    const models = values.model.length > 0 ? ([...values.model] as string[]) : undefined;
    const result = await evaluate({ test: file, models, workspace, seed, scenario, signal, progress, log });
    report(result, evaluatedWords(result));
  },
});

/** The comparison as a table, models first, then baselines. */
export function evaluatedWords({ models, test, bestBaseline }: EvaluationReport): string[] {
  const students = models.filter(({ beatsBaseline }) => beatsBaseline !== undefined);
  const beaten = students.filter(({ beatsBaseline }) => !beatsBaseline).map(({ model }) => model);
  return [
    `${grouped(test.rows)} rows of ${test.path}${test.seenInTraining > 0 ? `, ${grouped(test.seenInTraining)} of them seen in training` : ''}`,
    '',
    ...table([
      ['', 'MSE', '95 % from', 'to', 'MAE', 'R²', 'Pearson', 'ECE'],
      ...models.map(({ model, kind, mse, intervals, mae, r2, pearson, ece }) => [
        kind === 'baseline' ? `${model} (baseline)` : model,
        decimal(mse, 5),
        decimal(intervals.mse.lower, 5),
        decimal(intervals.mse.upper, 5),
        decimal(mae),
        decimal(r2, 3),
        decimal(pearson, 3),
        decimal(ece),
      ]),
    ]),
    ...(beaten.length > 0 ? ['', `Not better than the baseline ${bestBaseline}: ${beaten.join(', ')}.`] : []),
  ];
}

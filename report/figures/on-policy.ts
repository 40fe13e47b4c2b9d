import { errorAgainstLabels, type LabelledError } from './error-against-labels.ts';
import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** A row of results/metrics/on-policy.csv. */
export interface OnPolicyRow {
  readonly strategy: string;
  readonly labels: number;
  readonly seed: number;
  readonly mseOnPolicy: number;
  readonly mseUniform: number;
}

/** Labels where the student's agents go against labels at random: errors there, and over all states. */
export function onPolicy(rows: readonly OnPolicyRow[], theme: Theme): Figure {
  const errors = (mse: (row: OnPolicyRow) => number): LabelledError[] =>
    rows.map((row) => ({ series: row.strategy, labels: row.labels, seed: row.seed, mse: mse(row) }));
  return errorAgainstLabels(
    {
      text: 'Asking where the agents go',
      subtitle:
        'Error of the student under the state distribution that it brings about, and where all states count alike',
    },
    [
      { title: 'where its agents go', errors: errors(({ mseOnPolicy }) => mseOnPolicy) },
      { title: 'all states alike', errors: errors(({ mseUniform }) => mseUniform) },
    ],
    theme,
    { x: 'labels added' },
  );
}

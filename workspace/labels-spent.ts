import { join } from 'node:path';
import type { LearningRow } from '../report/figures/learning-curve.ts';
import type { OnPolicyRow } from '../report/figures/on-policy.ts';
import type { Workspace } from './paths.ts';
import { table } from './reading.ts';

/** What labels chosen by a committee were worth: results/metrics/learning-curve.csv. */
export async function readLearning(paths: Workspace): Promise<LearningRow[]> {
  const intervals = ['mse', 'lower', 'upper', 'mse_average', 'lower_average', 'upper_average'];
  const rows = await table(paths, join(paths.metrics, 'learning-curve.csv'), 'train --active N', [
    'strategy',
    'labels',
    'seed',
    ...intervals,
    'members',
  ]);
  return rows.map(({ strategy, mse_average, lower_average, upper_average, ...row }) => ({
    strategy: strategy!,
    labels: Number(row.labels),
    seed: Number(row.seed),
    mse: Number(row.mse),
    lower: Number(row.lower),
    upper: Number(row.upper),
    mseAverage: Number(mse_average),
    lowerAverage: Number(lower_average),
    upperAverage: Number(upper_average),
    members: Number(row.members),
  }));
}

/** What labels spent where a student goes were worth: results/metrics/on-policy.csv. */
export async function readOnPolicy(paths: Workspace): Promise<OnPolicyRow[]> {
  const columns = ['strategy', 'labels', 'seed', 'mse_on_policy', 'mse_uniform'];
  const rows = await table(paths, join(paths.metrics, 'on-policy.csv'), 'train --on-policy N', columns);
  return rows.map(({ strategy, labels, seed, mse_on_policy, mse_uniform }) => ({
    strategy: strategy!,
    labels: Number(labels),
    seed: Number(seed),
    mseOnPolicy: Number(mse_on_policy),
    mseUniform: Number(mse_uniform),
  }));
}

import { expect, it } from 'vitest';
import * as understudy from './index.ts';

it('exports what the documentation promises', () => {
  expect(Object.keys(understudy)).toEqual(
    expect.arrayContaining([
      ...['defineScenario', 'iceCream', 'openPolicy', 'run', 'describePolicy', 'describeScenario'],
      ...['icc', 'mard', 'meanCosineSimilarity', 'mse', 'mae', 'rSquared', 'pearson', 'spearman'],
      ...['expectedCalibrationError', 'klDivergence', 'jsDivergence', 'ksTest', 'wasserstein1'],
      ...['explain', 'shapleyValues', 'shapleyInteractions'],
      ...['AdamW', 'philox4x32', 'exactValue', 'occupancy'],
    ]),
  );
});

it('runs the example of the README', async () => {
  await using policy = await understudy.openPolicy('student:mlp', { workspace: 'an/empty/place' });
  const summary = await understudy.run({ scenario: understudy.iceCream, policy, agents: 100, days: 1, seed: 7 });
  expect(summary).toMatchObject({ agents: 100, ticks: 15, failed: 0 });
});

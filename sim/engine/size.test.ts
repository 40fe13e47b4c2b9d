import { describe, expect, it } from 'vitest';
import { requireCohorts, requireRoom, requireSingle } from './size.ts';

const GB = 1e9;

describe('the size of a population', () => {
  it.each([0, -1, 0.5, Number.NaN, 2 ** 53, 1e300])('is not %d agents', (agents) => {
    for (const require of [requireCohorts, requireSingle])
      expect(() => require(agents)).toThrow(`agents must be an integer from 1 to 9007199254740991, got ${agents}`);
  });

  it('is limited by the memory that is free, agent by agent', () => {
    requireRoom(4e8, 0.8 * GB, GB);
    expect(() => requireRoom(6e8, 1.2 * GB, GB)).toThrow(
      '600,000,000 single agents need 1.2 GB of memory and 1.0 GB can be had; simulate cohorts (--cohorts), whose cost does not grow with the number of agents',
    );
    expect(() => requireRoom(1e9, 5 * GB, 1e15)).toThrow(
      '1,000,000,000 single agents need 5.0 GB of memory and 4.2 GB',
    );
  });

  it('is not a trillion single agents, however large the machine', () => {
    expect(() => requireSingle(1e12)).toThrow(
      '1,000,000,000,000 single agents, at most 268,435,456; simulate cohorts (--cohorts)',
    );
    requireCohorts(1e12);
  });
});

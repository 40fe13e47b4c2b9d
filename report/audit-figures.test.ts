import { describe, expect, it } from 'vitest';
import type { AuditFiles } from '../workspace/audits.ts';
import { curveOf, ofAudit } from './audit-figures.ts';
import { figureTable, toSvg } from './figures/render.ts';
import { dark, light } from './figures/theme.ts';

const lists = ['commas', 'lines'];
const audit: AuditFiles = {
  report: {
    scenario: 'ice-cream-v1',
    claim: { outcome: 'p:buy', kind: 'probability', a: 'cold', b: 'hot', expect: 'more' },
    ...{ way: 'asked', agents: 3, ticks: null, replications: 1, seed: 0, specifications: 5, failed: 1 },
    failures: [{ reason: 'refused', specifications: 1 }],
    range: { lower: -0.2, upper: 0.3, median: 0.05 },
    against: 2,
    estimate: {
      ...{ mean: 0.05, interval: { lower: Number.NaN, upper: Number.NaN }, p: 0.6, exact: true, sd: 0.2, wordings: 4 },
      ...{ leftOut: 1, effectiveWordings: 3, pOfLevels: 0.7 },
    },
    facets: [{ facet: 'list', share: 0.9, levels: lists.map((level) => ({ level, mean: 0, specifications: 2, against: 1 })) }], // biome-ignore format: one line
    ...{
      wordingShare: 0.1,
      togetherShare: 0,
      overPersonas: null,
      luck: null,
      policies: {},
      command: 'understudy audit',
    },
    power: { wordings: 4, leastP: 0.125, atOneShift: 0, needed: 14 },
  },
  runs: undefined,
  persons: [],
  rows: [0.3, -0.1, undefined, -0.2, 0.2].map((estimate, i) => ({
    ...{ specification: i + 1, policy: 'oracle', elicit: 'expected', list: lists[i % 2]!, paraphrase: '0' },
    ...(estimate === undefined ? { reason: 'refused' } : { estimate, against: estimate < 0 }),
  })),
};

describe('the figure of an audit', () => {
  it('has the specifications that have an estimate, in ascending order, with their levels', () => {
    expect(curveOf(audit).map(({ rank, estimate }) => [rank, estimate])).toEqual([[1, -0.2], [2, -0.1], [3, 0.2], [4, 0.3]]); // biome-ignore format: one line
    expect(curveOf(audit)[0]!.levels).toEqual({ 'who decides': 'oracle', elicitation: 'expected', paraphrase: '0', list: 'lines' }); // biome-ignore format: one line
  });

  it('is drawn light and dark, and its table has a row for each specification', async () => {
    const [figure] = ofAudit({ audit });
    for (const theme of [light, dark]) {
      const svg = await toSvg(figure!.draw(theme), theme);
      expect(svg).toContain('The form of the list: 90 % of the variance');
      expect(svg).toContain('against the claim');
    }
    expect(figureTable(figure!.draw(light)).match(/as claimed|against the claim/g)).toHaveLength(8);
  });
});

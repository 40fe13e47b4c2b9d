import { describe, expect, it } from 'vitest';
import type { StabilityReport } from '../distill/stability.ts';
import { type IccForm, iccForms } from '../distill/stats/icc.ts';
import { stabilityWords } from './stability.ts';

const forms = <T>(entry: (form: IccForm) => T) =>
  Object.fromEntries(iccForms.map((form) => [form, entry(form)])) as Record<IccForm, T>;
const report: StabilityReport = {
  scenario: 'ice-cream-v1',
  teacher: 'tiny',
  teacherId: 'tiny-0',
  caveat: 'it is not Gemma',
  elicitation: 'sample',
  temperature: 1,
  seed: 0,
  prompts: 50,
  runs: 10,
  kind: 'exchangeable reruns',
  outcomes: { ok: 500, unparsable: 0, refused: 0, timeout: 0, missing: 0 },
  complete: 50,
  mean: 0.4,
  std: { population: 0.037, sample: 0.039, perPrompt: { min: 0.01, median: 0.038, p90: 0.06, max: 0.08 } },
  variance: { within: 0.0016, between: 0.06 },
  mard: 0.15,
  icc: forms((form) => ({ form, value: 0.972, lower: 0.96, upper: 0.98, f: 1, df1: 1, df2: 1, p: 0 })),
  cosine: { value: 0.6, between: 0.35, method: 'lexical', prompts: 50 },
  heaping: { n: 500, share: 0.79, chance: 0.2, index: 0.74 },
};
const words = (change: Partial<StabilityReport> = {}) => stabilityWords({ ...report, ...change }).join('\n');

describe('a stability study in words', () => {
  it('fits on one screen and says what the numbers mean', () => {
    expect(words().split('\n').length).toBeLessThan(28);
    expect(words()).toContain('tiny: 50 prompts × 10 runs at temperature 1 (exchangeable reruns)');
    expect(words()).toContain('Note: it is not Gemma.');
    expect(words()).toContain('Agreement is excellent: 97 % of the variance of single answers lies between prompts');
    expect(words()).toContain('typically moves by .039');
  });

  it.each([
    [0.8, 'good'],
    [0.6, 'moderate'],
    [0.2, 'poor'],
  ])('judges by the lower bound: %d is %s', (lower, judgement) => {
    const icc = forms((form) => ({ form, value: 0.95, lower, upper: 0.99, f: 1, df1: 1, df2: 1, p: 0 }));
    expect(words({ icc })).toContain(`Agreement is ${judgement}:`);
  });

  it('never calls agreement good where nothing varies', () => {
    const perPrompt = { min: 0, median: 0, p90: 0, max: 0 };
    const still = { std: { population: 0, sample: 0, perPrompt }, kind: 'determinism check' as const };
    expect(words({ ...still, elicitation: 'greedy' })).toContain('Greedy answers repeat exactly');
    expect(words(still)).toContain('this teacher has one answer to each question');
    const icc = forms((form) => ({ form, value: null, reason: 'undefined: no variance: all ratings are equal' }));
    expect(words({ icc })).toContain('Agreement is undefined: no variance');
    for (const change of [still, { icc }]) expect(words(change)).not.toMatch(/excellent|good/);
  });

  it('says how many answers could not be used', () => {
    const outcomes = { ...report.outcomes, ok: 490, unparsable: 10 };
    expect(words({ outcomes, complete: 41 })).toContain(
      '10 of 500 answers could not be used; 41 prompts were answered in every run.',
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { ModelCoefficient } from '../workspace/coefficients.ts';
import { coefficientsHtml } from './coefficients-html.ts';

const one = (logOdds: number, phrase?: string): ModelCoefficient => ({
  ...{ model: 'logistic', action: 'buy', logOdds, lowest: logOdds, highest: logOdds },
  ...(phrase !== undefined && { phrase }),
});
const textOf = (coefficients: ModelCoefficient[]) =>
  coefficientsHtml({ coefficients, states: [], logs: [], repeats: [], students: [] })
    .map(({ text }) => text)
    .join('');
/** Cells of the rows, without tags. */
const rowsOf = (text: string) =>
  Array.from(text.matchAll(/<tr><th scope="row">(.*?)<\/tr>/g), ([, row]) => row!.split(/<[^>]+>/).filter(Boolean));

describe('the coefficients in the report', () => {
  it('are listed by size with what they multiply the odds by, the intercept in words', () => {
    const text = textOf([one(-0.5), one(0.25, 'a & b'), one(-1, 'hot')]);
    expect(rowsOf(text)).toEqual([
      ['hot', '−1.00', '0.37'],
      ['a &#38; b', '+0.25', '1.28'],
    ]);
    expect(text).toContain('the log-odds are −0.50.');
    expect(text).toContain('whatever else holds');
  });

  it('of an ordinal student stand with their range, and no odds', () => {
    const text = textOf([one(0), { ...one(0.5, 'hot'), lowest: -1, highest: 2 }]);
    expect(rowsOf(text)).toEqual([['hot', '+0.50', '−1.00', '+2.00']]);
    expect(text).toContain('of an answer above a level');
    expect(text).not.toContain('odds ×');
  });

  it('of pairs are said to be in the CSV', () => {
    const text = textOf([one(0), one(1, 'hot'), { ...one(2, 'hot'), beside: 'cheap' }]);
    expect(rowsOf(text)).toHaveLength(1);
    expect(text).toContain('results/metrics/coefficients.csv');
    expect(text).not.toContain('whatever else holds');
  });

  it('of several actions and models stand apart', () => {
    const share = { ...one(3, 'hot'), action: 'share' };
    const text = textOf([one(1, 'hot'), share, { ...one(2, 'hot'), model: 'other' }]);
    expect(rowsOf(text)).toEqual([
      ['hot', 'buy', '+1.00', '2.72'],
      ['hot', 'share', '+3.00', '20.09'],
      ['hot', '+2.00', '7.39'],
    ]);
    expect(text).toContain('<h3>Coefficients of other</h3>');
  });
});

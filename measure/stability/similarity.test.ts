import { expect, it } from 'vitest';
import { meanCosineSimilarity } from '../../stats/repetitions.ts';
import { termFrequencies } from './similarity.ts';

it('counts words, letter case and punctuation apart', () => {
  expect(termFrequencies(['Hot, hot day!', 'a cold day'])).toEqual([
    [2, 1, 0, 0],
    [0, 1, 1, 1],
  ]);
  expect(termFrequencies(['It’s 30 °C', ''])).toEqual([
    [1, 1, 1, 1],
    [0, 0, 0, 0],
  ]);
  expect(termFrequencies([])).toEqual([]);
});

it('the same words in another order are alike, different words are not', () => {
  expect(meanCosineSimilarity(termFrequencies(['they like sweets', 'sweets they like']))).toBeCloseTo(1, 12);
  expect(meanCosineSimilarity(termFrequencies(['they like sweets', 'summer heat']))).toBe(0);
});

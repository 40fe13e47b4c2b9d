import { expect, it } from 'vitest';
import { effectsWords, explanationWords } from './explanation-words.ts';

it('an explanation leads from no phrase to P, the largest contribution first with the longest bar', () => {
  const lines = explanationWords(
    {
      probability: 0.5,
      baseline: 0.4,
      contributions: [
        { phrase: 'cheap', value: -0.1 },
        { phrase: 'hot', value: 0.2 },
      ],
      interactions: [{ phrases: ['cheap', 'hot'], value: -0.05 }],
    },
    'buy',
  );
  expect(lines.slice(1, 5)).toEqual([
    '  no phrase   .4000',
    '  hot        +.2000  ++++++++++++++++++++',
    '  cheap      -.1000  ----------',
    '  P(buy)      .5000',
  ]);
  expect(lines.at(-1)).toBe('  cheap and hot  -.0500');
});

it('an explanation of no phrases has no bars and no pairs', () => {
  const lines = explanationWords({ probability: 0.4, baseline: 0.4, contributions: [], interactions: [] }, 'buy');
  expect(lines.slice(1)).toEqual(['  no phrase  .4000', '  P(buy)     .4000']);
});

it('effects are listed by size, pairs left to the file', () => {
  const lines = effectsWords(
    [
      { phrase: 'cheap', states: 2, mean: -0.1, meanAbsolute: 0.1 },
      { phrase: 'hot', states: 3, mean: 0, meanAbsolute: 0.3 },
      { phrase: 'cheap', beside: 'hot', states: 1, mean: 0.9, meanAbsolute: 0.9 },
    ],
    4,
    'buy',
  );
  expect(lines.slice(2).map((line) => line.trim().split(' ')[0])).toEqual(['hot', 'cheap']);
});

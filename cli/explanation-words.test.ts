import { expect, it } from 'vitest';
import { coefficientsWords, effectsWords, explanationWords } from './explanation-words.ts';

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

it('an explanation shows what phrases add beside a trait, a dash for an only trait', () => {
  const lines = explanationWords(
    {
      probability: 0.5,
      baseline: 0.4,
      contributions: [
        { phrase: 'cheap', value: -0.1 },
        { phrase: 'hot', value: 0.2, inside: 0.05 },
      ],
      interactions: [],
    },
    'buy',
  );
  expect(lines.slice(1)).toEqual([
    '                     beside a trait',
    '  no phrase   .4000',
    '  hot        +.2000          +.0500  ++++++++++++++++++++',
    '  cheap      -.1000               –  ----------',
    '  P(buy)      .5000',
    'Beside a trait: over orders that begin with a trait; sets without one are extrapolated.',
  ]);
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

const one = (logOdds: number) => ({ action: 'buy', logOdds, lowest: logOdds, highest: logOdds });

it('coefficients are listed by size after the log-odds of no phrase, with what they multiply the odds by', () => {
  const rows = [one(-0.5), { ...one(0.25), phrase: 'cheap' }, { ...one(-1), phrase: 'hot' }];
  expect(coefficientsWords(rows)).toEqual([
    'What each phrase adds to the log-odds of buy, whatever else holds, and what it multiplies the odds by:',
    '  no phrase   -.5000',
    '  hot        -1.0000  ×0.37',
    '  cheap       +.2500  ×1.28',
  ]);
  const paired = coefficientsWords([...rows, { ...one(3), phrase: 'cheap', beside: 'hot' }]);
  expect(paired[0]).toContain('beside what pairs add');
  expect(paired).toHaveLength(4);
});

it('coefficients of an ordinal student are means with their range', () => {
  const rows = [one(0), { ...one(0.5), lowest: -1, highest: 2, phrase: 'hot' }];
  expect(coefficientsWords(rows).slice(1)).toEqual([
    '  no phrase  +.0000   +.0000   +.0000',
    '  hot        +.5000  -1.0000  +2.0000',
  ]);
});

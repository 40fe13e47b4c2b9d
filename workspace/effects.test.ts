import { expect, it } from 'vitest';
import { effectsText, withEffects } from './effects.ts';

const cheap = { phrase: 'cheap', states: 2, mean: -0.1, meanAbsolute: 0.1 };
const pair = { phrase: 'cheap', beside: 'hot, sunny day', states: 1, mean: 0.2, meanAbsolute: 0.2 };
const rows = [
  { model: 'mlp', ...cheap },
  { model: 'tiny', ...cheap },
];

it('a table of effects has a line for each model and phrase or pair', () => {
  expect(effectsText([...rows.slice(0, 1), { model: 'mlp', ...pair, standardError: 0.01 }])).toBe(
    'model,phrase,beside,states,mean,mean_absolute,standard_error\nmlp,cheap,,2,-0.1,0.1,\nmlp,cheap,"hot, sunny day",1,0.2,0.2,0.01\n',
  );
  expect(effectsText([])).toBe('model,phrase,beside,states,mean,mean_absolute,standard_error\n');
});

it('effects of a model take the place of its earlier ones and of no others', () => {
  const better = { ...cheap, mean: -0.3 };
  expect(withEffects(rows, 'mlp', [better, pair])).toEqual([
    { model: 'mlp', ...better },
    { model: 'mlp', ...pair },
    rows[1],
  ]);
  expect(withEffects(rows, 'encoder', [better])).toEqual([...rows, { model: 'encoder', ...better }]);
  expect(withEffects([], 'mlp', [cheap])).toEqual([rows[0]]);
});

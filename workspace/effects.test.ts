import { expect, it } from 'vitest';
import { effectsText, withEffects } from './effects.ts';

const cheap = { phrase: 'cheap', states: 2, mean: -0.1, meanAbsolute: 0.1, action: 'go' };
const pair = { phrase: 'cheap', beside: 'hot, sunny day', states: 1, mean: 0.2, meanAbsolute: 0.2, action: 'go' };
const rows = [
  { model: 'mlp', ...cheap },
  { model: 'tiny', ...cheap },
];

it('a table of effects has a line for each model and phrase or pair', () => {
  expect(effectsText([...rows.slice(0, 1), { model: 'mlp', ...pair }])).toBe(
    'model,phrase,beside,states,mean,mean_absolute,action\nmlp,cheap,,2,-0.1,0.1,go\nmlp,cheap,"hot, sunny day",1,0.2,0.2,go\n',
  );
  expect(effectsText([])).toBe('model,phrase,beside,states,mean,mean_absolute,action\n');
});

it('effects of a model take the place of its earlier ones and of no others', () => {
  const better = { ...cheap, mean: -0.3 };
  expect(withEffects(rows, 'mlp', 'go', [better, pair])).toEqual([
    { model: 'mlp', ...better },
    { model: 'mlp', ...pair },
    rows[1],
  ]);
  expect(withEffects(rows, 'encoder', 'go', [better])).toEqual([...rows, { model: 'encoder', ...better }]);
  expect(withEffects([], 'mlp', 'go', [cheap])).toEqual([rows[0]]);
});

it('effects on another action are kept beside them; those of no known action are replaced', () => {
  const stay = { ...cheap, action: 'stay' };
  const { action: _, ...earlier } = rows[0]!;
  expect(withEffects([earlier, rows[1]!], 'mlp', 'stay', [stay])).toEqual([{ model: 'mlp', ...stay }, rows[1]]);
  expect(withEffects(rows, 'mlp', 'stay', [stay])).toEqual([...rows, { model: 'mlp', ...stay }]);
});

import { expect, it } from 'vitest';
import { suggestion } from './suggestion.ts';

it.each([
  ['tinny', 'tiny'],
  ['Tiny', 'tiny'],
  ['gema-3-4b', 'gemma-3-4b'],
  ['student:mpl', 'student:mlp'],
  ['unform', 'uniform'],
  ['gpt-5', undefined],
  ['', undefined],
])('%s is taken for %s', (name, expected) => {
  expect(suggestion(name, ['tiny', 'gemma-3-4b', 'uniform', 'student:mlp', 'student:encoder'])).toBe(expected);
});

import { expect, it } from 'vitest';
import { suggestion } from './suggestion.ts';

it.each([
  ['tinny', 'tiny'],
  ['Tiny', 'tiny'],
  ['gema-3-4b', 'gemma-3-4b'],
  ['student:mpl', 'student:mlp'],
  ['unform', 'uniform'],
  ['student:mlpe', 'student:mlp'],
  ['gpt-5', undefined],
  ['', undefined],
])('%s is taken for %s', (name, expected) => {
  expect(suggestion(name, ['tiny', 'gemma-3-4b', 'uniform', 'student:mlp', 'student:encoder'])).toBe(expected);
});

it('counts two exchanged letters as one slip, so that short names are known too', () => {
  expect(suggestion('chekc', ['new', 'check', 'pull'])).toBe('check');
  expect(suggestion('mpl', ['mlp', 'encoder'])).toBe('mlp');
  expect(suggestion('plm', ['mlp'])).toBeUndefined();
});

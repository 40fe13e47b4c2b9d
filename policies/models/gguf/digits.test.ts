import type { LlamaModel } from 'node-llama-cpp';
import { expect, it } from 'vitest';
import { type Digits, digitsOf } from './digits.ts';

/** A model whose tokenizer cuts a text where the pattern says. */
function model(pattern: RegExp): LlamaModel {
  const known: string[] = [];
  const tokenize = (text: string) =>
    (text.match(pattern) ?? []).map((piece) => {
      if (!known.includes(piece)) known.push(piece);
      return known.indexOf(piece);
    });
  return { tokenize } as unknown as LlamaModel;
}

it('finds the tokens of digits and point where numbers are written digit by digit', () => {
  const found = digitsOf(model(/\d|\.|[^\d.]+/g), '{"buy": ');
  expect(found).toMatchObject({ digits: expect.any(Array), point: expect.any(Number) });
  expect(new Set((found as Digits).digits).size).toBe(10);
});

it('says why it cannot read numbers of several digits a token', () => {
  expect(digitsOf(model(/\d+|\.|[^\d.]+/g), '{"buy": ')).toBe(
    'its tokenizer writes 0.74 in 3 tokens, not digit by digit',
  );
});

it('says why it cannot read numbers that melt into what precedes them', () => {
  expect(digitsOf(model(/[ \d]+|\.|[^ \d.]+/g), '{"buy": ')).toMatch(/depends on what precedes it/);
});

it('notices one number that is written in a way of its own', () => {
  expect(digitsOf(model(/1\.00|\d|\.|[^\d.]+/g), '{"buy": ')).toBe('its tokenizer does not write 1.00 digit by digit');
});

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

it('finds groups of two digits, and of three where there are any', () => {
  const pairs = digitsOf(model(/\d{1,2}|\.|[^\d.]+/g), '{"buy": ') as Digits;
  expect(new Set(pairs.pairs).size).toBe(100);
  expect(pairs.triples.filter((token) => token !== undefined)).toHaveLength(0);
  const triples = digitsOf(model(/\d{1,3}|\.|[^\d.]+/g), '{"buy": ') as Digits;
  expect(new Set([...triples.digits, ...triples.pairs, ...triples.triples]).size).toBe(1110);
});

it('knows what ends a number, as the tokenizer writes it', () => {
  const { digits, point, ends } = digitsOf(model(/\d|\.|[},]"?|[^\d.},]+/g), '{"buy": ') as Digits;
  // } , ," and white space before either.
  expect(ends.length).toBeGreaterThan(3);
  expect(ends.some((token) => token === point || digits.includes(token))).toBe(false);
});

it('says why it cannot read numbers that are one token each', () => {
  expect(digitsOf(model(/\d\.\d+|\d|[^\d]+/g), '{"buy": ')).toBe(
    'its tokenizer does not write 0.0 as a digit, a point and a digit',
  );
});

it('says why it cannot read numbers that melt into what precedes them', () => {
  expect(digitsOf(model(/[ \d]+|\.|[^ \d.]+/g), '{"buy": ')).toMatch(/depends on what precedes it/);
});

it('notices one number that is written in a way of its own', () => {
  expect(digitsOf(model(/1\.00|\d|\.|[^\d.]+/g), '{"buy": ')).toBe(
    'its tokenizer does not write 1.00 with a point of its own',
  );
});

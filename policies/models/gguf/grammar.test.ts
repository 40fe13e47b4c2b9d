import { expect, it } from 'vitest';
import { replyGrammar, replyHead, replyTokens } from './grammar.ts';

it('a reply of two actions is one number, then the end', () => {
  expect(replyHead(['skip', 'buy'])).toBe('{"buy": ');
  expect(replyGrammar(['skip', 'buy'], false)).toBe('root ::= number "}"\nnumber ::= "0." [0-9] [0-9] | "1.00"');
});

it('an explanation follows the numbers where it is asked for', () => {
  expect(replyGrammar(['skip', 'buy'], true).split('\n')).toEqual([
    'root ::= number ", \\"explanation\\": \\"" sentence "\\"}"',
    'number ::= "0." [0-9] [0-9] | "1.00"',
    'sentence ::= [^"\\\\\\x00-\\x1F]{1,240}',
  ]);
});

it('a reply of three actions has a number for each but the first', () => {
  expect(replyHead(['wait', 'walk', 'run'])).toBe('{"walk": ');
  expect(replyGrammar(['wait', 'walk', 'run'], false)).toMatch(/^root ::= number ", \\"run\\": " number "}"/);
});

it('quotes in the name of an action are escaped in JSON and in the grammar', () => {
  expect(replyHead(['no', 'say "hi"'])).toBe('{"say \\"hi\\"": ');
  expect(replyGrammar(['no', 'yes', 'a"b'], false)).toContain('", \\"a\\\\\\"b\\": "');
});

it('there is room for what the grammar admits', () => {
  expect(replyTokens(['skip', 'buy'], false)).toBeGreaterThanOrEqual('0.74}'.length);
  expect(replyTokens(['skip', 'buy'], true)).toBeGreaterThan(replyTokens(['skip', 'buy'], false));
});

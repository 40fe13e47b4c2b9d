import { describe, expect, it } from 'vitest';
import { rowOfCells } from './cells.ts';

describe('a cell of phrases', () => {
  const known = { traits: ['tall', 'rich; or poor', 'a, b', 'it\'s "so"'], context: ['tall'] };
  const traits = (cell: string) => rowOfCells({ traits: cell }, known).traits;

  it.each([
    ['', []],
    ['  ', []],
    ['tall', ['tall']],
    ['tall; a, b', ['tall', 'a, b']],
    ['tall;a, b', ['tall', 'a, b']],
    ['rich; or poor', ['rich; or poor']],
    ['tall; rich; or poor; a, b', ['tall', 'rich; or poor', 'a, b']],
    ['tall; rich\\; or poor', ['tall', 'rich; or poor']],
    ['c:\\\\; tall', ['c:\\', 'tall']],
    ['[]', []],
    ['["tall", "a, b"]', ['tall', 'a, b']],
    ["['tall', \"it's\"]", ['tall', "it's"]],
    ["['it\\'s \"so\"']", ['it\'s "so"']],
    // What is not a list stays what it is, for whoever knows the phrases to name it.
    ["['tall' 'short']", ["['tall' 'short']"]],
    ['[tall]', ['[tall]']],
    ['tall; ;', ['tall']],
    ['short; rich', ['short', 'rich']],
  ])('%j holds %j', (cell, phrases) => {
    expect(traits(cell)).toEqual(phrases);
  });
});

it('reads numbers where a column has them, and leaves everything else text', () => {
  const cells = {
    probability_LLM: ' .5 ',
    probabilities: '0.5; 0.2; 3e-1',
    probability_repeats: '[0.1, 1]',
    weight: '2.',
    seed: '1099511627776',
    unit: '007',
    explanation: ' yes ',
    temperature: '',
    entropy: '0,5',
    constructor: '1',
  };
  expect(rowOfCells(cells, { traits: [], context: [] })).toEqual({
    probability_LLM: 0.5,
    probabilities: [0.5, 0.2, 0.3],
    probability_repeats: [0.1, 1],
    weight: 2,
    seed: 2 ** 40,
    unit: '007',
    explanation: ' yes ',
    entropy: '0,5',
    constructor: '1',
  });
  const named = rowOfCells({ probabilities: '{"buy": 0.3, "skip": 0.7}' }, { traits: [], context: [] });
  expect(named).toEqual({ probabilities: { buy: 0.3, skip: 0.7 } });
});

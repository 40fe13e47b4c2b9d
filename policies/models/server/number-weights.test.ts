import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  certaintyOf,
  faultIn,
  isBinary,
  numberPath,
  numberWeights,
  readNumber,
  type TokenChoice,
} from './number-weights.ts';

/** A token with the probability of each that could stand in its place. */
const choice = (token: string, chances: Readonly<Record<string, number>>): TokenChoice => ({
  token,
  logprob: Math.log(chances[token] ?? 1e-9),
  alternatives: Object.entries(chances).map(([text, p]) => ({ token: text, logprob: Math.log(p) })),
});
const sure = (...tokens: string[]) => tokens.map((token) => choice(token, { [token]: 1 }));
/** The weights that are not 0, by their value in hundredths. */
const seen = (weights: Float64Array) =>
  Object.fromEntries([...weights].flatMap((p, value) => (p > 0 ? [[value, Number(p.toFixed(12))]] : [])));

describe('readNumber', () => {
  it.each([
    ['0.74', 74],
    [' 0.74', 74],
    ['\n  0.05', 5],
    ['0.743', 74],
    ['0.7}', 70],
    ['0.7,', 70],
    ['0.7\n', 70],
    ['0.00', 0],
    ['0,', 0],
    ['0}', 0],
    ['1}', 100],
    ['1 ', 100],
    ['1.0,', 100],
    ['1.00', 100],
    ['1.000', 100],
  ])('reads %j as %i hundredths', (text, value) => expect(readNumber(text)).toBe(value));

  it.each(['', ' ', '0', '0.', ' 0.7', '1', '1.', '1.0'])('waits for more after %j', (text) =>
    expect(readNumber(text)).toBe('begun'),
  );

  it.each(['2', '-', '.7', '00', '01', '0.}', '0.7e', '74', '1.1', '1.01', '1.005', '"0.7"', 'null', '{"buy"', '0.7%'])(
    'takes %j for no number from 0 to 1',
    (text) => expect(readNumber(text)).toBeUndefined(),
  );
});

describe('numberWeights', () => {
  it('counts what completes a number, and names what only begins one', () => {
    const path = {
      after: '0.',
      tokens: [
        choice('7', { '7': 0.6, '8': 0.3, x: 0.05 }),
        choice('4', { '4': 0.5, '5': 0.25, '}': 0.125, '"': 0.0625 }),
      ],
    };
    const { weights, open, missing } = numberWeights([path]);
    expect(seen(weights)).toEqual({ 70: 0.075, 74: 0.3, 75: 0.15 });
    expect(open).toEqual([{ text: '0.8', probability: expect.closeTo(0.3, 12) }]);
    expect(missing).toBeCloseTo(1 - 0.525, 12);
  });

  it('goes on where a second path goes on', () => {
    const first = { after: '0.', tokens: [choice('7', { '7': 0.6, '8': 0.4 }), choice('4', { '4': 1 })] };
    const second = { after: '0.8', tokens: [choice('1', { '1': 0.5, ',': 0.5 })] };
    const { weights, open, missing } = numberWeights([first, second]);
    expect(seen(weights)).toEqual({ 74: 0.6, 80: 0.2, 81: 0.2 });
    expect(open).toEqual([]);
    expect(missing).toBeCloseTo(0, 12);
  });

  it.each([
    ['digit by digit', [' ', '0', '.', '7', '4', ',']],
    ['in one token', ['0.74', '}']],
    ['with the space', [' 0', '.', '74', '\n}']],
    ['with SentencePiece spaces', ['\u2581', '0', '.7', '4']],
    ['up to the first decimal', [' 0.7', '4']],
    ['together with what follows', [' ', '0.74,']],
  ])('reads a number that is cut %s', (_, tokens) => {
    expect(seen(numberWeights([{ after: '', tokens: sure(...tokens) }]).weights)).toEqual({ 74: 1 });
  });

  it('keeps the white space before a number, for whoever follows it', () => {
    const tokens = [choice(' ', { ' ': 0.5, '1': 0.25, ' 1': 0.125 }), choice('0', { '0': 0.75, '1': 0.25 })];
    expect(numberWeights([{ after: '', tokens }]).open).toEqual([
      { text: '1', probability: 0.5 },
      { text: ' 0', probability: 0.375 },
    ]);
  });

  it('adds up the ways to cut one number, and the ways to write 1', () => {
    const tokens = [
      choice('0', { '0': 0.5, '0.': 0.2, '1': 0.1, '1.0}': 0.05, '1.00': 0.05, '0.74': 0.1 }),
      choice('.', { '.': 1 }),
      choice('7', { '7': 0.5, '74': 0.5 }),
      choice('4', { '4': 1 }),
    ];
    const { weights, open } = numberWeights([{ after: '', tokens }]);
    expect(seen(weights)).toEqual({ 74: 0.8, 100: 0.1 });
    expect(open).toEqual([{ text: '1', probability: expect.closeTo(0.1, 12) }]);
  });

  it('counts the written token where it is not among the likeliest', () => {
    const written: TokenChoice = { token: '4', logprob: Math.log(0.01), alternatives: [{ token: '5', logprob: -0.1 }] };
    expect(seen(numberWeights([{ after: '0.7', tokens: [written] }]).weights)).toEqual({
      74: 0.01,
      75: Number(Math.exp(-0.1).toFixed(12)),
    });
  });

  it('counts the end of the turn within a number, a lone space and a token twice for what they are', () => {
    const tokens = [choice(' ', { ' ': 0.5, '\n': 0.25, '': 0.25 }), choice('0', { '0': 1 })];
    const { weights, open, missing } = numberWeights([{ after: '', tokens: tokens }]);
    expect(seen(weights)).toEqual({});
    expect(open.map(({ text }) => text)).toEqual([' 0', '\n']);
    expect(missing).toBe(1);
    const twice = {
      ...choice('4', { '4': 0.5 }),
      alternatives: [0.5, 0.25].map((p) => ({ token: '4', logprob: Math.log(p) })),
    };
    expect(seen(numberWeights([{ after: '0.7', tokens: [twice] }]).weights)).toEqual({ 74: 0.75 });
  });

  it('has nothing to say of no path, of an empty one and of one that is no number', () => {
    expect(numberWeights([]).missing).toBe(1);
    expect(numberWeights([{ after: '0.7', tokens: [] }])).toMatchObject({ open: [], missing: 1 });
    expect(numberWeights([{ after: '', tokens: sure(' "', 'high') }])).toMatchObject({ open: [], missing: 1 });
  });

  it('is not misled by probabilities a little above 1 and by minus infinity as servers write it', () => {
    const tokens = [{ token: '4', logprob: 1e-6, alternatives: [{ token: '5', logprob: -9999 }] }];
    const { weights, missing } = numberWeights([{ after: '0.7', tokens }]);
    expect(seen(weights)).toEqual({ 74: 1 });
    expect(missing).toBe(0);
  });

  it('gives back any distribution, however its numbers are cut, once every beginning is followed', () => {
    const cuts = [/ |\d|\./g, / ?\d+|\./g, / |\d\.\d|\d/g, / ?\d\.|\d\d?/g];
    const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 12 });
    const weight = fc.float({ min: Math.fround(0.01), max: 1, noNaN: true });
    fc.assert(
      fc.property(numbers, weight, fc.constantFrom(...cuts), (values, ratio, cut) => {
        const raw = values.map((_, i) => ratio ** i);
        const total = raw.reduce((sum, p) => sum + p, 0);
        const written = values.map((value, i) => ({ text: ` ${(value / 100).toFixed(2)}`, p: raw[i]! / total }));
        const from = (begun: string): TokenChoice[] => {
          const tokens: TokenChoice[] = [];
          for (let text = begun; ; ) {
            const chances: Record<string, number> = {};
            const fits = written.filter((number) => number.text.startsWith(text) && number.text !== text);
            if (fits.length === 0) return tokens;
            const sum = fits.reduce((s, { p }) => s + p, 0);
            for (const fit of fits) {
              const token = fit.text.slice(text.length).match(cut)![0]!;
              chances[token] = (chances[token] ?? 0) + fit.p / sum;
            }
            const token = fits[0]!.text.slice(text.length).match(cut)![0]!;
            tokens.push(choice(token, chances));
            text += token;
          }
        };
        const paths = [{ after: '', tokens: from('') }];
        for (let left = numberWeights(paths).open; left.length > 0; left = numberWeights(paths).open)
          paths.push({ after: left[0]!.text, tokens: from(left[0]!.text) });
        const { weights } = numberWeights(paths);
        written.forEach(({ p }, i) => expect(weights[values[i]!]).toBeCloseTo(p, 9));
      }),
    );
  });
});

describe('numberPath', () => {
  const weigh = (...tokens: string[]) => {
    const path = numberPath(sure(...tokens), 'buy');
    return path && seen(numberWeights([path]).weights);
  };

  it.each([
    ['one line', ['{"', 'buy', '":', ' ', '0', '.', '7', '4', '}']],
    ['a fence and lines', ['```', 'json', '\n{\n', '  "buy"', ' :', '\n', ' 0.7', '4', '\n}']],
    ['no space', ['{"buy":0', '.', '74', ', "explanation"']],
    ['one token', ['{"buy": 0.74}']],
    ['a thought before it', ['I say ', '{"buy": 0.1', '} or better ', '{"buy"', ': 0', '.74', '}']],
  ])('finds the number in a reply of %s', (_, tokens) => expect(weigh(...tokens)).toEqual({ 74: 1 }));

  it('takes alternatives to a token that reaches into the number for what they say of the number', () => {
    const tokens = [
      choice('{"buy"', { '{"buy"': 0.5, '```': 0.5 }),
      choice(': 0.7', { ': 0.7': 0.5, ': 0.9,': 0.25, ':': 0.125, ' :': 0.125 }),
      choice('4', { '4': 1 }),
    ];
    const { weights, missing } = numberWeights([numberPath(tokens, 'buy')!]);
    expect(seen(weights)).toEqual({ 74: 0.5, 90: 0.25 });
    expect(missing).toBeCloseTo(0.25, 12);
  });

  it('finds none if there is none', () => {
    expect(weigh('{"', 'sell', '": 0.4}')).toBeUndefined();
    expect(weigh('{"buy"', ':')).toBeUndefined();
    expect(weigh()).toBeUndefined();
  });

  it('looks for a name with characters of its own', () => {
    expect(numberPath(sure('{"go (now)?"', ': 0.5', ' '), 'go (now)?')?.tokens).toHaveLength(2);
  });
});

const place = (token: string, logprobs: Readonly<Record<string, number>>): TokenChoice => ({
  token,
  logprob: logprobs[token]!,
  alternatives: Object.entries(logprobs).map(([name, logprob]) => ({ token: name, logprob })),
});
const shares = { '8': 0.5, '7': 0.3, '9': 0.2 };
const written = (of: (p: number) => number) =>
  place('8', Object.fromEntries(Object.entries(shares).map(([token, p]) => [token, of(p)])));

describe('probabilities that a server lists', () => {
  it('are those of a distribution as natural logarithms, with null for nothing and rounding', () => {
    expect(faultIn([written(Math.log)])).toBeUndefined();
    expect(faultIn([place('8', { '8': 1e-6, '7': Number.NEGATIVE_INFINITY })])).toBeUndefined();
    const twice = place('8', { '8': Math.log(0.5) });
    expect(faultIn([{ ...twice, alternatives: [...twice.alternatives, { token: '8', logprob: Math.log(0.4) }] }])).toBe(
      undefined,
    );
  });

  it('are not where they are no logarithms, those to the base 10, or those of another place', () => {
    expect(faultIn([written((p) => p)])).toBe('lists 0.5 as the logarithm of a probability, which cannot be positive');
    // .5^.434 + .3^.434 + .2^.434
    expect(faultIn([written(Math.log10)])).toBe('lists probabilities for one place that sum to 1.83, more than 1');
    const alternatives = ['0', '1', '2'].map((token) => ({ token, logprob: Math.log(1 / 3) }));
    expect(faultIn([{ token: '8', logprob: Math.log(0.6), alternatives }])).toMatch(/sum to 1.6, more than 1/);
  });
});

describe('logarithms to the base 2', () => {
  const places = [
    [0.9, 0.1],
    [0.6, 0.3, 0.1],
    [0.5, 0.5],
    [0.7, 0.2, 0.1],
  ];
  const listed = (log: (p: number) => number, most = 20) =>
    places.map((chances) => place('0', Object.fromEntries(chances.slice(0, most).map((p, i) => [String(i), log(p)]))));

  it('are told by places that they fill and natural ones would not', () => {
    expect(isBinary(listed(Math.log2))).toBe(true);
    expect(isBinary(listed(Math.log))).toBe(false);
  });

  it('are not seen in short lists of natural ones, nor in one place', () => {
    expect(isBinary(listed(Math.log, 1))).toBe(false);
    expect(isBinary(listed(Math.log2).slice(0, 2))).toBe(false);
    expect(isBinary([])).toBe(false);
  });
});

describe('a number', () => {
  const path = (...tokens: TokenChoice[]) => ({ after: '', tokens });

  it('is certain where each of its digits is and all others are impossible', () => {
    const sure = path(place('0', { '0': 0, '1': -9999 }), place('.', { '.': 0 }), place('8', { '8': 0, '7': -9999 }));
    expect(certaintyOf(sure)).toBe('impossible');
    const nulls = path(place('0', { '0': 0, '1': Number.NEGATIVE_INFINITY }), place('8', { '8': 0 }));
    expect(certaintyOf(nulls)).toBe('unlisted');
    // Divided by a temperature of 0.01, a difference of 3 in logits is one of 300.
    const cold = path(place('0', { '0': 0, '1': -300 }), place('8', { '8': -1e-11, '7': -25 }));
    expect(certaintyOf(cold)).toBe('impossible');
  });

  it('is not where one digit could be another, however unlikely', () => {
    expect(certaintyOf(path(place('0', { '0': 0, '1': -9999 }), place('8', { '8': 0, '7': -20 })))).toBeUndefined();
    expect(certaintyOf(path(written(Math.log)))).toBeUndefined();
    expect(certaintyOf(path())).toBeUndefined();
  });
});

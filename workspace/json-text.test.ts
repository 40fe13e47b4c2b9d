import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCutShort, parseRow, quoted } from './json-text.ts';

describe('isCutShort', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue());

  it('knows the beginning of an object from each place where it was cut', () => {
    fc.assert(
      fc.property(object, fc.nat(), (value, cut) => {
        const text = JSON.stringify(value);
        expect(isCutShort(text.slice(0, 1 + (cut % (text.length - 1))))).toBe(true);
      }),
      { numRuns: 500, seed: 1, examples: [[{ a: '\\u0041\n"', b: [true, false, null, -1.5e-7, {}] }, 3]] },
    );
    const all = '{"a\\n":"\\u00e9\\"","b":[true,false,null,-1.5e-7,{}],"c":{"d":[[]]}}';
    for (let cut = 1; cut < all.length; cut++) expect([cut, isCutShort(all.slice(0, cut))]).toEqual([cut, true]);
  });

  it('does not take for one what is whole, has more after its end, or could never go on', () => {
    for (const text of [
      '',
      '{}',
      '[1',
      'no',
      '{"a":1}x',
      '{"a":1}{"b"',
      '{"a" "b"',
      '{a',
      '{"a":tru1',
      '{"a\u0000',
      '{"a":1]',
    ])
      expect([text, isCutShort(text)]).toEqual([text, false]);
  });
});

describe('parseRow', () => {
  it.each([
    ['{"a": NaN, "b": "NaN"}', 'holds NaN, which JSON does not have'],
    ['{"a": [-Infinity]}', 'holds -Infinity, which'],
    ['{"a": 1', 'is cut off in the middle of a row'],
    ['[1, 2]', 'is not a JSON object: "[1, 2]"'],
    ['null', 'is not a JSON object: "null"'],
    ["{'a': 1}", 'is not valid JSON: "{\'a\': 1}"'],
    ['a,b', 'is not valid JSON: "a,b"'],
  ])('says of %s what is wrong', (text, what) => {
    expect(parseRow(text)).toContain(what);
  });

  it('gives the object', () => {
    expect(parseRow(' {"a": "NaN"} ')).toEqual({ a: 'NaN' });
  });
});

it('quotes nothing that a terminal would obey', () => {
  expect(quoted('a\u001b]0;x\u0007\u009b2J\u00a0\u202eb\u{e0001}')).toBe(
    '"a\\u001b]0;x\\u0007\\u009b2J\\u00a0\\u202eb\\u{e0001}"',
  );
  expect(quoted('x'.repeat(61))).toBe(`"${'x'.repeat(60)}…"`);
});

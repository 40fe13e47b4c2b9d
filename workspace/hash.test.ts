import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { canonicalJson, hashOf } from './hash.ts';

it('writes the example of RFC 8785, section 3.2.2, as section 3.2.3 has it', () => {
  const value = {
    // biome-ignore lint/correctness/noPrecisionLoss: the RFC's own number
    numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  };
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

it('hashes equal values alike, whatever the order of their keys', () => {
  expect(hashOf({ a: 1, b: [2, 3] })).toBe(createHash('sha256').update('{"a":1,"b":[2,3]}').digest('hex'));
  expect(hashOf({ b: [2, 3], a: 1 })).toBe(hashOf({ a: 1, b: [2, 3] }));
  expect(hashOf({ b: [3, 2], a: 1 })).not.toBe(hashOf({ a: 1, b: [2, 3] }));
});

import { describe, expect, it } from 'vitest';
import type { Answer } from './policy.ts';
import { countRungs, freestRung, rungWords } from './rungs.ts';

const read = (rung?: Answer['rung']): Answer => ({ outcome: 'ok', probabilities: [0, 1], ...(rung && { rung }) });
const failed: Answer = { outcome: 'unparsable', reply: 'maybe', rung: 'object' };

describe('how replies were read', () => {
  it('is counted for those that could be used', () => {
    expect(countRungs([read('json'), read('words'), read('json'), read(), failed])).toEqual({
      json: 2,
      object: 0,
      words: 1,
    });
  });

  it('is for several the freest way', () => {
    expect(freestRung([read('json'), read('object'), read('json')])).toBe('object');
    expect(freestRung([read(), failed])).toBeUndefined();
  });

  it('is said in words', () => {
    expect(rungWords({ json: 1200, object: 1, words: 2 })).toBe(
      'replies read: 1,200 as JSON, 1 by an object in the text, 2 by a number in words or digits',
    );
    expect(rungWords({ json: 0, object: 0, words: 0 })).toBeUndefined();
  });
});

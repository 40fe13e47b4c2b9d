import { describe, expect, it } from 'vitest';
import { codesAmong, levelCodes } from './codes.ts';

describe('codes for a missing answer', () => {
  it.each<[readonly (number | string)[], readonly string[]]>([
    [[1, 2, 3, 4, 5, 99], ['99']],
    [
      [-9, 1, 2, 3, 4, 5, 98, 99],
      ['-9', '98', '99'],
    ],
    [[1, 2, 9], ['9']],
    [
      [0, 1, 2, 3, 8, 9],
      ['8', '9'],
    ],
    [['no', 'yes', '-99'], ['-99']],
    [['a', 'b', '999', "Don't know"], ['999']],
    [[-1, 0, 1, 2], ['-1']],
    // A scale that goes below nought, one to ten, and amounts are none.
    [[-2, -1, 0, 1, 2], []],
    [[-1, 0, 1], []],
    [[5, 6, 7, 8, 9], []],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], []],
    [[10, 30, 50, 99], []],
    [['10 km', '7'], []],
  ])('are seen among levels: %j', (levels, codes) => {
    expect(levelCodes(levels.map(String))).toEqual(codes);
  });

  it('are seen among amounts that are far from them', () => {
    expect(codesAmong([-99, 18, 30, 90, 999])).toEqual([-99, 999]);
    expect(codesAmong([-99, -50, 18])).toEqual([]);
    expect(codesAmong([600, 700, 999])).toEqual([]);
  });
});

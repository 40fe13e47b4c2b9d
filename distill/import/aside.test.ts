import { describe, expect, it } from 'vitest';
import { asideOf } from './aside.ts';
import { Profile } from './profile.ts';

function profileOf(name: string, cells: readonly (string | number)[]): Profile {
  const profile = new Profile(name);
  cells.forEach((cell, i) => void profile.add(String(cell), `line ${i + 2}`, i / cells.length));
  return profile;
}
const label = profileOf('granted', [0, 1, 1, 0]);
const aside = (name: string, cells: readonly (string | number)[], of = label, tool = false) =>
  asideOf(profileOf(name, cells), [of], tool)?.why;

describe('a column beside the label', () => {
  it.each<[string, readonly (string | number)[], string | undefined]>([
    ['wgt', [0.5, 1.25, 900], 'looks like the weights of rows'],
    ['survey_weight', ['0,5', '1,25', '2'], 'looks like the weights of rows'],
    ['weight', [0.5, 1.25, 1.1], 'looks like the weights of rows'],
    ['weight', [61.5, 80, 72], undefined],
    ['birth_weight', [3.2, 2.9, 3.5], undefined],
    ['weight', ['light', 'heavy', 'heavy'], undefined],
    ['gpt4_prob', [0.119, 0.5, 0.9], 'looks like another answer to the same question'],
    ['p_model', [0, 0.5, 1], 'looks like another answer to the same question'],
    ['llm', [0, 1, 1], 'looks like another answer to the same question'],
    ['student', [0, 1, 1], undefined],
    ['car model', ['Golf', 'Polo', 'Up'], undefined],
    ['model year', [2001, 2010, 2012], undefined],
    ['pressure', [0.1, 0.5, 0.9], undefined],
    ['Progress', [10, 100, 90], undefined],
  ])('%s with %j is %s', (name, cells, why) => {
    expect(aside(name, cells)).toBe(why);
  });

  it('that names actions as the label does is another answer if it is named after a model', () => {
    const mode = profileOf('mode', ['bus', 'car', 'bus']);
    expect(aside('claude_mode', ['bus', 'bus', 'car'], mode)).toBe('looks like another answer to the same question');
    expect(aside('usual', ['bus', 'bus', 'car'], mode)).toBeUndefined();
  });

  it('is left out if a survey tool recorded it', () => {
    expect(aside('Progress', [10, 100, 90], label, true)).toBe('recorded by the survey tool');
  });
});

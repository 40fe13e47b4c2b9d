import { describe, expect, it } from 'vitest';
import { immediateTeacher } from '../policies/immediate.ts';
import type { AskOptions, Teacher } from '../policies/policy.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { Inquiry } from './inquiry.ts';

/** Does not answer state 2, says a hundredth of the mask to the others, and remembers how it was asked. */
function hundredths(more: Partial<Teacher> = {}) {
  const asked: { mask: number; elicit: AskOptions['elicit'] }[] = [];
  const teacher = immediateTeacher(iceCream, {
    id: 'hundredths',
    answer: (batch, i, { elicit }) => {
      const mask = batch.masks[i]!;
      asked.push({ mask, elicit });
      return mask === 2
        ? { outcome: 'refused', reason: 'will not say' }
        : { outcome: 'ok', probabilities: [1 - mask / 100, mask / 100] };
    },
  });
  return { inquiry: new Inquiry({ scenario: iceCream, teacher: { ...teacher, ...more }, name: 'h', seed: 7 }), asked };
}

describe('Inquiry', () => {
  it('asks about each state once, and gives its row as often as it is wanted', async () => {
    const { inquiry, asked } = hundredths();
    const first = await inquiry.about([1, 4, 1]);
    expect(first.map(({ mask, probabilities }) => [mask, probabilities[1]])).toEqual([
      [1, 0.01],
      [4, 0.04],
      [1, 0.01],
    ]);
    expect(first[1]!.row).toMatchObject({
      probability_LLM: 0.04,
      teacher: 'hundredths',
      elicitation: 'expected',
      seed: 7,
    });
    await inquiry.about([4, 8]);
    expect(asked.map(({ mask }) => mask)).toEqual([1, 4, 8]);
    expect(inquiry.asked).toBe(3);
  });

  it('leaves out what the teacher does not answer, after a second try, and does not try again', async () => {
    const { inquiry, asked } = hundredths();
    expect((await inquiry.about([2, 1])).map(({ mask }) => mask)).toEqual([1]);
    expect(await inquiry.about([2])).toEqual([]);
    expect(asked.filter(({ mask }) => mask === 2)).toHaveLength(2);
  });

  it('asks a teacher in the way in which it decides', async () => {
    const { inquiry, asked } = hundredths({ decidesBy: 'greedy' });
    const [label] = await inquiry.about([1]);
    expect(asked).toEqual([{ mask: 1, elicit: 'greedy' }]);
    expect(label!.row.elicitation).toBe('greedy');
  });
});

import { describe, expect, it } from 'vitest';
import { defineVocabulary } from '../../env/vocabulary.ts';
import { immediateTeacher } from '../../policies/immediate.ts';
import { openOracle } from '../../policies/known/oracle.ts';
import type { Answer, AskOptions, Teacher } from '../../policies/policy.ts';
import type { Replies } from './asking.ts';
import { checkByNames } from './name-check.ts';
import { requireCheckable, requireConsistent } from './options.ts';
import type { Question } from './plan.ts';

const commute = defineVocabulary({
  id: 'commute',
  actions: ['walk', 'bus', 'car'],
  traits: { phrases: ['fit', 'old', 'rich'] },
  contexts: { phrases: ['rain', 'frost'] },
  knownRule: { probabilities: () => ({ bus: 0.5 }) },
});
const ok = (probabilities: readonly number[], mass = 1): Answer => ({
  ...{ outcome: 'ok', probabilities },
  choice: { letters: [probabilities.map((p) => mass * p)], mass, bias: 0 },
});
const low: Answer = {
  ...{ outcome: 'unparsable', reason: 'little' },
  choice: { letters: [[0.1, 0.1, 0]], mass: 0.2, bias: 0 },
};
const questions = [1, 2, 3, 4, 5, 6].map(
  (mask): Question => ({ mask, showings: [undefined], explain: false, part: 'train' }),
);
/** Letters say .6, .3, .1 of every state but the last, of which they say nothing. */
const replies = questions.map((_, i): Replies => ({ answers: [i === 5 ? low : ok([0.6, 0.3, 0.1])] }));

/** Names say the same of odd states, and prefer the bus in even ones; of state 3 they have too little. */
function naming() {
  const asked: { mask: number; options: AskOptions }[] = [];
  const teacher: Teacher = {
    ...immediateTeacher(commute, {
      id: 'naming',
      answer: (batch, i, options) => {
        const mask = batch.masks[i]!;
        asked.push({ mask, options });
        return mask === 3 ? low : ok(mask % 2 ? [0.6, 0.3, 0.1] : [0.3, 0.6, 0.1], 0.9);
      },
    }),
    readsNames: true,
  };
  return { teacher, asked };
}

describe('a check by whole names', () => {
  const options = { name: 'naming', width: commute.phrases.length };

  it('asks some questions again and says how far both answers lie apart, by hand', async () => {
    const { teacher, asked } = naming();
    const { check, answers } = await checkByNames(teacher, questions, replies, { ...options, count: 9, rotations: 3 });
    expect(asked.map(({ mask }) => mask)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const { options } of asked) expect(options).toMatchObject({ elicit: 'choice', names: true, rotations: 3 });
    expect(answers).toHaveLength(6);
    // States 1, 2, 4 and 5 have both answers; in 2 and 4 they lie .3 apart and prefer another action.
    expect(check).toEqual({
      questions: 6,
      compared: 4,
      variation: expect.closeTo(0.15, 12),
      agreement: 0.5,
      mass: { median: 0.9, least: 0.2, low: 1 },
    });
  });

  it('spreads fewer questions over all', async () => {
    const { teacher, asked } = naming();
    const { check } = await checkByNames(teacher, questions, replies, { ...options, count: 2 });
    expect(asked.map(({ mask }) => mask)).toEqual([1, 4]);
    expect(check).toMatchObject({ questions: 2, compared: 2 });
  });

  it('has nothing to say where nothing can be compared', async () => {
    const { teacher } = naming();
    const { check } = await checkByNames(teacher, questions.slice(2, 3), replies.slice(2, 3), { ...options, count: 1 });
    expect(check).toMatchObject({ questions: 1, compared: 0, variation: null, agreement: null });
  });

  it('is of letters, and refused for a teacher without names, before anything is asked', () => {
    const given = { order: 'canonical', checkNames: 5, workspace: '.', seed: 1 } as const;
    const { teacher } = naming();
    expect(() => requireConsistent({ ...given, elicit: 'greedy' })).toThrow('and elicit is greedy');
    expect(() => requireConsistent({ ...given, checkNames: 0 })).toThrow('asks 1 question or more again, got 0');
    expect(() => requireCheckable(given, teacher, 'naming', 'greedy')).toThrow('naming is asked by greedy');
    expect(() => requireCheckable(given, openOracle(commute), 'oracle', 'choice')).toThrow(
      'oracle cannot check a choice by whole names: only a model file (gguf:PATH) shows how likely each token of a name is; leave out the check',
    );
    requireCheckable(given, teacher, 'naming', 'choice');
  });
});

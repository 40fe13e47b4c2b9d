import { describe, expect, it } from 'vitest';
import { observations } from './observation.ts';
import { choicePromptOf, promptOf } from './prompt.ts';
import { inOrder, layoutOf, type PromptLayout } from './prompt-layout.ts';
import { allWordings, nameOfWording, someWordings, wordingFacets, wordingLevels } from './sampling/wordings.ts';
import { defineVocabulary } from './vocabulary.ts';

const scenario = defineVocabulary({
  id: 'letters',
  actions: ['keep', 'send', 'burn'],
  traits: { phrases: ['old', 'shy', 'rich'] },
  contexts: { phrases: ['rain', 'night'] },
  prompt: {
    paraphrases: ['Someone: {traits}. Now: {contexts}. What next?', 'Picture {traits} people in {contexts}.'],
    none: { traits: 'anybody', contexts: 'nothing' },
    question: 'Reply.',
  },
});
const batch = observations(scenario, [0b11101]);
const asked = (layout: Partial<PromptLayout>, paraphrase = 0) => promptOf(scenario, batch, 0, paraphrase, layout);

describe('the layout of a prompt', () => {
  it('is the plain prompt by default, to the byte', () => {
    expect(asked({})).toBe('Someone: old, rich. Now: rain, night. What next? Reply.');
    expect(asked({})).toBe(promptOf(scenario, batch, 0));
  });

  it.each<[Partial<PromptLayout>, string]>([
    [{ slots: 'moved' }, 'Reply. Someone: old, rich. Now: rain, night. What next?'],
    [{ slots: 'swapped' }, 'Now: rain, night. Someone: old, rich. What next? Reply.'],
    [{ order: 'reversed', list: 'semicolons' }, 'Someone: rich; old. Now: night; rain. What next? Reply.'],
    [{ list: 'and', punctuation: 'quoted' }, 'Someone: "old" and "rich". Now: "rain" and "night". What next? Reply.'],
    [{ list: 'lines' }, 'Someone:\n- old\n- rich\nNow:\n- rain\n- night\nWhat next? Reply.'],
    [{ punctuation: 'broken' }, 'Someone: old, rich.\nNow: rain, night.\nWhat next?\nReply.'],
  ])('%j', (layout, prompt) => {
    expect(asked(layout)).toBe(prompt);
  });

  it('keeps the words for an empty list, and a paraphrase whose places share a sentence', () => {
    expect(promptOf(scenario, observations(scenario, [0]), 0, 0, { list: 'lines', punctuation: 'quoted' })).toBe(
      'Someone: anybody. Now: nothing. What next? Reply.',
    );
    expect(asked({ slots: 'swapped' }, 1)).toBe(asked({}, 1));
  });

  it('of a choice puts the question after the options', () => {
    const of = { shift: 0, request: 'Say the letter.', layout: { slots: 'moved' as const } };
    expect(choicePromptOf(scenario, batch, 0, of)).toBe(
      'Someone: old, rich. Now: rain, night. What next?\nA) keep\nB) send\nC) burn\nWhich of the options below does this person choose? Say the letter.',
    );
  });

  it('shuffles all phrases by one permutation, traits before contexts', () => {
    const whole = inOrder(scenario, [0, 1, 2, 3, 4], 'shuffle-3');
    const part = inOrder(scenario, [0, 2, 3, 4], 'shuffle-3');
    expect(part).toEqual(whole.filter((phrase) => phrase !== 1));
    expect([...whole].slice(0, 3).sort()).toEqual([0, 1, 2]);
  });

  it('refuses a part that there is not, naming those that there are', () => {
    expect(() => layoutOf({ list: 'tabs' as never })).toThrow('unknown list of a prompt: tabs (known: commas, and, semicolons, lines)'); // biome-ignore format: one line
    expect(() => layoutOf({ order: 'random' })).toThrow(
      'unknown order of phrases: random (known: declared, reversed, shuffle-1',
    );
  });
});

describe('wordings', () => {
  it('are 24 and more without a word written for them, each reading differently, the standard one first', () => {
    const plain = defineVocabulary({ id: 'plain', actions: ['no', 'yes'], traits: { phrases: ['a', 'b', 'c'] } });
    const all = allWordings(plain, wordingLevels(plain));
    expect(all.length).toBeGreaterThanOrEqual(24);
    expect(nameOfWording(all[0]!)).toBe('paraphrase 0');
    const full = observations(plain, [0b111]);
    const texts = all.map(({ paraphrase, ...layout }) => promptOf(plain, full, 0, paraphrase, layout));
    expect(new Set(texts).size).toBe(all.length);
  });

  it('that are some of all have their levels about equally often', () => {
    const all = allWordings(scenario, wordingLevels(scenario));
    const some = someWordings(all, 24, 5);
    expect(some[0]).toEqual(all[0]);
    expect(new Set(some.map(nameOfWording)).size).toBe(24);
    for (const facet of wordingFacets) {
      const counts = [...new Set(all.map((one) => one[facet]))].map(
        (level) => some.filter((one) => one[facet] === level).length,
      );
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    }
  });

  it('keep to levels that are named', () => {
    const all = allWordings(scenario, wordingLevels(scenario, { list: ['lines'], order: ['shuffle-7', 'declared'] }));
    expect(new Set(all.map(({ list }) => list))).toEqual(new Set(['lines']));
    expect(() => wordingLevels(scenario, { paraphrase: ['2'] })).toThrow('letters has no paraphrase "2" of its prompt (known: 0, 1)'); // biome-ignore format: one line
  });
});

import { describe, expect, it } from 'vitest';
import { meanCosineSimilarity } from '../../stats/repetitions.ts';
import { embeddingSpace, lexicalSpace, similarity, termFrequencies, wordSpace } from './similarity.ts';

it('counts words, letter case and punctuation apart', () => {
  expect(termFrequencies(['Hot, hot day!', 'a cold day'])).toEqual([
    [2, 1, 0, 0],
    [0, 1, 1, 1],
  ]);
  expect(termFrequencies(['It’s 30 °C', ''])).toEqual([
    [1, 1, 1, 1],
    [0, 0, 0, 0],
  ]);
  expect(termFrequencies([])).toEqual([]);
});

it('the same words in another order are alike, different words are not', () => {
  expect(meanCosineSimilarity(termFrequencies(['they like sweets', 'sweets they like']))).toBeCloseTo(1, 12);
  expect(meanCosineSimilarity(termFrequencies(['they like sweets', 'summer heat']))).toBe(0);
});

describe('the space that explanations are compared in', () => {
  const hot = ['It is a hot summer day and they like sweets.', 'Heat makes somebody with a sweet tooth want sugar.'];
  const poor = ['The price is too high for somebody with little money.', 'It costs too much for a person who is poor.'];

  it('is that of word vectors for English: a paraphrase without a common word is alike', () => {
    const space = wordSpace([...hot, ...poor]);
    expect(space.method).toMatch(/^word vectors: .*neither word order nor negation/);
    const found = similarity([hot, poor], space);
    expect(found).toMatchObject({ prompts: 2, coverage: 1, method: space.method });
    expect(found.value).toBeGreaterThan(found.between! + 0.2);
    const counted = similarity([hot, poor], lexicalSpace);
    expect(counted.value).toBeLessThan(0.3);
    expect(counted).not.toHaveProperty('coverage');
  });

  it('tells the share of the words that have a vector', () => {
    // 7 of 8: no dictionary has "zzyzx".
    expect(similarity([['they like zzyzx', 'they like very cold ice']], wordSpace(hot)).coverage).toBe(7 / 8);
  });

  it('is that of counted words for another language, with the reason, whatever the order of the texts', () => {
    const german = ['Weil es heiß ist, kaufen sie ein Eis.', 'Es ist heiß, weil Sommer ist.'];
    for (const texts of [german, [...german].reverse(), [...german, 'They buy.']]) {
      const space = wordSpace(texts);
      expect(space.method).toMatch(/^lexical: .*English and know \d+ % of these words .*--embedder/);
      expect(similarity([german], space).value).toBe(similarity([german], lexicalSpace).value);
      expect(similarity([german], space).coverage).toBeLessThan(0.5);
    }
    expect(wordSpace([...german, ...hot, ...poor]).method).toMatch(/^word vectors/);
  });

  it('is that of counted words for numbers alone, of which word vectors know nothing', () => {
    const space = wordSpace(['30 °C', '5']);
    expect(space.method).toMatch(/^lexical: .*know 0 % of these words/);
    expect(similarity([['30 °C', '30 °C']], space)).not.toHaveProperty('coverage');
  });

  it('compares nothing where nothing was explained', () => {
    expect(similarity([[], []], wordSpace([]))).toEqual({
      value: null,
      between: null,
      method: expect.stringMatching(/^word vectors/),
      prompts: 0,
      reason: 'no prompt has two explanations',
    });
  });

  it('says of an embedding model why its similarities may mean little', async () => {
    const embedder = {
      id: 'chat-0123456789ab',
      dimensions: 1,
      caveat: 'the file has no llama.pooling_type',
      embed: async (texts: readonly string[]) => texts.map(() => [1]),
      [Symbol.asyncDispose]: async () => undefined,
    };
    expect((await embeddingSpace(embedder, hot, {})).method).toBe(
      'embedding: chat-0123456789ab; the file has no llama.pooling_type',
    );
  });
});

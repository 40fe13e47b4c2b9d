import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { meanCosineSimilarity } from '../../stats/repetitions.ts';
import { bundledWordVectors, packWordVectors, unpackWordVectors } from './word-table.ts';
import { WordEmbedder } from './words.ts';

const embedder = new WordEmbedder();
const likeness = (a: string, b: string) => meanCosineSimilarity([embedder.embed(a).vector, embedder.embed(b).vector]);

/** A sentence, the same in other words, and what speaks against it. */
const triples = [
  [
    'It is a hot summer day and they like sweets.',
    'The heat of July makes somebody with a sweet tooth want sugar.',
    'On a freezing winter evening nobody who hates desserts goes out.',
  ],
  [
    'The person is on a diet and watches their weight.',
    'Someone who wants to lose weight eats fewer calories.',
    'He enjoys big meals and never thinks of health.',
  ],
  [
    'It is raining, so they take the bus.',
    'Because of the wet weather they ride public transport.',
    'The sun shines, and a bicycle is more fun.',
  ],
  [
    'The price is too high for somebody with little money.',
    'It costs too much for a person who is poor.',
    'A rich customer finds it cheap and pays gladly.',
  ],
  [
    'She trusts the government and supports the reform.',
    'She has confidence in the authorities and backs the new law.',
    'Angry protesters suspect corruption and fight every change.',
  ],
  [
    'He fears the side effects of the vaccine.',
    'Worries about adverse reactions to the shot keep him away.',
    'A healthy volunteer gladly accepts protection from disease.',
  ],
  [
    'The borrower has a stable income and will repay the loan.',
    'With a secure job the applicant can pay the credit back.',
    'An unemployed gambler in trouble fails and goes bankrupt.',
  ],
  [
    'After a long workout they are thirsty and want something cold.',
    'Having exercised hard, they would drink something cool.',
    'Lying lazily in bed all morning, warm soup sounds better.',
  ],
  [
    'The way is short, so walking is fine.',
    'It is only a brief distance and they can go on foot.',
    'Many miles lie between the cities, and a car is needed.',
  ],
  [
    'Young people prefer living in the city.',
    'Teenagers and students would rather live in town.',
    'Elderly couples choose a quiet house in the country.',
  ],
  [
    'He votes conservative because he wants lower taxes.',
    'Since he hopes for tax cuts, he supports the right.',
    'A socialist worker elects the left for equality and welfare.',
  ],
  [
    'They are hungry and there is a restaurant nearby.',
    'They have not eaten, and food is close.',
    'Full after lunch, they are far away from any shop.',
  ],
] as const;

describe('word vectors of explanations', () => {
  const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('put a paraphrase nearest, what is about something else farthest, and a contradiction between them', () => {
    const others = (i: number) => triples.filter((_, j) => j !== i).map(([, paraphrase]) => paraphrase);
    const paraphrases = triples.map(([sentence, paraphrase]) => likeness(sentence, paraphrase));
    const contradictions = triples.map(([sentence, , contradiction]) => likeness(sentence, contradiction));
    const unrelated = triples.map(([sentence], i) => others(i).map((other) => likeness(sentence, other)));
    expect(average(paraphrases)).toBeGreaterThan(average(contradictions) + 0.15);
    expect(average(contradictions)).toBeGreaterThan(average(unrelated.flat()) + 0.15);
    const nearest = paraphrases.filter((paraphrase, i) => unrelated[i]!.every((other) => other < paraphrase));
    expect(nearest.length).toBeGreaterThanOrEqual(11);
  });

  it('do not see a negation, nor which of two opposites is said', () => {
    expect(likeness('They are likely to buy.', 'They are not likely to buy.')).toBeGreaterThan(0.98);
    expect(likeness('They like sweets.', 'They dislike sweets.')).toBeGreaterThan(0.75);
  });

  it('depend on the words of the text alone, in any order and case', () => {
    const { vector } = embedder.embed('It is hot today.');
    expect(embedder.embed('TODAY hot, is it?').vector.map((x) => x.toFixed(9))).toEqual(
      vector.map((x) => x.toFixed(9)),
    );
  });

  it('say how many words they know, and take an inflection for its stem', () => {
    expect(embedder.embed('They like sweets')).toMatchObject({ words: 3, known: 3 });
    expect(embedder.embed('abstracter').vector).toEqual(new Array(100).fill(0));
    expect(embedder.embed('scarves').vector).not.toEqual(new Array(100).fill(0));
    expect(embedder.embed('truckings').vector).toEqual(embedder.embed('trucking').vector);
    expect(embedder.embed('')).toEqual({ vector: new Array(100).fill(0), words: 0, known: 0 });
    expect(embedder.embed('30 %, 5 °C 🍦')).toMatchObject({ words: 0, known: 0 });
  });

  it('read a contraction as its words, an accent as its letter, and no pieces of either', () => {
    const same = (a: string, b: string) => expect(embedder.embed(a)).toEqual(embedder.embed(b));
    same('They don’t buy; it isn’t hot.', 'They do not buy; it is not hot.');
    same("She can't, won't and shan't", 'She can not will not and shall not');
    same('It’s hot, they’re thirsty, and they’ve money.', 'It hot, they thirsty, and they money.');
    same('naïve cafe\u0301s', 'naive cafes');
    same('A bus, and I pay.', 'bus and pay');
  });

  it('know every word of the scenario that ships', () => {
    for (const phrase of iceCream.phrases) {
      const { words, known } = embedder.embed(phrase);
      expect(known, phrase).toBe(words);
    }
  });

  it.each([
    ['Lactose intolerance makes ice cream unappealing, and they are health-conscious.', 1],
    ['Impulsive spenders rarely resist a craving on a sweltering afternoon.', 0.8],
    ["She's gluten-free, vegan, and dislikes the overpriced, calorie-laden treats of street vendors.", 1],
    ['The elderly widower distrusts pharmaceutical companies, so he postpones the booster.', 0.9],
    ['THEY ARE THRIFTY AND JUST ATE LUNCH', 1],
  ])('know the words of an English explanation: %s', (text, share) => {
    const { words, known } = embedder.embed(text);
    expect(known / words).toBeGreaterThanOrEqual(share);
  });

  // Some words of theirs are English ones by chance: "die", "hat", "on", "es".
  it.each([
    'Weil es heiß ist und sie Süßes mögen, kaufen sie wahrscheinlich ein Eis.',
    'Er war in der Stadt und man sah ihn in dem Laden.',
    'La personne est au régime et surveille son poids.',
    'El precio es demasiado alto para alguien con poco dinero.',
    'De persoon is op dieet en let op zijn gewicht.',
    'La persona è a dieta e sta attenta al peso.',
    'Det är varmt och de gillar sötsaker, så de köper troligen glass.',
    'Karena cuaca panas, mereka mungkin membeli es krim.',
    'Потому что жарко, они купят мороженое.',
    '暑いのでアイスを買う',
  ])('know fewer than half of the words of another language: %s', (text) => {
    const { words, known } = embedder.embed(text);
    expect(known / words).toBeLessThan(0.5);
  });

  it('weigh a rare word more than a frequent one', () => {
    expect(likeness('the of and to ice', 'ice')).toBeGreaterThan(likeness('the of and to ice', 'the of and to'));
  });
});

describe('a table of word vectors', () => {
  const table = {
    words: ['hot', 'cold'],
    dimensions: 3,
    vectors: [
      [1, -2, 0.5],
      [0.25, 0, -0.125],
    ],
  };

  it('is unpacked to within half a step of its largest component', () => {
    const { words, dimensions, vectors } = unpackWordVectors(packWordVectors(table));
    expect([words, dimensions]).toEqual([table.words, 3]);
    vectors.forEach((vector, word) => {
      const step = Math.max(...table.vectors[word]!.map(Math.abs)) / 127;
      table.vectors[word]!.forEach((x, i) => expect(Math.abs(vector[i]! - x)).toBeLessThanOrEqual(step / 2 + 1e-7));
    });
  });

  it('that is cut off is refused', () => {
    const bytes = packWordVectors(table);
    for (const end of [0, 7, 12, 20, bytes.length - 5])
      expect(() => unpackWordVectors(bytes.subarray(0, end))).toThrow(RangeError);
  });

  it('of the package has 33,094 different words, the most frequent first', () => {
    const { words, dimensions } = bundledWordVectors();
    expect([words.length, new Set(words).size, dimensions]).toEqual([33_094, 33_094, 100]);
    expect(words.slice(0, 3)).toEqual(['the', 'of', 'to']);
    expect(words.at(-1)).toBe('chafe');
  });

  it('of the package has the cosines of the full-precision vectors, to within .005 for each of 1,275 pairs', () => {
    const full: Record<string, number[]> = JSON.parse(
      readFileSync(new URL('./full-precision.fixture.json', import.meta.url), 'utf8'),
    );
    const { words, vectors } = bundledWordVectors();
    const packed = Object.keys(full).map((word) => vectors[words.indexOf(word)]!);
    const exact = Object.values(full);
    let pairs = 0;
    exact.forEach((a, i) => {
      for (let j = 0; j < i; j++, pairs++) {
        const difference = meanCosineSimilarity([packed[i]!, packed[j]!]) - meanCosineSimilarity([a, exact[j]!]);
        expect(Math.abs(difference)).toBeLessThan(0.005);
      }
    });
    expect(pairs).toBe(1275);
  });
});

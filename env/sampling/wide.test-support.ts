import { defineVocabulary } from '../vocabulary.ts';

/** Six groups of five and eight free traits: 4 million trait sets, with 30 contexts of which two pairs conflict. */
export const survey = defineVocabulary({
  id: 'survey',
  actions: ['no', 'yes'],
  traits: {
    groups: Object.fromEntries(
      Array.from({ length: 6 }, (_, g) => [`g${g}`, Array.from({ length: 5 }, (_, level) => `g${g}=${level}`)]),
    ),
    phrases: Array.from({ length: 8 }, (_, i) => `t${i}`),
  },
  contexts: {
    groups: { season: ['spring', 'summer', 'autumn', 'winter'] },
    phrases: Array.from({ length: 26 }, (_, i) => `c${i}`),
    conflicts: [
      ['c0', 'c1'],
      ['summer', 'c2'],
    ],
  },
});

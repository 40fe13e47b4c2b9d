import type { OracleRule, OracleWording } from '../../env/known-rule.ts';

/**
 * The rule of the ice-cream oracle over the vocabulary of `ice-cream-v1`. The effects are common sense, not measurements of people.
 */
export const iceCreamRule: OracleRule = {
  traitCount: 7,
  intercept: -0.3,
  scale: 0.55,
  main: [
    1.4, // likes sweets
    -1.7, // dislikes sweets
    -0.9, // health-conscious
    -1.9, // lactose intolerant
    -0.6, // cheap
    0.6, // spender
    1.0, // impulsive buyer
    0.7, // hungry
    -1.4, // on a diet
    1.1, // ice cream truck nearby
    1.6, // hot summer day
    -1.4, // cold winter day
    0.8, // ice cream is cheap today (discount)
    0.4, // after a long workout
    -0.5, // after lunch
    0.3, // after work
  ],
  pairs: [
    { phrases: [4, 12], effect: 1.0 }, // a discount wins over those who are cheap
    { phrases: [6, 9], effect: 0.7 }, // a truck in sight tempts the impulsive
    { phrases: [0, 10], effect: 0.5 }, // heat makes a sweet tooth think of ice cream
    { phrases: [2, 8], effect: -0.4 }, // a diet is kept by those who watch their health
    { phrases: [10, 13], effect: 0.6 }, // cooling down
    { phrases: [2, 13], effect: -0.5 }, // nobody health-conscious undoes a workout
    { phrases: [3, 9], effect: -0.5 }, // a truck has nothing free of lactose
    { phrases: [1, 12], effect: -0.4 }, // a low price is nothing to those who do not want it
    { phrases: [6, 8], effect: 0.5 }, // the impulsive give in
    { phrases: [7, 9], effect: 0.4 }, // food at hand
  ],
  triples: [{ phrases: [0, 9, 10], effect: 0.9 }], // a hot day, a truck and a sweet tooth
  primacy: 0.2,
  paraphraseShifts: [0, 0.15, -0.15],
  noise: { sd: 0.22, heaping: 0.75, grid: 0.05 },
};

/** How the ice-cream oracle words its explanations: clauses that follow "because", none of which contains another. */
export const iceCreamWording: OracleWording = {
  clauses: [
    ['they like sweets', 'they have a sweet tooth'],
    ['they dislike sweets', 'sweet things are not for them'],
    ['they are health-conscious', 'they watch their health'],
    ['they are lactose intolerant', 'they cannot digest lactose'],
    ['they are cheap', 'they count every cent'],
    ['they are a spender', 'they spend freely'],
    ['they are an impulsive buyer', 'they buy on impulse'],
    ['they are hungry', 'they need something to eat'],
    ['they are on a diet', 'they stick to a diet'],
    ['an ice cream truck is nearby', 'the truck is just around the corner'],
    ['it is a hot summer day', 'the summer heat is on'],
    ['it is a cold winter day', 'the winter cold is on'],
    ['ice cream is cheap today', 'there is a discount today'],
    ['they had a long workout', 'they come from a workout'],
    ['they just had lunch', 'lunch is just over'],
    ['they just finished work', 'work is just over'],
  ],
  likelihoods: [
    { below: 0.15, words: 'very unlikely' },
    { below: 0.4, words: 'unlikely' },
    { below: 0.5, words: 'rather unlikely' },
    { below: 0.6, words: 'rather likely' },
    { below: 0.85, words: 'likely' },
    { below: Number.POSITIVE_INFINITY, words: 'very likely' },
  ],
  supporting: [
    '{likelihood}, because {clause}.',
    '{clause}, so a purchase is {likelihood}.',
    'it is {likelihood}, mainly as {clause}.',
  ],
  opposing: [
    '{likelihood}, although {clause}.',
    '{clause}, but a purchase is {likelihood}.',
    'it is {likelihood}, even though {clause}.',
  ],
  empty: [
    '{likelihood}, as nothing is known.',
    'nothing is known, so a purchase is {likelihood}.',
    'it is {likelihood}, without any details.',
  ],
};

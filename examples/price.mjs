import { defineScenario, mix } from 'understudy';

// What an ice cream should cost: a small world with one parameter, and a truth that is known, to try sweeps on.
//   understudy sweep --scenario examples/price.mjs --set price=0.5..6 --policy oracle --policy policy:habit \
//     --agents 500 --replications 20 --workspace price
//   understudy visualize --workspace price
export default ({ price = 2 } = {}) =>
  defineScenario({
    id: 'ice-cream-price-v1',
    actions: ['pass', 'buy'],
    parameters: { price: { value: price, min: 0, max: 8, step: 0.5 } },
    horizon: 14,
    ticksPerDay: 1,
    discount: 1,
    traits: {
      phrases: ['likes sweets', 'watches every penny'],
      shares: { 'likes sweets': 0.5, 'watches every penny': 0.4 },
    },
    contexts: {
      'a hot day': ({ sky }) => sky === 'hot',
      'had one yesterday': ({ had }) => had === 'yes',
    },
    world: {
      sky: {
        levels: ['mild', 'hot'],
        start: { mild: 0.6, hot: 0.4 },
        next: ({ sky }) =>
          mix(
            0.7,
            sky,
            ['mild', 'hot'].find((other) => other !== sky),
          ),
      },
    },
    agent: {
      had: { levels: ['no', 'yes'], start: 'no', next: ({ action }) => (action === 'buy' ? 'yes' : 'no') },
    },
    reward: ({ action, traits }) => (action === 'buy' ? (traits['likes sweets'] ? 4 : 3) - price : 0),
    measures: {
      sold: ({ action }) => (action === 'buy' ? 1 : 0),
      revenue: ({ action }) => (action === 'buy' ? price : 0),
    },
    prompt: {
      paraphrases: [`An ice cream costs ${price} euros. A person: {traits}. Today: {contexts}.`],
      none: { traits: 'nothing is known about them', contexts: 'a day like any other' },
      question:
        'Reply with JSON: {"buy": the probability from 0.00 to 1.00 that they buy one, "explanation": one sentence}.',
    },
    knownRule: {
      probabilities: ({ traits, contexts }) => {
        const wish =
          1.2 +
          (traits.includes('likes sweets') ? 1 : 0) +
          (contexts.includes('a hot day') ? 1 : 0) -
          (contexts.includes('had one yesterday') ? 0.8 : 0) -
          (traits.includes('watches every penny') ? 1.2 : 0.7) * price;
        return { buy: 1 / (1 + Math.exp(-wish)) };
      },
    },
    // Who never looks at the price.
    policies: { habit: ({ traits }) => ({ buy: traits.includes('likes sweets') ? 0.5 : 0.2 }) },
  });

import { describe, expect, it } from 'vitest';
import { observations } from '../env/observation.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../scenarios/open.ts';
import { policyOf } from './policy-of.ts';

const heat = () =>
  policyOf(iceCream, ({ traits, contexts }) => ({
    buy: (contexts.includes('hot summer day') ? 0.6 : 0.1) + (traits.includes('likes sweets') ? 0.3 : 0),
  }));

describePolicy('a rule', heat, { describe, it });

describe('a policy of a rule', () => {
  const hot = 1 << iceCream.phrases.indexOf('hot summer day');
  const decide = async (rule: Parameters<typeof policyOf>[1]) => [
    ...(await policyOf(iceCream, rule).decide(observations(iceCream, [1 | hot]))).probabilities,
  ];

  it('is shown traits and contexts, and gives what is left over to the first action', async () => {
    const { probabilities } = await heat().decide(observations(iceCream, [1 | hot, 1, hot]));
    expect([...probabilities].map((p) => Number(p.toFixed(9)))).toEqual([0.1, 0.9, 0.6, 0.4, 0.4, 0.6]);
  });

  it('takes a list in the order of the actions', async () => {
    expect(await decide(() => [0.25, 0.75])).toEqual([0.25, 0.75]);
  });

  it.each([
    [{ bye: 0.5 }, 'unknown action: bye (known: skip, buy)'],
    [{ buy: 1.5 }, 'are not probabilities of skip, buy that sum to 1'],
    [{ skip: 0.5, buy: 0.4 }, 'are not probabilities of skip, buy that sum to 1'],
    [[1], '[1] are not probabilities'],
    [[Number.NaN, Number.NaN], 'are not probabilities'],
    [undefined as never, 'expected probabilities of skip, buy, got undefined'],
  ])('refuses %j', async (given, message) => {
    await expect(decide(() => given)).rejects.toThrow(message);
  });
});

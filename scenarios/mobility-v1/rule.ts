import type { Rule } from '../../env/scenario.ts';

/**
 * A truth for the oracle: a multinomial logit (McFadden, "Conditional logit analysis of qualitative choice behavior",
 * 1974) whose utilities are sums over the phrases that hold. The numbers are made up and plausible, not estimated.
 */
export const mobilityRule: Rule = ({ traits, contexts }) => {
  const is = (phrase: string) => (traits.includes(phrase) || contexts.includes(phrase) ? 1 : 0);
  const bad = is('it is raining') + 1.5 * is('it is snowing');
  const village = is('lives in a village');
  const suburb = is('lives in a suburb');
  const utilities = {
    stay: 3 * is('at home after work') + 0.6 * is('tired') + 0.8 * is('it is snowing') - 3 * is('on the way home'),
    walk: 1.4 - 3.2 * village - 1.9 * suburb - 0.7 * bad - 0.6 * is('over 60') - 0.5 * is('tired'),
    cycle:
      0.4 +
      1.3 * is('owns a bicycle') -
      1.5 * village -
      0.2 * suburb -
      1.1 * bad -
      0.9 * is('over 60') +
      0.7 * is('cares about the climate') +
      2.5 * is('came by bicycle'),
    bus:
      0.5 +
      1.2 * is('has a bus pass') +
      0.4 * bad -
      1.3 * is('the buses are late today') -
      1.2 * is('the last morning bus was full') * is('leaving for work') +
      0.4 * is('cares about the climate') -
      0.6 * is('always in a hurry'),
    car:
      -1.2 +
      2.2 * is('owns a car') +
      0.9 * village +
      0.5 * suburb +
      0.5 * bad -
      0.8 * is('cares about the climate') +
      0.6 * is('always in a hurry') +
      3 * is('came by car'),
  };
  const weights = Object.entries(utilities).map(([action, utility]) => [action, Math.exp(utility)] as const);
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  return Object.fromEntries(weights.map(([action, weight]) => [action, weight / sum]));
};

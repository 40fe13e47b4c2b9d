import { describe, expect, it } from 'vitest';
import { mix, ONE } from './chance.ts';
import { defineScenario } from './define-scenario.ts';
import { exactPath } from './exact-path.ts';
import { pathGradient } from './path-gradient.ts';

/** Two traits, an action that is not always allowed, a state that remembers what was done, and a measure of what comes. */
const mine = defineScenario({
  id: 'mine',
  actions: ['rest', 'dig', 'leave'],
  horizon: 6,
  discount: 1,
  traits: { phrases: ['old', 'keen'], weight: (has) => (has.old ? 2 : 1) },
  contexts: {
    tired: ({ strength }) => strength === 0,
    below: ({ place }) => place === 'below',
    rain: ({ sky }) => sky === 'rain',
  },
  world: { sky: { levels: ['sun', 'rain'], start: 'sun', next: () => ({ sun: 0.5, rain: 0.5 }) } },
  agent: {
    place: {
      levels: ['above', 'below'],
      start: 'above',
      next: ({ place, action }, { sky }) =>
        action === 'leave' ? 'above' : action === 'dig' ? mix(sky === 'rain' ? 0.5 : 0.9, 'below', place) : place,
    },
    strength: {
      levels: [0, 1, 2],
      start: ({ traits }) => (traits.old ? 1 : 2),
      next: ({ strength, action }) =>
        action === 'dig' ? mix(0.6, strength === 2 ? 1 : 0, strength) : strength === 0 ? 1 : 2,
    },
  },
  allowed: { leave: ({ place }) => place === 'below' },
  reward: ({ action, strength }) => (action === 'dig' ? strength : 0),
  measures: { falls: ({ place }, next) => (place === 'above' && next.place === 'below' ? 1 : 0) },
});

const { sets, phrases } = mine;
const shares = (mask: number): number[] => {
  const held = sets.indices(mask);
  const raw = [2, 1 + held.length, held.includes(phrases.indexOf('tired')) ? 3 : 1];
  const sum = raw.reduce((a, b) => a + b);
  return raw.map((share) => share / sum);
};

describe('the gradient along a course of the world', () => {
  it('has the values of exact propagation, and each agent somewhere in every tick', async () => {
    const { outcomes, occupancy } = await pathGradient(mine, shares, { seed: 4, outcomes: ['reward', 'falls', 'dig'] });
    const { rewards, measures, actions } = await exactPath(mine, shares, { seed: 4 });
    const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
    expect(outcomes.reward!.value).toBeCloseTo(sum(rewards.map(({ mean }) => mean)), 12);
    expect(outcomes.falls!.value).toBeCloseTo(sum(measures.falls!.map(({ mean }) => mean)), 12);
    expect(outcomes.dig!.value).toBeCloseTo(sum(actions.map((by) => by[1]!)), 12);
    expect(sum([...occupancy.values()])).toBeCloseTo(mine.horizon, 12);
  });

  it('is how the value changes with each decision', async () => {
    const step = 1024;
    const { outcomes, weights } = await pathGradient(mine, shares, { seed: 4, outcomes: ['reward', 'falls'] });
    const moved = (mask: number, from: number, to: number, by: number) => async (): Promise<Record<string, number>> => {
      const shifted = (one: number) => {
        const own = Array.from(weights.get(one)!);
        if (one === mask) {
          own[from]! -= by;
          own[to]! += by;
        }
        return own.map((weight) => weight / ONE);
      };
      const { rewards, measures } = await exactPath(mine, shifted, { seed: 4 });
      const total = (list: readonly { readonly mean: number }[]) => list.reduce((sum, { mean }) => sum + mean, 0);
      return { reward: total(rewards), falls: total(measures.falls!) };
    };
    let largest = 0;
    for (const mask of weights.keys())
      for (const [from, to] of [
        [0, 1],
        [1, 2],
      ] as const) {
        const [less, more] = [await moved(mask, from, to, -step)(), await moved(mask, from, to, step)()];
        for (const name of ['reward', 'falls'] as const) {
          const slope = outcomes[name]!.slopes.get(mask)!;
          const measured = ((more[name]! - less[name]!) / (2 * step)) * ONE;
          expect(slope[to]! - slope[from]!).toBeCloseTo(measured, 3);
          largest = Math.max(largest, Math.abs(measured));
        }
      }
    expect(largest).toBeGreaterThan(0.1);
  });

  it('names the outcomes that there are', async () => {
    await expect(pathGradient(mine, shares, { outcomes: ['fall'] })).rejects.toThrow(/unknown outcome: "?fall/);
  });
});

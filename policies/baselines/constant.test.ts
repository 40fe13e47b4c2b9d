import { describe, expect, it } from 'vitest';
import { observations } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../scenarios/open.ts';
import { constant, parseConstant, uniform } from './constant.ts';

describePolicy('constant', () => constant(iceCream, 0.3), { describe, it });

const three = { ...iceCream, actions: ['wait', 'walk', 'run'] };

describe('constant', () => {
  it('gives the first action what the others leave', async () => {
    const { probabilities } = await constant(three, 0.25, 0.5).decide(observations(three, [0]));
    expect([...probabilities]).toEqual([0.25, 0.25, 0.5]);
  });

  it('is read from a name', async () => {
    const { probabilities } = await parseConstant(iceCream, '0.3').decide(observations(iceCream, [1, 2]));
    expect([...probabilities]).toEqual([0.7, 0.3, 0.7, 0.3]);
    expect(parseConstant(three, '0.2,0.3').id).toBe('constant:0.2,0.3');
  });

  it.each([
    ['often', 'constant:often names no probability; write constant:0.3 for a P of buy of 0.3'],
    ['', 'constant: names no probability; write constant:0.3 for a P of buy of 0.3'],
    ['1.5', 'a probability is a number from 0 to 1, got 1.5'],
    ['-0.1', 'a probability is a number from 0 to 1, got -0.1'],
    ['0.1,0.2', 'expected one probability (buy), got 2'],
  ])('refuses constant:%s', (text, message) => {
    expect(() => parseConstant(iceCream, text)).toThrow(message);
  });

  it('refuses probabilities that sum to more than 1', () => {
    expect(() => constant(three, 0.6, 0.6)).toThrow('probabilities of walk, run sum to 1.2, more than 1');
  });
});

describePolicy('uniform', () => uniform(iceCream), { describe, it });

it('uniform gives each of three actions a third', async () => {
  const three = { ...iceCream, actions: ['wait', 'walk', 'run'] };
  const { probabilities } = await uniform(three).decide(observations(three, [0]));
  for (const p of probabilities) expect(p).toBeCloseTo(1 / 3, 12);
});

import { describe, expect, it } from 'vitest';
import { observations } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../scenarios/open.ts';
import { uniform } from './uniform.ts';

describePolicy('uniform', () => uniform(iceCream), { describe, it });

it('uniform gives each of three actions a third', async () => {
  const three = { ...iceCream, actions: ['wait', 'walk', 'run'] };
  const { probabilities } = await uniform(three).decide(observations(three, [0]));
  for (const p of probabilities) expect(p).toBeCloseTo(1 / 3, 12);
});

import { expect, it } from 'vitest';
import { mix } from '../env/chance.ts';
import { defineScenario } from '../env/define-scenario.ts';
import { iceCream } from './ice-cream-v1/scenario.ts';
import { oddOf } from './odd.ts';
import { openScenario } from './open-scenario.ts';

interface Change {
  readonly rain?: number;
  readonly wet?: number;
  readonly seen?: 'sun' | 'rain';
  readonly pay?: number;
  readonly asks?: string;
  readonly share?: number;
}
const town = ({ rain = 0.25, wet = 0.5, seen = 'rain', pay = 2, asks = 'Ride?', share = 0.5 }: Change = {}) =>
  defineScenario({
    id: 'small',
    actions: ['walk', 'ride'],
    discount: 0.9,
    horizon: 10,
    traits: { phrases: ['tall'], shares: { tall: share } },
    contexts: { 'it rains': ({ sky }) => sky === seen },
    world: { sky: { levels: ['sun', 'rain'], start: 'sun', next: () => mix(rain, 'rain', 'sun') } },
    agent: {
      coat: {
        levels: ['dry', 'wet'],
        start: 'dry',
        next: ({ sky }) => (sky === 'rain' ? mix(wet, 'wet', 'dry') : 'dry'),
      },
    },
    reward: ({ action }) => (action === 'ride' ? pay : 0),
    prompt: { paraphrases: ['{traits}. {contexts}.'], none: { traits: 'nobody', contexts: 'nothing' }, question: asks },
  });

it('has the seven elements of the protocol, and every factor, context and action', () => {
  const text = oddOf(iceCream);
  const headings = [...text.matchAll(/^## (\d)\. (.+)$/gm)].map(([, number, name]) => `${number} ${name}`);
  expect(headings).toEqual([
    '1 Purpose and patterns',
    '2 Entities, state variables and scales',
    '3 Process overview and scheduling',
    '4 Design concepts',
    '5 Initialization',
    '6 Input data',
    '7 Submodels',
  ]);
  for (const name of [...iceCream.world, ...iceCream.agent].map((factor) => factor.name))
    expect(text).toContain(`**${name}** becomes`);
  for (const context of iceCream.contexts) expect(text).toContain(`**“${context}”** holds by`);
  expect(oddOf(iceCream)).toBe(text);
});

it.each<[string, Change]>([
  ['laws of the world', { rain: 0.3 }],
  ['laws of the agents', { wet: 0.6 }],
  ['times at which a context holds', { seen: 'sun' }],
  ['rewards', { pay: 3 }],
  ['questions', { asks: 'Does this person ride?' }],
  ['shares of traits', { share: 0.4 }],
])('is another text with other %s', (_, change) => {
  const body = (text: string) => text.split('\n').filter((line) => !/^Generated|^The whole declaration/.test(line));
  const [before, after] = [body(oddOf(town())), body(oddOf(town(change)))];
  expect(after).not.toEqual(before);
});

it('describes worlds with a crowd, parameters and vocabularies too', async () => {
  const mobility = oddOf(await openScenario('mobility-v1'));
  expect(mobility).toMatch(/\*\*Interaction\.\*\* Through \w+/);
  expect(mobility).toMatch(/further rows; all have the SHA-256 [0-9a-f]{64}/);
});

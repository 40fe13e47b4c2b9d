import { describe, expect, it } from 'vitest';
import { namedNetwork } from './named.ts';

describe('the name of a network', () => {
  it.each([
    ['ring:4', 40],
    ['small-world:4,0.1', 40],
    ['scale-free:3', 6 + 16 * 3],
  ])('says how many edges it has before it is drawn: %s', (name, edges) => {
    const network = namedNetwork(name);
    expect(network.name).toBe(name);
    expect(network.edges(20)).toBe(edges);
    expect(network.draw(20, 1).from).toHaveLength(edges);
  });

  it('is written in one way', () => {
    expect(namedNetwork('small-world:06,0.10').name).toBe('small-world:6,0.1');
  });

  it.each([
    ['lattice:4', 'network lattice:4: expected ring:K, small-world:K,P, scale-free:M'],
    ['ring', 'network ring: expected ring:K'],
    ['ring:', 'network ring:: expected ring:K'],
    ['ring:4,2', 'network ring:4,2: expected ring:K'],
    ['ring:-4', 'network ring:-4: expected ring:K'],
    ['ring:3', 'network ring:3: a node of a ring has an even number of neighbours, half of them on either side, got 3'],
    ['ring:0', 'network ring:0: a node of a ring has an even number of neighbours, half of them on either side, got 0'],
    ['small-world:4', 'network small-world:4: expected small-world:K,P'],
    ['small-world:4,1.5', 'network small-world:4,1.5: the share of rewired edges is from 0 to 1, got 1.5'],
    ['scale-free:0.5', 'network scale-free:0.5: a new node chooses a whole number of neighbours, 1 or more, got 0.5'],
  ])('is refused with the reason: %s', (name, message) => {
    expect(() => namedNetwork(name)).toThrow(message);
  });

  it.each(['ring:4', 'small-world:4,0.5', 'scale-free:4'])(
    'needs more agents than an agent has neighbours: %s',
    (name) => {
      expect(() => namedNetwork(name).draw(4, 1)).toThrow(
        `network ${name}: needs 5 agents or more, so that each has 4 others, and the run has 4`,
      );
      expect(namedNetwork(name).draw(5, 1).from).toHaveLength(10);
    },
  );
});

import { sequence, shuffle } from '../random.ts';

/**
 * Which agent stands at each node: dealt at random, so that where somebody stands says nothing of their traits. (Agents are
 * numbered by their traits, and nodes often by where they are.)
 * @returns shape [agents], by node
 */
export function agentsAtNodes(agents: number, seed: number): Uint32Array {
  return shuffle(
    Uint32Array.from({ length: agents }, (_, agent) => agent),
    sequence(seed, 'networkPlaces'),
  );
}

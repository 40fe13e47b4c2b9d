import { sequence } from '../random.ts';
import type { Network } from './network.ts';

/** Collects edges, their number being known. */
function edgesOf(nodes: number, edges: number) {
  const [from, to] = [new Uint32Array(edges), new Uint32Array(edges)];
  let at = 0;
  return {
    add: (a: number, b: number): void => {
      from[at] = a;
      to[at++] = b;
    },
    done: (): Network => ({ nodes, from, to }),
  };
}

/** Each node beside its `degree` nearest on a ring, half of them on either side. @param degree even, less than `nodes` */
export function ring(nodes: number, degree: number): Network {
  const { add, done } = edgesOf(nodes, (nodes * degree) / 2);
  for (let distance = 1; distance <= degree / 2; distance++)
    for (let node = 0; node < nodes; node++) add(node, (node + distance) % nodes);
  return done();
}

/**
 * A small world: a ring whose edges are rewired one by one with some probability, each from one of its ends to a node
 * picked at random that is not a neighbour yet. Watts & Strogatz, "Collective dynamics of ‘small-world’ networks", 1998.
 * @param degree even, less than `nodes`
 * @param rewired the probability, from 0 (a ring) to 1
 */
export function smallWorld(nodes: number, degree: number, rewired: number, seed: number): Network {
  const random = sequence(seed, 'network');
  const half = degree / 2;
  /** The other ends of the edges that begin at each node of the ring; shape [nodes, half]. */
  const ends = new Uint32Array(nodes * half);
  for (let node = 0; node < nodes; node++)
    for (let i = 0; i < half; i++) ends[node * half + i] = (node + i + 1) % nodes;
  const degrees = new Uint32Array(nodes).fill(degree);
  const leadsTo = (node: number, other: number): boolean => {
    for (let at = node * half; at < (node + 1) * half; at++) if (ends[at] === other) return true;
    return false;
  };
  // In the order of the paper: all nearest neighbours once around the ring, then the next.
  for (let i = 0; i < half; i++)
    for (let node = 0; node < nodes; node++) {
      // Who has everybody for a neighbour has nowhere to go.
      if (random() >= rewired || degrees[node] === nodes - 1) continue;
      let other: number;
      do other = Math.floor(random() * nodes);
      while (other === node || leadsTo(node, other) || leadsTo(other, node));
      const at = node * half + i;
      degrees[ends[at]!]!--;
      degrees[other]!++;
      ends[at] = other;
    }
  const { add, done } = edgesOf(nodes, ends.length);
  ends.forEach((end, at) => add(Math.floor(at / half), end));
  return done();
}

/**
 * A network that has grown: each new node chooses neighbours among those there are, in proportion to how many neighbours
 * these have. The first `links` + 1 nodes are all neighbours. Degrees k then fall off as 2m(m + 1) / (k(k + 1)(k + 2)), m being
 * `links`. Barabási & Albert, "Emergence of scaling in random networks", 1999.
 * @param links neighbours that each new node chooses, at least 1, less than `nodes`
 */
export function scaleFree(nodes: number, links: number, seed: number): Network {
  const random = sequence(seed, 'network');
  const core = links + 1;
  const edges = (core * links) / 2 + (nodes - core) * links;
  const { add, done } = edgesOf(nodes, edges);
  /** Both ends of every edge: picked from evenly, a node comes up in proportion to its neighbours. */
  const ends = new Uint32Array(2 * edges);
  let used = 0;
  const join = (a: number, b: number): void => {
    add(a, b);
    ends[used++] = a;
    ends[used++] = b;
  };
  for (let a = 1; a < core; a++) for (let b = 0; b < a; b++) join(a, b);
  const chosen = new Set<number>();
  for (let node = core; node < nodes; node++) {
    chosen.clear();
    while (chosen.size < links) chosen.add(ends[Math.floor(random() * used)]!);
    for (const other of chosen) join(node, other);
  }
  return done();
}

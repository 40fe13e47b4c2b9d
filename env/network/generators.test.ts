import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ring, scaleFree, smallWorld } from './generators.ts';
import { adjacencyOf, type Network, withoutRepeats } from './network.ts';

const degreesOf = (network: Network): number[] => {
  const { first } = adjacencyOf(network);
  return Array.from({ length: network.nodes }, (_, node) => first[node + 1]! - first[node]!);
};

const neighboursIn = (network: Network): Set<number>[] => {
  const { first, neighbours } = adjacencyOf(network);
  return Array.from(
    { length: network.nodes },
    (_, node) => new Set(neighbours.subarray(first[node]!, first[node + 1]!)),
  );
};

/** Mean over nodes of the share of pairs of neighbours that are neighbours themselves (Watts & Strogatz 1998). */
function clusteringOf(network: Network): number {
  const sets = neighboursIn(network);
  const shares = sets.map((own) => {
    const others = [...own];
    const pairs = others.flatMap((a, i) => others.slice(i + 1).map((b) => sets[a]!.has(b)));
    return pairs.filter(Boolean).length / pairs.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** How many nodes can be reached from node 0. */
function reachedFrom0(network: Network): number {
  const sets = neighboursIn(network);
  const reached = new Set([0]);
  for (const node of reached) for (const other of sets[node]!) reached.add(other);
  return reached.size;
}

/** Mean number of steps between node 0 and the others. */
function meanDistance(network: Network): number {
  const sets = neighboursIn(network);
  const steps = new Map([[0, 0]]);
  for (const [node, far] of steps) for (const other of sets[node]!) if (!steps.has(other)) steps.set(other, far + 1);
  return [...steps.values()].reduce((sum, far) => sum + far, 0) / (network.nodes - 1);
}

const drawn = fc
  .record({
    nodes: fc.integer({ min: 2, max: 40 }),
    seed: fc.integer({ min: 0 }),
    half: fc.integer({ min: 1, max: 19 }),
  })
  .filter(({ nodes, half }) => 2 * half < nodes);

describe('every network', () => {
  it('has no edge twice and none from a node to itself, whatever its size', () => {
    fc.assert(
      fc.property(drawn, fc.double({ min: 0, max: 1, noNaN: true }), ({ nodes, half, seed }, rewired) => {
        for (const network of [
          ring(nodes, 2 * half),
          smallWorld(nodes, 2 * half, rewired, seed),
          scaleFree(nodes, half, seed),
        ]) {
          expect(withoutRepeats(network).repeated).toBe(0);
          expect(network.from.every((from, e) => from !== network.to[e]! && network.to[e]! < nodes)).toBe(true);
        }
      }),
    );
  });

  it('depends on its seed and on nothing else', () => {
    expect(smallWorld(50, 4, 0.3, 1)).toEqual(smallWorld(50, 4, 0.3, 1));
    expect(smallWorld(50, 4, 0.3, 1)).not.toEqual(smallWorld(50, 4, 0.3, 2));
    expect(scaleFree(50, 2, 1)).toEqual(scaleFree(50, 2, 1));
    expect(scaleFree(50, 2, 1)).not.toEqual(scaleFree(50, 2, 2));
  });
});

describe('a ring', () => {
  it.each([2, 4, 6, 10])('of %d neighbours has the clustering 3(K − 2) / 4(K − 1)', (degree) => {
    const network = ring(100, degree);
    expect(new Set(degreesOf(network))).toEqual(new Set([degree]));
    expect(clusteringOf(network)).toBeCloseTo((3 * (degree - 2)) / (4 * (degree - 1)), 12);
  });

  it('is the complete network where everybody else is near', () => {
    expect(neighboursIn(ring(5, 4)).map((own) => own.size)).toEqual([4, 4, 4, 4, 4]);
  });
});

describe('a small world', () => {
  const [nodes, degree] = [3000, 10];

  it('is the ring if nothing is rewired', () => {
    expect(neighboursIn(smallWorld(40, 6, 0, 3))).toEqual(neighboursIn(ring(40, 6)));
  });

  it('keeps its edges, most of its clustering and few of its long ways: (1 − p)³ of that of the ring', () => {
    const p = 0.05;
    const network = smallWorld(nodes, degree, p, 11);
    expect(network.from).toHaveLength((nodes * degree) / 2);
    expect(reachedFrom0(network)).toBe(nodes);
    // Barrat & Weigt, "On the properties of small-world network models", 2000: C(p) ≈ C(0)(1 − p)³.
    const share = clusteringOf(network) / clusteringOf(ring(nodes, degree));
    expect(share / (1 - p) ** 3).toBeGreaterThan(0.98);
    expect(share / (1 - p) ** 3).toBeLessThan(1.02);
    // On the ring it is about n / 2K.
    expect(meanDistance(ring(nodes, degree))).toBeGreaterThan(nodes / (2 * degree));
    expect(meanDistance(network)).toBeLessThan(10);
  });

  it('rewires the share of its edges that it says', () => {
    const [first, rewired] = [ring(nodes, degree), smallWorld(nodes, degree, 0.3, 5)];
    const kept = neighboursIn(first);
    const moved = Array.from(rewired.from).filter((from, e) => !kept[from]!.has(rewired.to[e]!)).length;
    // Binomial: five standard deviations are 162 of 15,000.
    expect(Math.abs(moved - 0.3 * 15_000)).toBeLessThan(5 * Math.sqrt(15_000 * 0.3 * 0.7));
  });
});

describe('a scale-free network', () => {
  const [nodes, links] = [20_000, 3];
  const network = scaleFree(nodes, links, 8);
  const degrees = degreesOf(network);

  it('has the edges that its nodes chose, and holds together', () => {
    expect(network.from).toHaveLength(6 + (nodes - 4) * links);
    expect(Math.min(...degrees)).toBe(links);
    expect(reachedFrom0(network)).toBe(nodes);
  });

  // Dorogovtsev, Mendes & Samukhin, "Structure of growing networks with preferential linking", 2000.
  it.each([3, 4, 5, 8])('has the share 2m(m + 1) / k(k + 1)(k + 2) of nodes with %d neighbours', (k) => {
    const share = (2 * links * (links + 1)) / (k * (k + 1) * (k + 2));
    const found = degrees.filter((degree) => degree === k).length / nodes;
    expect(Math.abs(found - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / nodes));
  });

  it('has a tail with the exponent 3, by maximum likelihood', () => {
    // Clauset, Shalizi & Newman, "Power-law distributions in empirical data", 2009, equation 3.7.
    const least = 20;
    const tail = degrees.filter((degree) => degree >= least);
    const exponent = 1 + tail.length / tail.reduce((sum, degree) => sum + Math.log(degree / (least - 0.5)), 0);
    expect(tail.length).toBeGreaterThan(300);
    expect(Math.abs(exponent - 3)).toBeLessThan(5 * (2 / Math.sqrt(tail.length)));
  });
});

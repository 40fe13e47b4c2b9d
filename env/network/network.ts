/** A fixed network: pairs of nodes that are neighbours of each other. No pair twice, in whatever order, and none of a node with itself. */
export interface Network {
  /** Nodes are numbered from 0. */
  readonly nodes: number;
  /** Shape [edges], like `to`. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
}

/** The neighbours of each node: those of node i are `neighbours[first[i]]` to `neighbours[first[i + 1] − 1]`. */
export interface Adjacency {
  /** Shape [nodes + 1]. */
  readonly first: Uint32Array;
  /** Shape [2 · edges]. */
  readonly neighbours: Uint32Array;
}

/**
 * The neighbours of each node, or of each place at which a node stands.
 * @param places by node; default the nodes themselves
 * @param size how many places there are; those at which no node stands have no neighbours
 */
export function adjacencyOf({ nodes, from, to }: Network, places?: Uint32Array, size = nodes): Adjacency {
  const at = places ?? Uint32Array.from({ length: nodes }, (_, node) => node);
  const first = new Uint32Array(size + 1);
  for (const ends of [from, to]) for (let e = 0; e < ends.length; e++) first[at[ends[e]!]! + 1]!++;
  for (let place = 0; place < size; place++) first[place + 1]! += first[place]!;
  const free = first.slice(0, size);
  const neighbours = new Uint32Array(2 * from.length);
  for (let e = 0; e < from.length; e++) {
    const a = at[from[e]!]!;
    const b = at[to[e]!]!;
    neighbours[free[a]!++] = b;
    neighbours[free[b]!++] = a;
  }
  return { first, neighbours };
}

/** A network without its repeated pairs, and how many those were. @param network whose pairs may be there more than once */
export function withoutRepeats(network: Network): { readonly network: Network; readonly repeated: number } {
  const { first, neighbours } = adjacencyOf(network);
  const from = new Uint32Array(network.from.length);
  const to = new Uint32Array(network.from.length);
  let edges = 0;
  for (let node = 0; node < network.nodes; node++) {
    const others = neighbours.subarray(first[node]!, first[node + 1]!).sort();
    others.forEach((other, i) => {
      if (other <= node || other === others[i - 1]) return;
      from[edges] = node;
      to[edges++] = other;
    });
  }
  const repeated = network.from.length - edges;
  return { network: { nodes: network.nodes, from: from.slice(0, edges), to: to.slice(0, edges) }, repeated };
}

import { createHash } from 'node:crypto';
import { UnderstudyError } from '../env/error.ts';
import { requireNetwork } from '../env/neighbours.ts';
import { namedNetwork, namesNetwork, networkForms } from '../env/network/named.ts';
import type { Network } from '../env/network/network.ts';
import type { Scenario } from '../env/scenario.ts';
import { type EdgeFile, readEdges } from '../workspace/edge-file.ts';
import { requireRoom } from './engine/size.ts';

/** Who are neighbours in a run: the name of a generator, or edges. */
export type NetworkChoice = string | Network | EdgeFile;

/** The network of runs of one scenario, whatever their seeds. */
export interface RunNetwork {
  /** The generator's name, or the SHA-256 of the edges: two runs of one seed and id have the same network. */
  readonly id: string;
  /** @throws {UnderstudyError} SIMULATION_NETWORK if it has no place for so many agents, SIMULATION_SIZE if it does not fit memory */
  draw(agents: number, seed: number): Network;
}

/** What a recording says about a network. */
export interface NetworkFacts {
  readonly id: string;
  readonly edges: number;
  /** SHA-256 over the edges. */
  readonly sha256: string;
}

/** Bytes that an edge and a node take, as lists and as neighbours. */
const [EDGE_BYTES, NODE_BYTES] = [16, 12];

/**
 * The network of a run; undefined in a scenario whose agents have no neighbours.
 * @param choice default: that of the scenario
 * @throws {UnderstudyError} SIMULATION_NETWORK if agents have neighbours and nobody says who they are, or the reverse
 */
export function networkOf(scenario: Scenario, choice?: NetworkChoice): RunNetwork | undefined {
  const chosen = requireNetwork(scenario, choice ?? scenario.network);
  if (chosen === undefined) return undefined;
  const requireEdges = (agents: number, edges: number) => requireRoom(agents, EDGE_BYTES * edges + NODE_BYTES * agents);
  if (typeof chosen === 'string') {
    const named = namedNetwork(chosen);
    return {
      id: named.name,
      draw: (agents, seed) => {
        requireEdges(agents, named.edges(agents));
        return named.draw(agents, seed);
      },
    };
  }
  return {
    id: `sha256:${hashOfNetwork(chosen)}`,
    draw: (agents) => {
      requireNodes(chosen, agents);
      requireEdges(agents, chosen.from.length);
      return { nodes: agents, from: chosen.from, to: chosen.to };
    },
  };
}

/** @param text the name of a generator, which stays one, or a file of edges */
export const openNetwork = async (text: string, log?: (line: string) => void): Promise<NetworkChoice> => {
  if (namesNetwork(text)) return namedNetwork(text).name;
  const edges = await readEdges(text, `a network is ${networkForms.join(', ')} or a CSV file of edges`);
  if (edges.repeated > 0) log?.(`${text}: ${edges.repeated} of its lines repeat an edge, which counts once`);
  return edges;
};

/** More nodes than agents have no agents; with fewer, the agents beyond have no neighbours. */
function requireNodes(network: Network | EdgeFile, agents: number): void {
  if (network.nodes <= agents) return;
  const last = network.nodes - 1;
  const where = 'file' in network ? `${network.file}, line ${network.lastLine}: ` : '';
  throw new UnderstudyError(
    'SIMULATION_NETWORK',
    `${where}the network has a node ${last}, and ${agents} agents stand at the nodes 0 to ${agents - 1}; simulate ${network.nodes} agents (--agents), or number nodes from 0 on`,
  );
}

const hashes = new WeakMap<Network, string>();

/** SHA-256 over the edges, each as two 32-bit numbers (little-endian): all first ends, then all second ones. */
function hashOfNetwork(network: Network): string {
  let hash = hashes.get(network);
  if (hash === undefined) {
    const sum = createHash('sha256');
    for (const { buffer, byteOffset, byteLength } of [network.from, network.to])
      sum.update(new Uint8Array(buffer, byteOffset, byteLength));
    hashes.set(network, (hash = sum.digest('hex')));
  }
  return hash;
}

export const factsOf = (id: string, network: Network): NetworkFacts => ({
  id,
  edges: network.from.length,
  sha256: hashOfNetwork(network),
});

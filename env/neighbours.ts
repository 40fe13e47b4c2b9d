import { reachesExactly } from './crowd.ts';
import { UnderstudyError } from './error.ts';
import { networkForms } from './network/named.ts';
import { type Adjacency, adjacencyOf, type Network } from './network/network.ts';
import { agentsAtNodes } from './network/places.ts';
import type { Factor, NeighbourCount, Scenario } from './scenario.ts';

/** The factors of a scenario that an agent's neighbours make. */
export const neighbourFactors = ({ agent }: Scenario): readonly Factor[] =>
  agent.filter(({ neighbours }) => neighbours !== undefined);

const namesIn = (scenario: Scenario): string =>
  neighbourFactors(scenario)
    .map(({ name }) => name)
    .join(', ');

/**
 * Refuses scenarios in which agents have neighbours.
 * @param what needs one without, for the error
 * @throws {UnderstudyError} SCENARIO_CROWD
 */
export function requireNoNetwork(scenario: Scenario, what: string): void {
  if (neighbourFactors(scenario).length === 0) return;
  throw new UnderstudyError(
    'SCENARIO_CROWD',
    `${scenario.id}: ${what} cannot tell what an agent's own neighbours do, which decides ${namesIn(scenario)}; simulate single agents, who have a network`,
  );
}

/** @throws {UnderstudyError} SIMULATION_NETWORK if agents have neighbours in a scenario, but there is no network, or the reverse */
export function requireNetwork<N>(scenario: Scenario, network: N | undefined): N | undefined {
  const needed = neighbourFactors(scenario).length > 0;
  if (needed && network === undefined)
    throw new UnderstudyError(
      'SIMULATION_NETWORK',
      `${scenario.id}: what an agent's neighbours do decides ${namesIn(scenario)}; say who they are with --network (network: '…'): ${networkForms.join(', ')}, or a CSV file of edges`,
    );
  if (!needed && network !== undefined)
    throw new UnderstudyError(
      'SIMULATION_NETWORK',
      `${scenario.id} has no crowd factor by neighbours, so a network changes nothing; leave it out`,
    );
  return network;
}

/** Which level so many counted neighbours, out of so many, come to. */
export const neighbourLevel = ({ cuts, in: unit }: NeighbourCount, counted: number, of: number): number =>
  cuts.filter((cut) => reachesExactly(counted, of, cut, unit)).length;

/** The neighbours of each agent of a run, by the agents' numbers. */
export const neighboursOf = (network: Network, seed: number): Adjacency =>
  adjacencyOf(network, agentsAtNodes(network.nodes, seed));

/** The levels that a factor has for each agent, from whom it counts. @param counted shape [agents] */
export function neighbourLevels(
  factor: NeighbourCount,
  { first, neighbours }: Adjacency,
  counted: readonly boolean[],
): number[] {
  return counted.map((_, agent) => {
    const others = neighbours.subarray(first[agent]!, first[agent + 1]!);
    return neighbourLevel(factor, others.filter((other) => counted[other]).length, others.length);
  });
}

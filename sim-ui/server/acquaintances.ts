import { setImmediate, setTimeout } from 'node:timers/promises';
import { UnderstudyError } from '../../env/error.ts';
import { neighboursOf } from '../../env/neighbours.ts';
import type { Adjacency } from '../../env/network/network.ts';
import type { Scenario } from '../../env/scenario.ts';
import { type NetworkChoice, networkOf } from '../../sim/network.ts';
import { type Acquainted, MOST_EDGES } from '../protocol/agents.ts';

/** A run whose agents know each other. */
export interface Town {
  readonly scenario: Scenario;
  readonly agents: number;
  readonly seed: number;
  readonly network?: NetworkChoice | undefined;
}

/** Who are neighbours in a run; the network that was looked at last is kept, since all viewers look at few. */
export class Acquaintances {
  #last?: Town & { readonly adjacency: Adjacency };

  /**
   * Neighbours of one agent, or everybody's.
   * @throws {UnderstudyError} SERVE_COMMAND if there are no neighbours, or more edges than a page draws
   * @throws {RangeError} if there is no such agent
   */
  of(town: Town, agent: number | null): Acquainted {
    if (agent !== null && agent >= town.agents)
      throw new RangeError(`unknown agent: ${agent} (agents 0 to ${town.agents - 1})`);
    const { first, neighbours } = this.#adjacencyOf(town);
    if (agent !== null) {
      const all = neighbours.subarray(first[agent]!, first[agent + 1]!);
      const to = Array.from(all.subarray(0, MOST_EDGES)).sort((a, b) => a - b);
      return { from: to.map(() => agent), to, edges: all.length };
    }
    const edges = neighbours.length / 2;
    if (edges > MOST_EDGES)
      throw new UnderstudyError(
        'SERVE_COMMAND',
        `a page draws at most ${MOST_EDGES} edges, and this network has ${edges}; look at those of one agent`,
      );
    const [from, to]: [number[], number[]] = [[], []];
    for (let one = 0; one < town.agents; one++)
      for (const other of neighbours.subarray(first[one]!, first[one + 1]!))
        if (one < other) {
          from.push(one);
          to.push(other);
        }
    return { from, to, edges };
  }

  #adjacencyOf({ scenario, agents, seed, network }: Town): Adjacency {
    const last = this.#last;
    if (
      last &&
      last.scenario.network === scenario.network &&
      last.network === network &&
      last.agents === agents &&
      last.seed === seed
    )
      return last.adjacency;
    const drawn = networkOf(scenario, network)?.draw(agents, seed);
    if (!drawn) throw new UnderstudyError('SERVE_COMMAND', `agents of ${scenario.id} have no neighbours`);
    const adjacency = neighboursOf(drawn, seed);
    this.#last = { scenario, agents, seed, network, adjacency };
    return adjacency;
  }
}

/** Work for viewers that takes long: one piece at a time, and after each a rest as long as it took. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #rest = 0;

  /** @throws {UnderstudyError} SERVE_COMMAND if many wait already, and what the work throws */
  async take<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.#waiting >= MOST_WAITING)
      throw new UnderstudyError('SERVE_COMMAND', 'too many ask for the same; try again in a moment');
    this.#waiting++;
    const turn = this.#last.then(async () => {
      await setImmediate();
      const began = performance.now();
      try {
        return await work();
      } finally {
        this.#waiting--;
        const took = performance.now() - began;
        this.#rest = Math.min(took, LONGEST_REST_MS);
      }
    });
    this.#last = turn.catch(() => {}).then(() => setTimeout(this.#rest, undefined, { ref: false }));
    return turn;
  }
}

const MOST_WAITING = 20;
const LONGEST_REST_MS = 2000;

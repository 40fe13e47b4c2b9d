import { type Adjacency, adjacencyOf, type Network } from '../../env/network/network.ts';
import { agentsAtNodes } from '../../env/network/places.ts';
import { MILLION, type NeighbourCount } from '../../env/scenario.ts';
import type { StateSpace } from '../../env/state-space.ts';
import type { Columns } from './kernel/columns.ts';
import type { Situations } from './kernel/laws.ts';
import { type Parts, partsOf } from './kernel/plain.ts';
import type { Cut } from './kernel/plan.ts';

/** The agents of a run as neighbours: what those of each did, as levels that the kernel reads when it moves everybody on. */
export class Neighbourhood {
  readonly #space: StateSpace;
  readonly #columns: Columns;
  /** By place. */
  readonly #adjacency: Adjacency;
  /** For each factor that neighbours make: by degree and counted neighbours, the level. */
  readonly #levels: readonly LevelTable[];
  readonly #parts = new WeakMap<Situations, Parts>();
  /** A bit for each place, set for those who are counted: as few bytes as can be, since they are read in no order. */
  readonly #counted: Uint8Array;

  /** @param network of as many nodes as there are agents */
  constructor(space: StateSpace, columns: Columns, network: Network, seed: number) {
    const { places, members, first: firstPlace } = columns;
    const placeOf = new Uint32Array(network.nodes);
    let agent = 0;
    members.forEach((count, kind) => {
      for (let i = 0; i < count; i++) placeOf[agent++] = firstPlace[kind]! + i;
    });
    const standing = agentsAtNodes(network.nodes, seed).map((one) => placeOf[one]!);
    this.#space = space;
    this.#columns = columns;
    this.#adjacency = adjacencyOf(network, standing, places);
    const { first } = this.#adjacency;
    let most = 0;
    for (let place = 0; place < places; place++) most = Math.max(most, first[place + 1]! - first[place]!);
    this.#levels = space.agent.flatMap(({ factor: { neighbours } }) =>
      neighbours ? levelTable(neighbours, most) : [],
    );
    this.#counted = new Uint8Array(places / 8);
  }

  /** After everybody acted: writes the levels that each agent's neighbours made. @param situations that they acted in */
  make(situations: Cut<Situations>): void {
    const made = this.#columns.made.flatMap((column) => column ?? []);
    this.#levels.forEach((levels, at) => {
      this.#count(situations, at);
      this.#write(levels, made[at]!);
    });
  }

  /** Marks whom a factor counts. */
  #count({ of, slices }: Cut<Situations>, factor: number): void {
    const { members, first, states, actions } = this.#columns;
    const counted = this.#counted.fill(0);
    for (let kind = 0; kind < members.length; kind++) {
      const slice = slices[of[kind]!]!;
      const { now } = this.#partsOf(slice);
      const counts = slice.neighbours[factor]!;
      const { rows } = slice.classes;
      const [from, to] = [first[kind]!, first[kind]! + members[kind]!];
      for (let place = from; place < to; place++) {
        let row = actions[place]! * rows;
        for (let plane = 0, entry = 0; entry < now.length; plane++, entry += 256)
          row += now[entry + states[plane]![place]!]!;
        counted[place >>> 3]! |= counts[row]! << (place & 7);
      }
    }
  }

  /** Adds up the marks of each agent's neighbours. */
  #write({ cuts, least }: LevelTable, made: Uint8Array): void {
    const { first, neighbours } = this.#adjacency;
    const counted = this.#counted;
    for (let place = 0, at = 0; place < made.length; place++) {
      const end = first[place + 1]!;
      const degree = end - at;
      let sum = 0;
      for (; at < end; at++) {
        const other = neighbours[at]!;
        sum += (counted[other >>> 3]! >>> (other & 7)) & 1;
      }
      let level = 0;
      while (level < cuts && sum >= least[degree * cuts + level]!) level++;
      made[place] = level;
    }
  }

  #partsOf(situations: Situations): Parts {
    let parts = this.#parts.get(situations);
    if (!parts) this.#parts.set(situations, (parts = partsOf(this.#space, this.#columns, situations.classes)));
    return parts;
  }
}

/** Which level so many counted neighbours come to. */
interface LevelTable {
  readonly cuts: number;
  /** Shape [degrees, cuts]: the fewest counted neighbours that reach a cut; one more than there are where none do. */
  readonly least: Uint32Array;
}

function levelTable({ cuts, in: unit }: NeighbourCount, mostNeighbours: number): LevelTable {
  const least = new Uint32Array((mostNeighbours + 1) * cuts.length);
  for (let degree = 0; degree <= mostNeighbours; degree++)
    cuts.forEach((cut, c) => {
      // A share's product is a whole number below 2^53, and the quotient is rounded by less than a millionth.
      const reached = unit === 'count' ? cut : Math.ceil((cut * degree) / MILLION);
      least[degree * cuts.length + c] = degree === 0 ? 1 : Math.min(reached, degree + 1);
    });
  return { cuts: cuts.length, least };
}

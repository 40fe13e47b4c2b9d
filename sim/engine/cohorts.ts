import { ONE } from '../../env/chance.ts';
import { UnderstudyError } from '../../env/error.ts';
import { exactCounts, type Peopling } from '../../env/people.ts';
import { philoxInto, streamKey, uniform53 } from '../../env/random.ts';
import type { StateSpace } from '../../env/state-space.ts';
import { listedTraits, traitBlocks } from '../../env/trait-law.ts';
import { binomial } from './binomial.ts';
import { Branches } from './branches.ts';
import type { Members } from './members.ts';
import { requireSize } from './size.ts';
import type { Tally } from './tally.ts';

/** Trait sets that cohorts are counted by. */
const KIND_LIMIT = 2 ** 22;

/**
 * A population as counts. Given the world, agents of one cell are exchangeable, so how many of them take each action
 * and each branch is drawn by binomials: exact in law, and the cost does not grow with the number of agents.
 */
export class Cohorts implements Members {
  readonly agents: number;
  readonly traitSets: Uint32Array;
  /** Shape [cells]. */
  readonly counts: Uint32Array;
  readonly #space: StateSpace;
  readonly #branches: Branches;
  readonly #draws: Draws;

  constructor(space: StateSpace, agents: number, seed: number, world: ArrayLike<number>, people?: Peopling) {
    requireSize(space, agents, { cohorts: true });
    this.#space = space;
    this.agents = agents;
    this.#draws = new Draws(seed);
    const kinds = people === 'exact' ? this.#exactKinds() : this.#kinds();
    this.traitSets = kinds.sets;
    requireSize(space, agents, { cohorts: true, traitSets: this.traitSets.length });
    this.counts = new Uint32Array(this.traitSets.length * space.agentStates);
    this.#branches = new Branches(space, this.traitSets, 'next');

    const first = new Branches(space, this.traitSets, 'start');
    first.begin(world, world);
    kinds.members.forEach((members, traitSet) => {
      this.#draws.begin(0, traitSet);
      this.#move(first, first.root(first.classOf[traitSet]!, 0, 0), members, (code, n) => {
        this.counts[traitSet * space.agentStates + code]! += n;
      });
    });
  }

  get columns() {
    return [this.counts];
  }

  #exactKinds(): { sets: Uint32Array; members: readonly number[] } {
    const law = listedTraits(this.#space.scenario);
    return { sets: law.sets, members: [...exactCounts(law, this.agents)] };
  }

  /** The trait sets that occur and how many members each has: block by block, what one has is split over the next. */
  #kinds(): { sets: Uint32Array; members: readonly number[] } {
    const { sets } = this.#space.scenario;
    const [first, ...others] = traitBlocks(this.#space.scenario);
    this.#draws.begin(0, first!.sets.length * this.#space.agentStates);
    let kinds = { sets: [...first!.sets], members: this.#draws.split(first!.weights, first!.total, this.agents) };
    for (const { sets: own, weights, total } of others) {
      const next = { sets: [] as number[], members: [] as number[] };
      kinds.members.forEach((members, k) => {
        if (members === 0) return;
        this.#draws.split(weights, total, members).forEach((part, s) => {
          if (part === 0) return;
          next.sets.push(sets.union(kinds.sets[k]!, own[s]!));
          next.members.push(part);
        });
        if (next.sets.length > KIND_LIMIT)
          throw new UnderstudyError(
            'SIMULATION_SIZE',
            `more than ${KIND_LIMIT.toLocaleString('en-US')} different trait sets occur among ${this.agents.toLocaleString('en-US')} agents; simulate fewer agents, or declare fewer traits`,
          );
      });
      kinds = next;
    }
    return { sets: Uint32Array.from(kinds.sets), members: kinds.members };
  }

  countCells(into: Uint32Array): void {
    into.set(this.counts);
  }

  advance(
    tick: number,
    world: ArrayLike<number>,
    nextWorld: ArrayLike<number>,
    cumulative: Uint32Array,
    acted: Uint32Array,
    tallies: readonly Tally[],
  ): void {
    const { counts } = this;
    const space = this.#space;
    const draws = this.#draws;
    const branches = this.#branches;
    const k = space.scenario.actions.length;
    branches.begin(world, nextWorld);
    const before = counts.slice();
    counts.fill(0);
    acted.fill(0);
    before.forEach((members, cell) => {
      if (members === 0) return;
      const code = cell % space.agentStates;
      const traitSet = Math.floor(cell / space.agentStates);
      draws.begin(tick + 1, cell);
      const weights = cumulative
        .subarray(cell * k, (cell + 1) * k)
        .map((below, a, all) => (a === 0 ? below : below - all[a - 1]!));
      draws.split(weights, ONE, members).forEach((deciding, action) => {
        acted[cell * k + action] = deciding;
        this.#move(branches, branches.root(branches.classOf[traitSet]!, code, action), deciding, (next, n) => {
          counts[traitSet * space.agentStates + next]! += n;
          for (const tally of tallies) tally.add(n, traitSet, code, action, next);
        });
      });
    });
  }

  /** Splits members over the branches of a tree. */
  #move(branches: Branches, node: number, members: number, arrive: (next: number, members: number) => void): void {
    if (members === 0) return;
    if (node < 0) {
      arrive(~node, members);
      return;
    }
    const { nodes } = branches;
    let below = 0;
    let left = members;
    for (let at = node + 1; left > 0; at += 2) {
      const share = this.#draws.part(left, nodes[at]! - below, ONE - below);
      this.#move(branches, nodes[at + 1]!, share, arrive);
      below = nodes[at]!;
      left -= share;
    }
  }
}

/** Multinomial draws whose randomness is addressed by (tick, cell), so that they do not depend on each other's number. */
class Draws {
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(4);
  #tick = 0;
  #cell = 0;
  #used = 0;
  constructor(seed: number) {
    this.#key = streamKey(seed, 'cohorts');
  }

  begin(tick: number, cell: number): void {
    this.#tick = tick;
    this.#cell = cell;
    this.#used = 0;
  }

  /** How many of n go to each weight; the weights are integers that sum to the total. */
  split(weights: ArrayLike<number>, total: number, n: number): number[] {
    let rest = total;
    let left = n;
    return Array.from(weights, (weight) => {
      const share = this.part(left, weight, rest);
      rest -= weight;
      left -= share;
      return share;
    });
  }

  /** How many of n go to a weight out of those that are left. */
  part(n: number, weight: number, rest: number): number {
    return n === 0 ? 0 : weight === rest ? n : binomial(n, weight / rest, this.#uniform);
  }

  readonly #uniform = (): number => {
    if (this.#used % 2 === 0)
      philoxInto(this.#block, this.#cell, this.#tick, this.#used / 2, 0, this.#key[0], this.#key[1]);
    const at = (this.#used++ % 2) * 2;
    return uniform53(this.#block[at]!, this.#block[at + 1]!);
  };
}

import { philoxInto, streamKey } from '../env/random.ts';
import type { StateSpace } from '../env/state-space.ts';
import { binomial } from './binomial.ts';
import { requireSize } from './error.ts';
import { type Law, lawColumns } from './law-columns.ts';
import type { Members } from './members.ts';
import type { Tally } from './tally.ts';

/**
 * A population as counts. Given the world, agents of one cell are exchangeable, so how many of them take each action
 * and each branch is drawn by binomials: exact in law, and the cost does not grow with the number of agents.
 */
export class Cohorts implements Members {
  readonly agents: number;
  /** Shape [cells]. */
  readonly counts: Uint32Array;
  private readonly space: StateSpace;
  private readonly laws: readonly ReturnType<typeof lawColumns>[];
  private readonly draws: Draws;

  constructor(space: StateSpace, agents: number, seed: number, world: ArrayLike<number>) {
    const { traitSets, traitWeights } = space.scenario;
    requireSize(space, agents);
    this.space = space;
    this.agents = agents;
    this.counts = new Uint32Array(traitSets.length * space.agentStates);
    this.laws = space.agent.map(({ next, factor }) => lawColumns(space, next, factor.levels.length));
    this.draws = new Draws(seed);

    const laws = space.agent.map(({ start, factor }) =>
      lawColumns(space, start, factor.levels.length).at(world, world),
    );
    this.draws.begin(0, this.counts.length);
    const split = this.draws.split(traitWeights, 0, traitWeights.length, agents);
    split.forEach((members, traitSet) => {
      this.draws.begin(0, traitSet);
      this.move(laws, 0, traitSet, 0, members, (code, n) => (this.counts[traitSet * space.agentStates + code]! += n));
    });
  }

  get columns() {
    return [this.counts];
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
    const { space, counts, draws } = this;
    const k = space.scenario.actions.length;
    const laws = this.laws.map((law) => law.at(world, nextWorld));
    const before = counts.slice();
    counts.fill(0);
    acted.fill(0);
    before.forEach((members, cell) => {
      if (members === 0) return;
      const code = cell % space.agentStates;
      const traitSet = Math.floor(cell / space.agentStates);
      draws.begin(tick + 1, cell);
      const weights = Uint32Array.from(
        { length: k },
        (_, a) => cumulative[cell * k + a]! - (a && cumulative[cell * k + a - 1]!),
      );
      draws.split(weights, 0, k, members).forEach((deciding, action) => {
        if (deciding === 0) return;
        acted[cell * k + action] = deciding;
        this.move(laws, code, traitSet, action, deciding, (next, n, levels) => {
          counts[traitSet * space.agentStates + next]! += n;
          for (const tally of tallies) tally.add(n, code, traitSet, action, levels);
        });
      });
    });
  }

  /** Splits the members of a cell over the branches of every factor's law, one factor after the other. */
  private move(
    laws: readonly Law[],
    code: number,
    traitSet: number,
    action: number,
    members: number,
    arrive: (next: number, members: number, levels: Int32Array) => void,
  ): void {
    const levels = new Int32Array(laws.length);
    const branch = (f: number, next: number, n: number): void => {
      if (n === 0) return;
      if (f === laws.length) {
        arrive(next, n, levels);
        return;
      }
      const law = laws[f]!;
      let row = law.base + law.byCode[code]! + law.byTraitSet[traitSet]! + law.byAction * action;
      for (const g of law.reads) row += law.byNext[g]! * levels[g]!;
      this.draws.split(law.weights, row * law.levels, law.levels, n).forEach((share, level) => {
        levels[f] = level;
        branch(f + 1, next * law.levels + level, share);
      });
    };
    branch(0, 0, members);
  }
}

/** Multinomial draws whose randomness is addressed by (tick, cell), so that they do not depend on each other's number. */
class Draws {
  private readonly key: readonly [number, number];
  private readonly block = new Uint32Array(4);
  private tick = 0;
  private cell = 0;
  private used = 0;
  constructor(seed: number) {
    this.key = streamKey(seed, 'cohorts');
  }

  begin(tick: number, cell: number): void {
    this.tick = tick;
    this.cell = cell;
    this.used = 0;
  }

  /** How many of n go to each of `length` weights from `from` on; the weights sum to 65,536. */
  split(weights: ArrayLike<number>, from: number, length: number, n: number): number[] {
    const counts = new Array<number>(length).fill(0);
    let rest = 65536;
    for (let i = 0; i < length && n > 0; i++) {
      const weight = weights[from + i]!;
      counts[i] = weight === rest ? n : binomial(n, weight / rest, this.uniform);
      n -= counts[i]!;
      rest -= weight;
    }
    return counts;
  }

  private readonly uniform = (): number => {
    if (this.used % 2 === 0) philoxInto(this.block, this.cell, this.tick, this.used / 2, 0, this.key[0], this.key[1]);
    const at = (this.used++ % 2) * 2;
    return ((this.block[at]! >>> 5) * 67108864 + (this.block[at + 1]! >>> 6)) / 9007199254740992;
  };
}

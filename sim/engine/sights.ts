import { Seen, type View } from '../../env/seen.ts';
import type { StateSpace } from '../../env/state-space.ts';
import type { Cells } from './cells.ts';
import type { Observed, Times } from './engine.ts';

/** Agents of a trait set with the same view. */
interface Row {
  /** What they observe, a number of `scenario.sets`. */
  readonly mask: number;
  readonly view: number;
}

/** What the agents of each cell see in a tick. */
export class Sights {
  rows: Row[] = [];
  /** By row: agents. */
  counts: number[] = [];
  /** By cell: the row of its agents. */
  rowOf = new Int32Array(0);
  readonly #traitSets: Uint32Array;
  readonly #seen: Seen;

  /** @param traitSets those of a population's people */
  constructor(space: StateSpace, traitSets: Uint32Array) {
    this.#traitSets = traitSets;
    this.#seen = new Seen(space, traitSets);
  }

  viewOf(view: number): View {
    return this.#seen.views[view]!;
  }

  look({ starts, codes, counts }: Cells, { world, crowd }: Pick<Times, 'world' | 'crowd'>): void {
    const seen = this.#seen;
    seen.begin(world, crowd.levels);
    const occupied = starts[this.#traitSets.length]!;
    if (this.rowOf.length < occupied) this.rowOf = new Int32Array(codes.length);
    const rowOf = this.rowOf;
    this.rows = [];
    this.counts = [];
    /** By view: its row for the trait set, if that is not before the trait set's first. */
    const rowAt: number[] = [];
    for (let traitSet = 0; traitSet < this.#traitSets.length; traitSet++) {
      const first = this.rows.length;
      for (let cell = starts[traitSet]!; cell < starts[traitSet + 1]!; cell++) {
        const view = seen.at(traitSet, codes[cell]!);
        let row = rowAt[view] ?? -1;
        if (row < first) {
          rowAt[view] = row = this.rows.length;
          this.rows.push({ mask: seen.maskOf(traitSet, view), view });
          this.counts.push(0);
        }
        rowOf[cell] = row;
        this.counts[row]! += counts[cell]!;
      }
    }
  }

  /** The distinct observations, and how many make each. */
  observed(): Observed {
    const places = new Map<number, number>();
    const counts: number[] = [];
    this.rows.forEach(({ mask }, row) => {
      const place = places.get(mask);
      if (place === undefined) {
        places.set(mask, counts.length);
        counts.push(this.counts[row]!);
      } else counts[place]! += this.counts[row]!;
    });
    return { masks: Uint32Array.from(places.keys()), counts: Float64Array.from(counts) };
  }
}

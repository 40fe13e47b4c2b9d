import type { Lookup, StateSpace } from '../env/state-space.ts';
import { type RowColumns, rowColumns } from './law-columns.ts';

/** Total of a table's value over agents. Rows are counted and weighed at the end, so the total has no order. */
export class Tally {
  /** Whether the value depends on the state that an agent moves to, so that each agent must be added by itself. */
  readonly readsNext: boolean;
  private readonly values: readonly number[];
  private readonly columns: ReturnType<typeof rowColumns>;
  private readonly counts: Float64Array;
  private row!: RowColumns;

  constructor(space: StateSpace, lookup: Lookup<number>) {
    this.values = lookup.rows;
    this.columns = rowColumns(space, lookup);
    this.counts = new Float64Array(lookup.rows.length);
    this.readsNext = lookup.slots.some((slot) => slot >= space.agentNext && slot < space.action);
  }

  begin(world: ArrayLike<number>, nextWorld: ArrayLike<number>): void {
    this.row = this.columns(world, nextWorld);
    this.counts.fill(0);
  }

  /** @param nextLevels level indices of the agent factors; not read unless readsNext */
  add(agents: number, code: number, traitSet: number, action: number, nextLevels?: Int32Array): void {
    const { row } = this;
    let at = row.base + row.byCode[code]! + row.byTraitSet[traitSet]! + row.byAction * action;
    for (const f of row.reads) at += row.byNext[f]! * nextLevels![f]!;
    this.counts[at]! += agents;
  }

  total(): number {
    let sum = 0;
    for (let i = 0; i < this.counts.length; i++) if (this.counts[i]! > 0) sum += this.counts[i]! * this.values[i]!;
    return sum;
  }
}

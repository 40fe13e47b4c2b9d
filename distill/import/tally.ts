import { drawOf } from '../../env/random.ts';
import type { TableDecision } from '../../workspace/tables/table-reading.ts';

/** Choices of fewer different observations are held out row by row: too few to hold out whole ones. */
const FEW_STATES = 50;
/** Units, and observations, that are remembered. */
const UNITS = 20_000;
const STATES = 200_000;

/** Repeats of one observation, by one unit if there are units. */
export interface Repeats {
  count: number;
  /** Sums of P of each action, and of their squares. */
  readonly sums: number[];
  readonly squares: number[];
}

/** What is counted over the rows before they are written. */
export class Tally {
  rows = 0;
  weight = 0;
  /** Rows that say each phrase, by column, and the weight of those rows. */
  readonly counts: number[][];
  readonly weights: number[][];
  readonly missing: number[];
  /** Columns that differ within a unit. */
  readonly varies: boolean[];
  readonly passedOver = new Map<string, number>();
  /** Draws of units, or observations, and of rows. */
  readonly #draws = new Set<number>();
  readonly #rowDraws = new Set<number>();
  readonly #singly: boolean;
  readonly #silent: readonly boolean[];
  readonly #units = new Map<string, (string | undefined)[]>();
  readonly #repeats: Map<string, Repeats> | undefined;
  #tooMany = false;
  readonly #seed: number;

  /**
   * @param phrases number of phrases of each column
   * @param options `silent`: columns whose empty cells say nothing, rather than no
   *   `repeats`: whether rows of one observation, and one unit, are put together; `singly`: whether they may be parted
   */
  constructor(
    phrases: readonly number[],
    { seed, silent, repeats, singly }: { seed: number; silent: readonly boolean[]; repeats: boolean; singly: boolean },
  ) {
    this.counts = phrases.map((count) => new Array<number>(count).fill(0));
    this.weights = phrases.map((count) => new Array<number>(count).fill(0));
    this.missing = phrases.map(() => 0);
    this.varies = phrases.map(() => false);
    this.#seed = seed;
    this.#singly = singly;
    this.#silent = silent;
    this.#repeats = repeats ? new Map() : undefined;
  }

  passOver(reason: string): void {
    this.passedOver.set(reason, (this.passedOver.get(reason) ?? 0) + 1);
  }

  add(decision: TableDecision): void {
    const { said, weight = 1, unit } = decision;
    this.rows++;
    this.weight += weight;
    said.forEach((places, c) => {
      // A list, or a mark, without a phrase may say just that.
      if (places.length === 0) this.missing[c]!++;
      for (const place of places) {
        this.counts[c]![place]!++;
        this.weights[c]![place]! += weight;
      }
    });
    if (this.#draws.size < STATES) this.#draws.add(this.#drawTogether(decision));
    if (this.#byRow) this.#rowDraws.add(this.#drawOfRow(this.rows - 1));
    if (unit !== undefined) this.#compareWithin(unit, said);
    this.#addRepeat(decision);
  }

  /** What stays together in the split. */
  get by(): 'unit' | 'observation' | 'row' {
    return this.#byRow ? 'row' : this.#unitSeen ? 'unit' : 'observation';
  }

  /**
   * A uniform number that rows which stay together share.
   * @param row number of the decision, from 0, in the order of the table
   */
  draw(decision: TableDecision, row: number): number {
    return this.#byRow ? this.#drawOfRow(row) : this.#drawTogether(decision);
  }

  /** The number below which a row's draw sends it to the test. @returns undefined if all rows stay together */
  threshold(share: number): number | undefined {
    const draws = this.#byRow ? this.#rowDraws : this.#draws;
    if (draws.size < 2) return undefined;
    if (draws.size >= STATES) return share;
    const sorted = Float64Array.from(draws).sort();
    const held = Math.min(sorted.length - 1, Math.max(1, Math.round(share * sorted.length)));
    return sorted[held]!;
  }

  get #unitSeen(): boolean {
    return this.#units.size > 0;
  }

  get #byRow(): boolean {
    return this.#singly && this.#draws.size < FEW_STATES;
  }

  #drawTogether({ unit, said }: TableDecision): number {
    return drawOf(this.#seed, 'traits', hash32(unit ?? stateKey(said)));
  }

  #drawOfRow(row: number): number {
    return drawOf(this.#seed, 'traits', row, 1);
  }

  /** Repeats by observation, if some observation has several rows; undefined if rows are kept as they are. */
  get repeats(): ReadonlyMap<string, Repeats> | undefined {
    if (!this.#repeats || this.#tooMany || this.#repeats.size === this.rows) return undefined;
    return this.#repeats;
  }

  /** Whether there were too many observations to find their repeats. */
  get tooMany(): boolean {
    return this.#tooMany;
  }

  #compareWithin(unit: string, said: TableDecision['said']): void {
    const before = this.#units.get(unit);
    const now = said.map((places, c) => (places.length === 0 && this.#silent[c] ? undefined : places.join()));
    if (!before) {
      if (this.#units.size < UNITS) this.#units.set(unit, now);
      return;
    }
    now.forEach((value, c) => {
      if (before[c] === undefined) before[c] = value;
      else if (value !== undefined && value !== before[c]) this.varies[c] = true;
    });
  }

  #addRepeat(decision: TableDecision): void {
    if (!this.#repeats || this.#tooMany) return;
    const { probabilities } = decision.label;
    const key = repeatKey(decision);
    const known = this.#repeats.get(key) ?? {
      count: 0,
      sums: probabilities.map(() => 0),
      squares: probabilities.map(() => 0),
    };
    known.count++;
    probabilities.forEach((p, a) => {
      known.sums[a]! += p;
      known.squares[a]! += p * p;
    });
    this.#repeats.set(key, known);
    if (this.#repeats.size > STATES) {
      this.#tooMany = true;
      this.#repeats.clear();
    }
  }
}

/** Equal for rows that say the same. */
const stateKey = (said: TableDecision['said']): string => said.map((places) => places.join()).join('|');

/** Equal for rows in which one and the same unit, if there are units, says the same. */
export const repeatKey = ({ unit, said }: TableDecision): string =>
  unit === undefined ? stateKey(said) : `${JSON.stringify(unit)} ${stateKey(said)}`;

/** FNV-1a over UTF-16 units, with the high bits folded down. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

/** What programs write for a missing value, in lower case. */
const MISSING = new Set([
  ...['', 'na', 'n/a', '#n/a', '<na>', 'nan', 'null', '#null!', '#div/0!', '#value!', 'nil', '.', '-', '–', '—', '?'],
]);

/** Stata's kinds of missing value: .a to .z. */
const STATA = /^\.[a-z]$/;

/** Values that count as missing, in all columns or in one. */
export class MissingValues {
  readonly #everywhere = new Set<string>();
  readonly #byColumn = new Map<string, Set<string>>();

  /** @param given VALUE or COLUMN=VALUE, beside empty cells and NA */
  constructor(given: readonly string[], columns: readonly string[]) {
    for (const one of given) {
      const at = one.indexOf('=');
      const column = one.slice(0, Math.max(0, at));
      if (at > 0 && columns.includes(column)) {
        const own = this.#byColumn.get(column) ?? new Set();
        this.#byColumn.set(column, own.add(one.slice(at + 1).toLowerCase()));
      } else this.#everywhere.add(one.toLowerCase());
    }
  }

  /** Reads a column's cells: what they hold, or undefined. */
  of(column: string): (cell: string | undefined) => string | undefined {
    const everywhere = this.#everywhere;
    const own = this.#byColumn.get(column);
    return (cell) => {
      if (cell === undefined) return undefined;
      const text = cell.toLowerCase();
      return MISSING.has(text) || STATA.test(text) || everywhere.has(text) || own?.has(text) ? undefined : cell;
    };
  }
}

/** Where a crowd gathers. */
export interface Cluster {
  readonly name: string;
  readonly label: string;
  /** On the unit square. */
  readonly x: number;
  readonly y: number;
}

/** Who is where: `table` gives the cluster of a value of the column; without it, the value is the cluster. */
export interface Clustering {
  /** Shape [agents]; without it everybody is at `everybody`. */
  readonly column?: Uint8Array | Uint16Array | Uint32Array;
  readonly table?: Uint8Array;
  readonly everybody?: number;
}

export const clusterAt = ({ column, table, everybody = 0 }: Clustering, agent: number): number =>
  column ? (table ? table[column[agent]!]! : column[agent]!) : everybody;

/** Clusters in rows as long as they are many, the last row in the middle. */
export function spreadOut(named: readonly Pick<Cluster, 'name' | 'label'>[]): Cluster[] {
  const n = named.length;
  const rows = n <= 3 ? 1 : Math.max(2, Math.round(Math.sqrt(n / 2)));
  const columns = Math.ceil(n / rows);
  return named.map((cluster, i) => {
    const row = Math.floor(i / columns);
    const inRow = Math.min(columns, n - row * columns);
    const x = columns === 1 ? 0.5 : ((i % columns) + (columns - inRow) / 2) / (columns - 1);
    return { ...cluster, x, y: rows === 1 ? 0.5 : row / (rows - 1) };
  });
}

/** Where a crowd gathers. */
export interface Cluster {
  readonly name: string;
  readonly label: string;
  /** On the unit square; only where the world has a map. */
  readonly x?: number;
  readonly y?: number;
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

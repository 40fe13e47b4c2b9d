import { createHash } from 'node:crypto';

/** One of several equal parts of the pieces of a command's work. */
export interface Shard {
  /** From 1 to `of`. */
  readonly index: number;
  readonly of: number;
}

/** More parts than this are a slip of the pen, and a file each. */
const MOST = 1_000_000;

/** Whether there is such a part. */
export const isShard = ({ index, of }: Shard): boolean =>
  Number.isSafeInteger(index) && Number.isSafeInteger(of) && index >= 1 && index <= of && of <= MOST;

/** "3/16" as a shard; undefined for anything else. */
export function readShard(text: string): Shard | undefined {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  return of !== undefined && isShard(shard) ? shard : undefined;
}

/** "3/16". */
export const shardName = ({ index, of }: Shard): string => `${index}/${of}`;

/**
 * The number of the shard that a piece belongs to, by its content: the same on every machine.
 * @param piece says what the piece is
 * @returns from 1 to `of`, evenly over pieces
 */
export const shardOf = (piece: string, of: number): number =>
  (createHash('sha256').update(piece).digest().readUInt32BE(0) % of) + 1;

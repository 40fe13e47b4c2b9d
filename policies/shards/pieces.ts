import { UnderstudyError } from '../../env/error.ts';
import { workspace as pathsOf } from '../../workspace/paths.ts';
import { LabelStore } from '../labels/store.ts';
import { currentMerge, currentShard, piecesAreDone } from './current.ts';

/** What a run came to, or why it failed. */
export type Ended<R> = { readonly run: R } | { readonly failure: string };

/** Runs that are pieces of a command's work. */
export interface Pieces<P, R> {
  readonly workspace: string;
  readonly pieces: readonly P[];
  /** What everything that decides a piece hashes to. */
  readonly keyOf: (piece: P) => string;
  /** @param line the list of `inPlaces` that the piece is in */
  readonly play: (piece: P, line: number) => Promise<Ended<R>>;
  /** Lists of places in `pieces`: those of one are played one after another, different ones at the same time. Default: one list. */
  readonly lines?: readonly (readonly number[])[];
  /** Called with the number of pieces that have ended. */
  readonly onEnd?: (ended: Ended<R>, done: number) => void | Promise<void>;
}

/**
 * Plays the pieces of a command: in a shard its own, which ends there; in a merge none, as shards brought what they came to. What
 * was merged before is known. A shard and a merge take one piece after the other.
 * @returns how each piece ended, in their order; undefined for what no shard brought to a partial merge
 */
export async function playPieces<P, R>(options: Pieces<P, R>): Promise<(Ended<R> | undefined)[]> {
  const { workspace, pieces, keyOf, play, onEnd } = options;
  const [shard, merge] = [currentShard(), currentMerge()];
  const all = [...pieces.keys()];
  const { lines = [all] } = shard || merge ? {} : options;
  const store = LabelStore.open(pathsOf(workspace).runs);
  const ends: (Ended<R> | undefined)[] = pieces.map(() => undefined);
  let done = 0;
  const take = async (place: number, line: number) => {
    const piece = pieces[place]!;
    const key = shard || merge || store.size > 0 ? keyOf(piece) : '';
    if (shard && !shard.takes(key)) return;
    const known =
      (key === '' ? undefined : (store.get(key)?.run as object | undefined)) ?? (shard?.run(key) as object | undefined);
    let end: Ended<R> | undefined;
    if (known) {
      shard?.knows(1);
      end = { run: unpacked(known) as R };
    } else if (merge) {
      const brought = merge.run(key);
      end = brought && ('run' in brought ? { run: unpacked(brought.run) as R } : brought);
    } else {
      end = await play(piece, line);
      if (shard && 'run' in end) await shard.keepRun(key, packed(end.run));
      else if (shard && 'failure' in end) await shard.keepFailure(key, end.failure);
    }
    ends[place] = end;
    if (end) await onEnd?.(end, ++done);
  };
  try {
    const played = await Promise.allSettled(
      lines.map(async (places, line) => {
        for (const place of places) await take(place, line);
      }),
    );
    const stopped = played.find(({ status }) => status === 'rejected');
    if (stopped?.status === 'rejected') throw stopped.reason;
  } finally {
    await store.close();
  }
  await piecesAreDone();
  return ends;
}

/**
 * The reason of a failure that costs a piece of a shard; what would be that of every piece after it is thrown, and so is any
 * failure where there is no shard.
 */
export function failureOf(error: unknown, signal?: AbortSignal): { readonly failure: string } {
  signal?.throwIfAborted();
  if (!currentShard() || !(error instanceof UnderstudyError) || error.code === 'SPENDING_LIMIT') throw error;
  return { failure: error.message };
}

/** As JSON can hold it: numbers that are not finite by their names. */
const packed = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, one: unknown) =>
      typeof one === 'number' && !Number.isFinite(one) ? { number: String(one) } : one,
    ),
  );

/** The same as it was. */
const unpacked = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one: unknown) => {
    const { number } = (typeof one === 'object' && one !== null ? one : {}) as { readonly number?: unknown };
    return typeof number === 'string' && /^(?:NaN|-?Infinity)$/.test(number) ? Number(number) : one;
  });

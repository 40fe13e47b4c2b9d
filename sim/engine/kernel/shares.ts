import { GROUP } from '../../../env/people.ts';
import type { StateSpace } from '../../../env/state-space.ts';
import type { Columns } from './columns.ts';
import { call, run, runWords, SCRATCH_BYTES } from './program.ts';
import type { SharedBytes } from './shared-bytes.ts';

/** The agents that one thread plays. */
interface Share {
  /** Of each run. */
  readonly kinds: readonly number[];
  readonly runs: Uint32Array;
  readonly call: Uint32Array;
  /** Address of the call; 0 for no agents. */
  readonly address: number;
}

/** Equal shares of whole groups of agents, the same for the whole life of a run, as the blocks that programs are called with. */
export class Shares {
  /** By thread: the address that a program is called with; 0 for nothing to do. */
  readonly calls: readonly number[];
  readonly #shares: readonly Share[];
  /** Words of a run. */
  readonly #words: number;

  /** @param key of the agents' luck */
  constructor(
    space: StateSpace,
    columns: Columns,
    bytes: SharedBytes,
    threads: number,
    key: readonly [number, number],
  ) {
    this.#words = runWords(space);
    this.#shares = Array.from({ length: threads }, (_, t) => {
      const [from, to] = [t, t + 1].map((part) => GROUP * Math.floor((columns.places / GROUP) * (part / threads)));
      return this.#share(columns, bytes, from!, to!, key);
    });
    this.calls = this.#shares.map(({ address }) => address);
  }

  begin(tick: number): void {
    for (const share of this.#shares) share.call[call.tick] = tick;
  }

  /** Writes one word of every run: an address by its kind's slice, or by its kind. */
  point(word: number, of: Uint32Array | undefined, addresses: ArrayLike<number>): void {
    for (const { kinds, runs } of this.#shares)
      for (let r = 0, at = word; r < kinds.length; r++, at += this.#words)
        runs[at] = addresses[of ? of[kinds[r]!]! : kinds[r]!]!;
  }

  /** Writes one word of every run: an address by its thread and kind. */
  pointTo(word: number, addressOf: (thread: number, kind: number) => number): void {
    this.#shares.forEach(({ kinds, runs }, thread) => {
      for (let r = 0, at = word; r < kinds.length; r++, at += this.#words) runs[at] = addressOf(thread, kinds[r]!);
    });
  }

  /** @param from, to places of the agents */
  #share(columns: Columns, bytes: SharedBytes, from: number, to: number, key: readonly [number, number]): Share {
    const { members, first, states, actions } = columns;
    const columnsRead = [...states, ...columns.made.flatMap((made) => made ?? [])];
    const kinds = [...members.keys()].filter(
      (kind) => members[kind]! > 0 && first[kind]! < to && first[kind]! + members[kind]! > from,
    );
    const runsAt = bytes.allot(4 * this.#words * Math.max(1, kinds.length));
    const runs = bytes.words(runsAt, this.#words * kinds.length);
    kinds.forEach((kind, r) => {
      const begin = Math.max(from, first[kind]!);
      const count = Math.min(to, first[kind]! + members[kind]!) - begin;
      const groups = Math.ceil(count / GROUP);
      runs[r * this.#words + run.place] = begin;
      runs[r * this.#words + run.groups] = groups;
      runs[r * this.#words + run.lanes] = count - GROUP * (groups - 1);
    });
    const callAt = bytes.allot(4 * (call.states + columnsRead.length));
    const words = bytes.words(callAt, call.states + columnsRead.length);
    words[call.runs] = runsAt;
    words[call.count] = kinds.length;
    words[call.key0] = key[0];
    words[call.key1] = key[1];
    words[call.scratch] = bytes.allot(SCRATCH_BYTES);
    words[call.actions] = actions.byteOffset;
    columnsRead.forEach((column, p) => (words[call.states + p] = column.byteOffset));
    return { kinds, runs, call: words, address: kinds.length > 0 ? callAt : 0 };
  }
}

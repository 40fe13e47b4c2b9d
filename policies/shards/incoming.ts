import { UnderstudyError } from '../../env/error.ts';
import { labelKeyOf, parseLabel, UNSEALED } from '../../workspace/label.ts';
import { ownPackage } from '../../workspace/package.ts';
import { headerIn, type ShardBytes, type ShardHeader, shardWords } from '../../workspace/shards.ts';
import { KeyIndex } from '../labels/key-index.ts';
import type { LabelRecord } from '../labels/store.ts';
import { kindOfLine, recordIn, saysTheSame } from './lines.ts';
import { failureKey } from './shard-work.ts';

/** Shards of one command. */
export interface ShardGroup {
  readonly header: ShardHeader;
  readonly files: readonly ShardBytes[];
  /** Numbers of the shards that are there. */
  readonly present: ReadonlySet<number>;
}

/**
 * Shards by the command that they belong to.
 * @throws {UnderstudyError} SHARD_FILE for a file that is not a shard, is of another version, or does not fit the others of its
 *   command, naming it
 */
export function groupShards(files: readonly ShardBytes[]): ShardGroup[] {
  const groups = new Map<string, { header: ShardHeader; files: ShardBytes[]; present: Set<number> }>();
  for (const file of files) {
    const header = headerOf(file);
    const group = groups.get(header.command);
    if (!group) {
      groups.set(header.command, { header, files: [file], present: new Set([header.index]) });
      continue;
    }
    const { header: first } = group;
    if (header.of !== first.of)
      throw new UnderstudyError(
        'SHARD_FILE',
        `${file.name} is ${shardWords(header)}, and ${group.files[0]!.name} is one of ${first.of} of the same command: pieces are divided otherwise there; name the files of one of the two`,
      );
    if (header.sha256 !== first.sha256) throw stranger(file.name, header, first);
    group.files.push(file);
    group.present.add(header.index);
  }
  return [...groups.values()];
}

const stranger = (name: string, header: ShardHeader, expected: Pick<ShardHeader, 'scenario' | 'sha256'>) =>
  new UnderstudyError(
    'SHARD_FILE',
    `${name} is ${shardWords(header)} in ${header.scenario} with tables ${header.sha256.slice(0, 12)}, expected ${expected.scenario} with tables ${expected.sha256.slice(0, 12)}; leave it out`,
  );

/**
 * Refuses shards of another world.
 * @throws {UnderstudyError} SHARD_FILE
 */
export function requireWorld({ header, files }: ShardGroup, world: Pick<ShardHeader, 'scenario' | 'sha256'>): void {
  if (header.sha256 !== world.sha256) throw stranger(files[0]!.name, header, world);
}

function headerOf({ name, bytes }: ShardBytes): ShardHeader {
  const buffer = bufferOf(bytes);
  const end = buffer.indexOf(10);
  const header = headerIn(recordIn(buffer.toString('utf8', 0, Math.max(0, end))));
  if (!header)
    throw new UnderstudyError(
      'SHARD_FILE',
      `${name} is not a shard: its first line does not say what it belongs to; leave it out${end < 0 ? ', or run the shard again' : ''}`,
    );
  const { version } = ownPackage();
  if (header.understudy !== version)
    throw new UnderstudyError(
      'SHARD_FILE',
      `${name} is ${shardWords(header)} by understudy ${header.understudy}, and this is ${version}; merge it with that version, or run it again`,
    );
  return header;
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A file's number and an offset in it, in the 53 bits of a number. */
const SPAN = 2 ** 36;

/** What the shards of one command bring, by key. */
export class Incoming {
  readonly group: ShardGroup;
  readonly #buffers: readonly Buffer[];
  readonly #index = new KeyIndex();

  /**
   * @param log called for a file whose last line is cut off, as when its process was killed
   * @throws {UnderstudyError} SHARD_FILE for a line that was changed, SHARD_CONFLICT for two that contradict each other, naming both
   */
  constructor(group: ShardGroup, log?: (line: string) => void) {
    this.group = group;
    this.#buffers = group.files.map(({ bytes }) => bufferOf(bytes));
    for (let file = 0; file < group.files.length; file++) {
      for (const { offset, line, key, cut } of this.#lines(file)) {
        if (cut) {
          log?.(
            `${group.files[file]!.name} ends in a line that was cut off, as when its process is killed; it is left out`,
          );
          continue;
        }
        const before = this.#index.get(key);
        if (before === undefined) this.#index.add(key, file * SPAN + offset);
        else this.#requireSame(before, file * SPAN + offset, line);
      }
    }
  }

  has(key: string): boolean {
    return this.#index.get(key) !== undefined;
  }

  get(key: string): LabelRecord | undefined {
    const at = this.#index.get(key);
    return at === undefined ? undefined : recordIn(this.#lineAt(at));
  }

  /** The last failure of a piece, with its record. */
  failure(key: string): LabelRecord | undefined {
    let last: LabelRecord | undefined;
    for (let attempt = 0; ; attempt++) {
      const record = this.get(failureKey(key, attempt));
      if (!record) return last;
      last = record;
    }
  }

  /** Every key once, in the order of the files, with what its line is. */
  *entries(): Generator<{ readonly key: string; readonly kind: ReturnType<typeof kindOfLine> }> {
    for (let file = 0; file < this.#buffers.length; file++)
      for (const { key, line, offset, cut } of this.#lines(file))
        if (!cut && this.#index.get(key) === file * SPAN + offset) yield { key, kind: kindOfLine(line) };
  }

  /** Where a key stands: its file and the number of its line. */
  where(key: string): string {
    return this.#placeOf(this.#index.get(key)!);
  }

  *#lines(file: number): Generator<{ offset: number; line: string; key: string; cut: boolean }> {
    const bytes = this.#buffers[file]!;
    const { name } = this.group.files[file]!;
    for (let offset = 0, number = 1; offset < bytes.length; number++) {
      const end = bytes.indexOf(10, offset);
      const line = bytes.toString('utf8', offset, end < 0 ? bytes.length : end).replace(/\r$/, '');
      if (line !== '') {
        const read = labelKeyOf(line);
        const problem = typeof read === 'string' ? read : read.sealed ? undefined : UNSEALED;
        if (typeof read !== 'string' && problem === undefined) yield { offset, line, key: read.key, cut: false };
        else if (end < 0) yield { offset, line, key: '', cut: true };
        else
          throw new UnderstudyError(
            'SHARD_FILE',
            `${name}, line ${number}: ${problem}; nothing is merged: remove the line, or run the shard again`,
          );
      }
      if (end < 0) return;
      offset = end + 1;
    }
  }

  #requireSame(before: number, at: number, line: string): void {
    const first = this.#lineAt(before);
    if (first === line || ['failure', 'beyond'].includes(kindOfLine(line))) return;
    const [one, other] = [parseLabel(first), parseLabel(line)];
    if (typeof one === 'object' && typeof other === 'object' && saysTheSame(one.record, other.record)) return;
    throw new UnderstudyError(
      'SHARD_CONFLICT',
      `${this.#placeOf(before)} and ${this.#placeOf(at)} contradict each other: they answer the same question differently; nothing is merged: keep one of the two lines`,
    );
  }

  #placeOf(at: number): string {
    const file = Math.floor(at / SPAN);
    const before = this.#buffers[file]!.subarray(0, at % SPAN);
    let line = 1;
    for (let i = before.indexOf(10); i >= 0; i = before.indexOf(10, i + 1)) line++;
    return `${this.group.files[file]!.name}, line ${line}`;
  }

  #lineAt(at: number): string {
    const bytes = this.#buffers[Math.floor(at / SPAN)]!;
    const offset = at % SPAN;
    const end = bytes.indexOf(10, offset);
    return bytes.toString('utf8', offset, end < 0 ? bytes.length : end).replace(/\r$/, '');
  }
}

import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '../../../workspace/write-file.ts';
import type { Licence } from '../catalog.ts';

/** Kept as NAME.json beside the model. */
export interface PulledModel {
  readonly model: string;
  /** URL or absolute path; "found in place" for a file that was there already. */
  readonly source: string;
  readonly repository?: string;
  /** Commit of the repository. */
  readonly revision?: string;
  readonly sha256: string;
  /** Where the hash that it was compared with comes from. */
  readonly verified: 'pinned' | 'given' | 'announced by the server' | 'the list of bundled files' | 'nothing';
  readonly bytes: number;
  /** Absent for a model that understudy does not know. */
  readonly licence?: Licence;
  /** When, as an ISO 8601 date and time; absent for a bundled one. */
  readonly retrieved?: string;
}

/** Where the record of a model file lies: NAME.json beside NAME.gguf. */
const recordPath = (gguf: string) => gguf.replace(/\.gguf$/, '.json');

export function writeRecord(gguf: string, pulled: PulledModel): Promise<void> {
  return writeFileAtomically(recordPath(gguf), `${JSON.stringify(pulled, undefined, 2)}\n`);
}

/** What pull recorded of a file: empty where the record is damaged, undefined where there is none. */
export async function readRecord(gguf: string): Promise<Partial<PulledModel> | undefined> {
  try {
    return { ...JSON.parse(await readFile(recordPath(gguf), 'utf8')) };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : {};
  }
}

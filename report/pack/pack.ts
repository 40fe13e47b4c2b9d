import { join } from 'node:path';
import { sha256 } from '../../workspace/hash.ts';
import { packStudy as packed } from '../../workspace/pack.ts';
import { writeFileAtomically } from '../../workspace/write-file.ts';

export interface PackOptions {
  readonly workspace: string;
  /** Default: study.tar in the workspace. */
  readonly out?: string;
}

export interface PackReport {
  readonly file: string;
  readonly scenario: string;
  readonly files: number;
  readonly bytes: number;
  /** Of the pack: the same study gives the same. */
  readonly sha256: string;
}

/**
 * Writes a study as one file that can be handed on: labels, students, results, the scenario and a manifest.
 * @throws {UnderstudyError} DISTILL_FILE if there is no study, or the file cannot be written
 */
export async function packStudy({ workspace, out = join(workspace, 'study.tar') }: PackOptions): Promise<PackReport> {
  const { manifest, bytes } = await packed(workspace);
  await writeFileAtomically(out, bytes);
  const { scenario, files } = manifest;
  return { file: out, scenario, files: Object.keys(files).length, bytes: bytes.length, sha256: sha256(bytes) };
}

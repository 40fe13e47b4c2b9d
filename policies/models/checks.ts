import { UnderstudyError } from '../../env/error.ts';
import { bundledFiles, dataFile } from '../../workspace/bundled.ts';
import { pulledPaths } from '../../workspace/paths.ts';
import { readRecord } from '../../workspace/pulled-model.ts';
import type { BundledModel, HubModel, NamedModel } from './catalog.ts';
import { recordedFiles } from './pull/present.ts';

/** Where a model lies and what its file is checked against before it is loaded. */
export interface ModelChecks {
  readonly path: string;
  readonly name?: string;
  readonly caveat?: string;
  /** Lower-case hex; absent for a file that nothing is known about. */
  readonly sha256?: string;
  /** What to do about a file that is missing or damaged. */
  readonly remedy: string;
}

/** A model that comes with the package: data/manifest.json has its hash. */
export function bundledModel({ name, file, caveat }: BundledModel): ModelChecks {
  const { sha256 } = bundledFiles()[file] ?? {};
  return { path: dataFile(file), name, caveat, sha256, remedy: 'install understudy again' };
}

/**
 * A pulled model, under its name in the table or one of its own: checked against what `pull` recorded, else against the hash
 * in the table.
 * @throws {UnderstudyError} POLICY_FILE for a record without a hash
 */
export async function pulledModel(
  name: string,
  model: NamedModel | undefined,
  workspace: string,
): Promise<ModelChecks> {
  const remedy = `run understudy pull ${name}${model ? '' : ' --from URL|FILE'}`;
  const { gguf, provenance } = pulledPaths(workspace, name);
  const record = await readRecord(gguf);
  const { caveat, sha256: pinned } = (model ?? {}) as Partial<HubModel>;
  if (record === undefined) return { path: gguf, name, caveat, sha256: pinned, remedy };
  if (typeof record.sha256 !== 'string')
    throw new UnderstudyError('POLICY_FILE', `${provenance} does not name the SHA-256 of ${name}; ${remedy}`);
  return { path: recordedFiles(gguf, record)[0]!.path, name, caveat, sha256: record.sha256, remedy };
}

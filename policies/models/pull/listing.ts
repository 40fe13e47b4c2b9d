import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundledFiles } from '../../../workspace/bundled.ts';
import { workspace } from '../../../workspace/paths.ts';
import { readRecord } from '../../../workspace/pulled-model.ts';
import { type Licence, type NamedModel, namedModels, pulledPaths } from '../catalog.ts';

/** A model that can be pulled, or was pulled under a name of its own. */
export interface ListedModel {
  readonly name: string;
  readonly description: string;
  readonly bytes?: number;
  readonly licence?: Licence;
  /** Whether it wants HF_TOKEN. */
  readonly gated: boolean;
  /** Whether understudy knows its SHA-256 beforehand. */
  readonly pinned: boolean;
  /** Whether it can be asked now; for a pulled one, judged by its size and not by its hash. */
  readonly here: boolean;
  /** How many bytes an interrupted download left, to be gone on with. */
  readonly fetched?: number;
}

/** The table of models and whatever else was pulled into the workspace. */
export async function listModels(
  directory: string,
  models: readonly NamedModel[] = namedModels,
): Promise<ListedModel[]> {
  const { teachers } = workspace(directory);
  const files = await readdir(teachers).catch(() => []);
  const listed = models.map(async (model): Promise<ListedModel> => {
    const { name, description, licence } = model;
    if (model.bundled) {
      const bytes = bundledFiles()[model.file]?.bytes;
      return { name, description, bytes, licence, gated: false, pinned: true, here: true };
    }
    const { gguf } = pulledPaths(resolve(directory), name);
    const record = await readRecord(gguf);
    const { bytes, gated } = model;
    const here = (await sizeOf(gguf)) === (record?.bytes ?? bytes);
    const part = here ? undefined : files.find((file) => isPart(file, name));
    const fetched = part && (await sizeOf(join(teachers, part)));
    const pinned = model.sha256 !== undefined;
    return { name, description, bytes, licence, gated, pinned, here, ...(fetched && { fetched }) };
  });

  const others = files
    .filter((file) => file.endsWith('.gguf'))
    .map((file) => file.slice(0, -'.gguf'.length))
    .filter((name) => !models.some((model) => model.name === name))
    .sort();
  for (const name of others) {
    const gguf = join(teachers, `${name}.gguf`);
    const record = await readRecord(gguf);
    if (!record?.sha256) continue;
    const { bytes, source = 'somewhere', licence } = record;
    const here = (await sizeOf(gguf)) === bytes;
    const common = { bytes, licence, gated: false, pinned: false, here };
    listed.push(Promise.resolve({ name, description: `pulled from ${source}`, ...common }));
  }
  return Promise.all(listed);
}

/** Whether a file is what an interrupted download of a model left. */
export function isPart(file: string, name: string): boolean {
  const begins = `${name}.gguf.`;
  return file.startsWith(begins) && /^[0-9a-f]{12}\.part$/.test(file.slice(begins.length));
}

const sizeOf = (path: string) =>
  stat(path).then(
    (found) => found.size,
    () => undefined,
  );

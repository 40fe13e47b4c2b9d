import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundledFiles } from '../../../workspace/bundled.ts';
import { pulledPaths, workspace } from '../../../workspace/paths.ts';
import { type PulledModel, readRecord } from '../../../workspace/pulled-model.ts';
import { type Licence, type NamedModel, namedModels } from '../catalog.ts';
import { recordedFiles } from './present.ts';

/** A model that can be pulled, or was pulled under a name of its own. */
export interface ListedModel {
  readonly name: string;
  readonly description: string;
  readonly bytes?: number;
  readonly licence?: Licence;
  /** It embeds texts and is not a teacher; of one that was pulled under a name of its own it is not known. */
  readonly embeds?: true;
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
    const { bytes, gated, embeds } = model;
    const here = await isHere(gguf, record ?? { bytes });
    const fetched = here ? 0 : await partial(teachers, files, name);
    const pinned = model.sha256 !== undefined;
    return {
      ...{ name, description, bytes, licence, gated, pinned, here },
      ...(embeds && { embeds }),
      ...(fetched && { fetched }),
    };
  });

  const others = files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .filter((name) => !models.some((model) => model.name === name))
    .sort();
  for (const name of others) {
    const gguf = join(teachers, `${name}.gguf`);
    const record = await readRecord(gguf);
    if (!record?.sha256) continue;
    const { bytes, source = 'somewhere', licence } = record;
    const here = await isHere(gguf, record);
    const common = { bytes, licence, gated: false, pinned: false, here };
    listed.push(Promise.resolve({ name, description: `pulled from ${source}`, ...common }));
  }
  return Promise.all(listed);
}

/** Whether a file is what an interrupted download of a model, or of a shard of it, left. */
export function isPart(file: string, name: string): boolean {
  const rest = file.startsWith(name) ? file.slice(name.length) : '';
  return /^(-\d{5}-of-\d{5})?\.gguf\.[0-9a-f]{12}\.part$/.test(rest);
}

async function partial(teachers: string, files: readonly string[], name: string): Promise<number> {
  const parts = files.filter((file) => isPart(file, name));
  const sizes = await Promise.all(parts.map((file) => sizeOf(join(teachers, file))));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

async function isHere(gguf: string, record: Partial<PulledModel>): Promise<boolean> {
  const files = recordedFiles(gguf, record);
  const sizes = await Promise.all(files.map(({ path }) => sizeOf(path)));
  return sizes.every((size, i) => size !== undefined && size === files[i]!.bytes);
}

const sizeOf = (path: string) =>
  stat(path).then(
    (found) => found.size,
    () => undefined,
  );

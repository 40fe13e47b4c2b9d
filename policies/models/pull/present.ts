import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UnderstudyError } from '../../../env/error.ts';
import { bundledFiles, dataFile } from '../../../workspace/bundled.ts';
import { type PulledModel, readRecord, writeRecord } from '../../../workspace/pulled-model.ts';
import { type BundledModel, HUB, type HubModel } from '../catalog.ts';
import { identityOfShards } from '../gguf/shards.ts';
import { hashOf } from './disk.ts';
import { type PullOptions, sourceOf, underAnotherName } from './source.ts';

export interface PullReport extends PulledModel {
  /** The file, or the first of several. */
  readonly file: string;
  /** It was here already and still has its hash. */
  readonly present: boolean;
}

/** The files of a pulled model, in order: one under its name, or its shards. */
export function recordedFiles(
  gguf: string,
  record: Partial<PulledModel> | undefined,
): { path: string; bytes?: number; sha256?: string }[] {
  // A record is a file that anybody can edit: a name that leads elsewhere is not followed.
  const shards = Array.isArray(record?.shards) ? record.shards : [];
  if (shards.length === 0) return [{ path: gguf, bytes: record?.bytes, sha256: record?.sha256 }];
  return shards.map(({ file, ...known }) => ({ path: join(dirname(gguf), basename(String(file))), ...known }));
}

/**
 * What is in its place already and is the right model; undefined where it is to be fetched.
 * @throws {UnderstudyError} PULL_DAMAGED for another file that pull did not put there
 */
export async function present(
  gguf: string,
  known: HubModel | undefined,
  options: PullOptions,
): Promise<(PulledModel & { file: string }) | undefined> {
  const { model, from, log } = options;
  const recorded = await readRecord(gguf);
  const files = recordedFiles(gguf, recorded);
  const hashes: string[] = [];
  for (const { path } of files) {
    if (!(await stat(path).catch(() => undefined))) {
      if (hashes.length > 0 || files.length > 1) log?.(`${path} is missing: fetching it`);
      return undefined;
    }
    hashes.push((await hashOf(path, options, 'checking the model')).digest('hex'));
  }
  const hash = files.length > 1 ? identityOfShards(hashes) : hashes[0]!;
  const expected = known?.sha256 ?? options.sha256;
  if (recorded === undefined) {
    if (hash === expected) return { ...(await adopted(gguf, hash, known, options)), file: gguf };
    throw notOurs(gguf, model, hash);
  }
  if (hash !== recorded.sha256) {
    const at = files.findIndex(({ sha256 }, i) => sha256 !== hashes[i]);
    const { path, sha256 } = files[Math.max(0, at)]!;
    log?.(`${path} is damaged (SHA-256 ${hashes[Math.max(0, at)]}, recorded ${sha256}): fetching it again`);
    return undefined;
  }
  if (expected !== undefined && hash !== expected) {
    log?.(`${gguf} is another version (SHA-256 ${hash}, expected ${expected}): fetching the expected one`);
    return undefined;
  }
  const same =
    expected !== undefined ||
    from === undefined ||
    [sourceOf(from, options.hub ?? HUB), resolve(from)].includes(recorded.source ?? '');
  return same ? { ...(recorded as PulledModel), file: files[0]!.path } : undefined;
}

export const notOurs = (path: string, model: string, hash: string) =>
  new UnderstudyError(
    'PULL_DAMAGED',
    `${path} is not ${model} and was not put there by pull (SHA-256 ${hash}): move it away; it can be asked where it is, as gguf:PATH`,
  );

/** The record for a file that was put in place by hand and has the expected hash. */
async function adopted(gguf: string, sha256: string, known: HubModel | undefined, options: PullOptions) {
  const pulled: PulledModel = {
    model: options.model,
    source: 'found in place',
    sha256,
    verified: known?.sha256 ? 'pinned' : 'given',
    bytes: (await stat(gguf)).size,
    ...(known && { licence: known.licence }),
    retrieved: new Date().toISOString(),
  };
  await writeRecord(gguf, pulled);
  return pulled;
}

/**
 * Checks a model that comes with the package.
 * @throws {UnderstudyError} PULL_DAMAGED; PULL_MODEL where another file is to take its name
 */
export async function checkBundled(
  { name, file: path, licence }: BundledModel,
  options: PullOptions,
): Promise<PullReport> {
  if (options.from !== undefined || options.sha256 !== undefined)
    throw new UnderstudyError(
      'PULL_MODEL',
      `${name} comes with understudy and is opened from there; ${underAnotherName('--from URL|FILE')}`,
    );
  const file = dataFile(path);
  const listed = bundledFiles()[path];
  const hash = await hashOf(file, options, 'checking the model').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const found = hash?.digest('hex');
  if (found === undefined || found !== listed?.sha256)
    throw new UnderstudyError(
      'PULL_DAMAGED',
      `${file} ${found ? `is damaged: SHA-256 is ${found}, expected ${listed?.sha256 ?? 'none: data/manifest.json does not list it'}` : 'is missing'}; reinstall understudy`,
    );
  return {
    model: name,
    file,
    source: 'understudy',
    sha256: found,
    verified: 'the list of bundled files',
    bytes: listed.bytes,
    licence,
    present: true,
  };
}

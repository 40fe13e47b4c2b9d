import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundledFiles, dataFile } from '../policies/bundled.ts';
import { DistillError } from './distill-error.ts';
import { type DownloadOptions, download, hashOf, inspect } from './download.ts';
import { workspace } from './workspace.ts';

/** A model that `pull` knows by name. */
export interface KnownModel {
  readonly name: string;
  readonly description: string;
  /** Where it is fetched from. */
  readonly url?: string;
  /** Path under data/ of one that comes with the package: it is checked, not fetched. */
  readonly bundled?: string;
  readonly licence: string;
  /** What the licence asks of whoever uses the model, in a sentence. */
  readonly terms: string;
}

export const knownModels: readonly KnownModel[] = [
  {
    name: 'tiny',
    description: 'stand-in for Gemma, 0.5 MB, comes with understudy; speaks a known rule, not a trained opinion',
    bundled: 'teachers/tiny.gguf',
    licence: 'MIT',
    terms:
      'Part of understudy. It stands in for Gemma where there is none; its answers are no evidence about people or Gemma.',
  },
  {
    name: 'gemma-3-4b',
    description: 'Gemma 3 4B instruct, Q4_K_M, 2.5 GB, from Hugging Face',
    url: 'https://huggingface.co/bartowski/google_gemma-3-4b-it-GGUF/resolve/main/google_gemma-3-4b-it-Q4_K_M.gguf',
    licence: 'Gemma Terms of Use, https://ai.google.dev/gemma/terms',
    terms:
      'The Gemma Terms of Use apply to the model, and to students trained on its answers: they count as model derivatives.',
  },
];

export interface PullOptions extends DownloadOptions {
  /** A known name, or with `from` any name made of letters, digits, `.`, `-` and `_`. */
  readonly model: string;
  /** Directory of the study. */
  readonly workspace: string;
  /** URL or file to take it from instead of the known address. */
  readonly from?: string;
  /** What the file must hash to, where it is known. */
  readonly sha256?: string;
}

/** Kept as NAME.json beside the model. */
export interface PulledModel {
  readonly model: string;
  readonly file: string;
  readonly source: string;
  readonly revision?: string;
  readonly sha256: string;
  /** What the hash was compared with. */
  readonly verified: 'announced by the server' | 'given' | 'the list of bundled files' | 'nothing';
  readonly size: number;
  readonly licence: string;
}

export interface PullReport extends PulledModel {
  /** It was here already and still has its hash. */
  readonly present: boolean;
  readonly terms?: string;
}

const MAGIC = 'GGUF';

/**
 * Brings a model file into the workspace, models/teachers/NAME.gguf: downloaded with resumption or copied, hashed,
 * and put in its place only when it is whole.
 * @throws {DistillError} PULL_MODEL for an unknown name, PULL_DAMAGED for a wrong hash or no GGUF, and download()'s
 */
export async function pull(options: PullOptions): Promise<PullReport> {
  const known = knownModels.find(({ name }) => name === options.model);
  if (known?.bundled && options.from === undefined) return checkBundled(known, known.bundled, options);
  const from = options.from ?? known?.url;
  if (from === undefined) throw unknownModel(options.model);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(options.model))
    throw new DistillError('PULL_MODEL', `a model name is made of letters, digits, . - and _, got "${options.model}"`);

  const directory = workspace(options.workspace).teachers;
  const file = join(directory, `${options.model}.gguf`);
  await mkdir(directory, { recursive: true });
  const licence = {
    licence: known && options.from === undefined ? known.licence : `that of ${from}`,
    ...(known && { terms: known.terms }),
  };

  const here = await present(file, options);
  if (here && (options.from === undefined || here.source === from)) {
    if (options.sha256 === undefined || options.sha256 === here.sha256)
      return { ...here, present: true, ...(known && { terms: known.terms }) };
  }

  const remote = /^https?:/.test(from) ? await inspect(from, options) : undefined;
  const expected = options.sha256 ?? remote?.sha256;
  // The name says what the part belongs to, so that parts of two versions are never put together.
  const part = `${file}.${(expected ?? sha256(`${from} ${remote?.size}`)).slice(0, 12)}.part`;
  const arrived = remote ? await download(remote, part, options) : await copy(from, part, options);

  const magic = await firstBytes(part, MAGIC.length);
  if (expected !== undefined && arrived.sha256 !== expected) {
    await rm(part);
    throw new DistillError(
      'PULL_DAMAGED',
      `${from} ${remote ? 'arrived' : 'is'} damaged: SHA-256 is ${arrived.sha256}, expected ${expected}; it was thrown away${remote ? ', run the same command again' : ''}`,
    );
  }
  if (magic !== MAGIC) {
    await rm(part);
    throw new DistillError('PULL_DAMAGED', `${from} is not a GGUF model: it begins with ${JSON.stringify(magic)}`);
  }

  const pulled: PulledModel = {
    model: options.model,
    file,
    source: from,
    ...(remote?.revision && { revision: remote.revision }),
    sha256: arrived.sha256,
    verified: options.sha256 ? 'given' : remote?.sha256 ? 'announced by the server' : 'nothing',
    size: arrived.size,
    licence: licence.licence,
  };
  await rename(part, file);
  await writeFile(`${sidecar(file)}.part`, `${JSON.stringify(pulled, undefined, 2)}\n`);
  await rename(`${sidecar(file)}.part`, sidecar(file));
  return { ...pulled, present: false, ...(licence.terms && { terms: licence.terms }) };
}

const sidecar = (file: string) => file.replace(/\.gguf$/, '.json');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What is in the workspace already, where file and record agree. */
async function present(file: string, options: PullOptions): Promise<PulledModel | undefined> {
  let record: PulledModel;
  try {
    record = JSON.parse(await readFile(sidecar(file), 'utf8')) as PulledModel;
    await access(file);
  } catch {
    return undefined;
  }
  const hash = (await hashOf(file, options, 'checking the model')).digest('hex');
  if (hash === record.sha256) return { ...record, file };
  options.log?.(`${file} is damaged (SHA-256 ${hash}, recorded ${record.sha256}): fetching it again`);
  return undefined;
}

async function copy(from: string, part: string, options: PullOptions): Promise<{ size: number; sha256: string }> {
  try {
    await copyFile(from, part);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new DistillError('PULL_MISSING', `${from} does not exist`, { cause: error });
    if (code === 'ENOSPC')
      throw new DistillError('PULL_SPACE', 'the disk is full; free some space and try again', { cause: error });
    throw error;
  }
  const hash = await hashOf(part, options, 'checking the copy');
  return { size: (await stat(part)).size, sha256: hash.digest('hex') };
}

async function firstBytes(path: string, count: number): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function checkBundled(known: KnownModel, path: string, options: PullOptions): Promise<PullReport> {
  const file = dataFile(path);
  const listed = bundledFiles()[path];
  const hash = await hashOf(file, options, 'checking the model').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const found = hash?.digest('hex');
  if (found === undefined || found !== listed?.sha256)
    throw new DistillError(
      'PULL_DAMAGED',
      `${file} ${found ? `is damaged: SHA-256 is ${found}, expected ${listed?.sha256 ?? 'none: data/manifest.json does not list it'}` : 'is missing'}; reinstall understudy`,
    );
  return {
    model: known.name,
    file,
    source: 'understudy',
    sha256: found,
    verified: 'the list of bundled files',
    size: listed.bytes,
    licence: known.licence,
    terms: known.terms,
    present: true,
  };
}

function unknownModel(model: string): DistillError {
  const names = knownModels.map(({ name }) => name).join(', ');
  return new DistillError(
    'PULL_MODEL',
    `unknown model: ${model} (known: ${names}); any other GGUF with --from URL or --from FILE`,
  );
}

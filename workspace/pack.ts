import { lstat, readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import { archiveOf, type Entry, readArchive } from './archive.ts';
import { sha256 } from './hash.ts';
import { ownPackage } from './package.ts';
import { workspace } from './paths.ts';
import { jsonText } from './result-file.ts';
import { readStudyFile } from './study.ts';
import { partOf } from './write-file.ts';

const FORMAT = 'understudy-pack-1';
/** The first look of whoever opens a pack. */
const MANIFEST = 'manifest.json';
/** What a study consists of; models that were pulled and what is unfinished are not part of it. */
const FOLDERS = ['data', join('models', 'saved_models'), join('models', 'configs'), 'results'];

const manifest = z.object({
  format: z.literal(FORMAT),
  understudy: z.string(),
  scenario: z.string(),
  /** Where the module of the scenario lies in the pack; absent for a world that ships with the package. */
  module: z.string().optional(),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.int() })),
});
export type PackManifest = z.infer<typeof manifest>;

/** A study as one file. */
export interface Pack {
  readonly manifest: PackManifest;
  readonly bytes: Uint8Array;
}

/**
 * A study as one archive: labels, students, results, the scenario, and a manifest with the SHA-256 of each. The same files
 * give the same bytes.
 * @throws {UnderstudyError} DISTILL_FILE if there is nothing to pack, or a link among the files
 */
export async function packStudy(directory: string): Promise<Pack> {
  const paths = workspace(directory);
  const study = await readStudyFile(paths);
  const entries: Entry[] = [];
  for (const folder of FOLDERS) entries.push(...(await filesUnder(paths.root, join(paths.root, folder))));
  if (!study || entries.length === 0)
    throw new UnderstudyError('DISTILL_FILE', `${directory} holds no study; \`understudy study\` makes one`);
  for (const file of [paths.study, paths.scenario]) {
    const content = await readFile(file).catch(() => undefined);
    if (content) entries.push({ name: nameIn(paths.root, file), content });
  }
  let module: string | undefined;
  if (study.file !== undefined) {
    const file = isAbsolute(study.file) ? study.file : join(paths.root, study.file);
    module = `scenario/${file.split(sep).at(-1)}`;
    entries.push({ name: module, content: await readFile(file) });
  }
  const all = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  const made: PackManifest = {
    format: FORMAT,
    understudy: ownPackage().version,
    scenario: study.scenario,
    ...(module !== undefined && { module }),
    files: Object.fromEntries(
      all.map(({ name, content }) => [name, { sha256: sha256(content), bytes: content.length }]),
    ),
  };
  const bytes = archiveOf([...all, { name: MANIFEST, content: Buffer.from(jsonText(made)) }]);
  return { manifest: made, bytes };
}

const nameIn = (root: string, file: string) => relative(root, file).split(sep).join('/');

async function filesUnder(root: string, folder: string): Promise<Entry[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found: Entry[] = [];
  for (const name of names.sort()) {
    const file = join(folder, name);
    const kind = await lstat(file);
    if (kind.isDirectory()) found.push(...(await filesUnder(root, file)));
    else if (!kind.isFile())
      throw new UnderstudyError('DISTILL_FILE', `${file} is not a plain file; a pack has no links`);
    // What another process writes just now, or holds, is not a result.
    else if (partOf(name) === undefined && !name.endsWith('.lock'))
      found.push({ name: nameIn(root, file), content: await readFile(file) });
  }
  return found;
}

/** A pack that was opened. */
export interface OpenPack {
  readonly manifest: PackManifest;
  /** By name; the manifest is not among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Where the files are not those of the manifest, a sentence each. */
  readonly faults: readonly string[];
}

/**
 * Reads a pack and holds its files against its manifest.
 * @throws {UnderstudyError} DISTILL_FILE for a file that is not a pack
 */
export function openPack(bytes: Uint8Array, what: string): OpenPack {
  const entries = readArchive(bytes, what);
  const files = new Map(entries.map(({ name, content }) => [name, content]));
  const text = files.get(MANIFEST);
  const parsed = manifest.safeParse(text && jsonOf(text));
  if (!parsed.success)
    throw new UnderstudyError('DISTILL_FILE', `${what} is an archive, but not a pack: it has no ${MANIFEST} of one`);
  files.delete(MANIFEST);
  const listed = parsed.data.files;
  const faults = [
    ...Object.entries(listed).flatMap(([name, { sha256: expected }]) => {
      const content = files.get(name);
      if (!content) return [`${name} is missing`];
      const found = sha256(content);
      return found === expected
        ? []
        : [`${name} was changed: its sha256 is ${found.slice(0, 12)}…, the manifest says ${expected.slice(0, 12)}…`];
    }),
    ...[...files.keys()].filter((name) => !Object.hasOwn(listed, name)).map((name) => `${name} is not in the manifest`),
  ];
  return { manifest: parsed.data, files, faults };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

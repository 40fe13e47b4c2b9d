import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UnderstudyError } from '../../../env/error.ts';
import { type PulledModel, writeRecord } from '../../../workspace/pulled-model.ts';
import { HUB, type HubModel, hubUrl, type NamedModel, namedModels, pulledPaths } from '../catalog.ts';
import { alone } from './alone.ts';
import { checkBundled } from './bundled.ts';
import { copyModel, sizeOf } from './copy.ts';
import { type DownloadOptions, download } from './download.ts';
import { inspect, type RemoteFile } from './inspect.ts';
import { isPart } from './listing.ts';
import { requireUsable, sourceOf, underAnotherName } from './names.ts';
import { present } from './present.ts';
import { size } from './words.ts';

export interface PullOptions extends DownloadOptions {
  /** A name of the table, or with `from` any name made of letters, digits, `.`, `-` and `_`. */
  readonly model: string;
  /** Directory of the study. */
  readonly workspace: string;
  /** URL or file to take it from instead of its own address. */
  readonly from?: string;
  /** What the file must hash to, for a model that the table does not pin. */
  readonly sha256?: string;
  /** The table of models; default: namedModels. */
  readonly models?: readonly NamedModel[];
}

export interface PullReport extends PulledModel {
  readonly file: string;
  /** It was here already and still has its hash. */
  readonly present: boolean;
}

/** What the file must be, as far as that is known before it is fetched. */
interface Wanted {
  readonly sha256?: string;
  readonly bytes?: number;
  readonly verified: PulledModel['verified'];
}

/**
 * Brings a model file into the workspace, models/teachers/NAME.gguf: downloaded with resumption or copied, hashed,
 * and put in its place only when it is whole and has the hash that it should have. One process at a time fetches a model.
 * @throws {UnderstudyError} PULL_MODEL for a name that is unknown or not to be had this way, PULL_CHANGED where the server
 *   offers another file than the pinned one, PULL_DAMAGED for a wrong hash or no GGUF, and download()'s
 */
export async function pull(options: PullOptions): Promise<PullReport> {
  const { model, from, models = namedModels } = options;
  const known = models.find(({ name }) => name === model);
  if (known?.bundled) return checkBundled(known, options);
  if (known === undefined) requireUsable(model, from, models);
  else if (options.sha256 !== undefined && known.sha256 !== undefined && options.sha256 !== known.sha256)
    throw new UnderstudyError(
      'PULL_MODEL',
      `${model} is the file with SHA-256 ${known.sha256}, not ${options.sha256}; ${underAnotherName('--from URL|FILE')}`,
    );

  const { gguf } = pulledPaths(resolve(options.workspace), model);
  await mkdir(dirname(gguf), { recursive: true });
  return alone(`${gguf}.lock`, model, options, async () => {
    const here = await present(gguf, known, options);
    return here ? { ...here, file: gguf, present: true } : { ...(await fetchTo(gguf, known, options)), present: false };
  });
}

async function fetchTo(
  gguf: string,
  known: HubModel | undefined,
  options: PullOptions,
): Promise<PulledModel & { file: string }> {
  const { model, log, hub = HUB } = options;
  const source = options.from === undefined ? hubUrl(known!, hub) : sourceOf(options.from, hub);
  const remote = /^https?:/i.test(source);
  if (known) log?.(`${model}: ${known.description}, ${size(known.bytes)}`);
  log?.(`from ${source}`);
  if (known) log?.(`licence: ${known.licence.name}, ${known.licence.url}\n  ${known.licence.terms}`);
  else log?.('licence: not known to understudy; look where the model comes from before you use it');

  const announced = remote ? await inspect(source, options) : { url: source, size: await sizeOf(source) };
  const wanted = wantedOf(known, options.sha256, announced);
  requireUnchanged(announced, wanted, model, remote);

  // The name says what the part belongs to, so that parts of two versions are never put together.
  const { url, size: bytes, version } = announced;
  const key = wanted.sha256 ?? createHash('sha256').update(`${url} ${bytes} ${version}`).digest('hex');
  const part = `${gguf}.${key.slice(0, 12)}.part`;
  const arrived = remote
    ? await fetchWhole(announced, part, wanted.sha256, options)
    : await copied(source, part, wanted, model, options);

  const revision = announced.revision ?? (options.from === undefined ? known?.revision : undefined);
  const pulled: PulledModel = {
    model,
    source: remote ? source : resolve(source),
    ...(known && options.from === undefined && { repository: known.repository }),
    ...(revision && { revision }),
    sha256: arrived.sha256,
    verified: wanted.verified,
    bytes: arrived.size,
    ...(known && { licence: known.licence }),
    retrieved: new Date().toISOString(),
  };
  // The record first: a model without one would pass for a file that somebody else put here.
  await writeRecord(gguf, pulled);
  await rename(part, gguf);
  await dropParts(gguf, model);
  return { ...pulled, file: gguf };
}

/** Parts of other versions, which nobody will go on with. */
async function dropParts(gguf: string, model: string): Promise<void> {
  const directory = dirname(gguf);
  for (const file of await readdir(directory))
    if (isPart(file, model)) await rm(join(directory, file), { force: true });
}

function wantedOf(known: HubModel | undefined, given: string | undefined, announced: RemoteFile): Wanted {
  if (known?.sha256) return { sha256: known.sha256, bytes: known.bytes, verified: 'pinned' };
  if (given) return { sha256: given, verified: 'given' };
  if (announced.sha256) return { sha256: announced.sha256, verified: 'announced by the server' };
  return { verified: 'nothing' };
}

/** What is another file by what is announced of it is not fetched at all. */
function requireUnchanged(announced: RemoteFile, wanted: Wanted, model: string, remote: boolean): void {
  const hash = announced.sha256 && wanted.sha256 && announced.sha256 !== wanted.sha256;
  const length = announced.size && wanted.bytes && announced.size !== wanted.bytes;
  if (!hash && !length) return;
  const [found, expected] = hash
    ? [`SHA-256 ${announced.sha256}`, wanted.sha256]
    : [`${announced.size} bytes`, `${wanted.bytes}`];
  if (!remote)
    throw new UnderstudyError(
      'PULL_DAMAGED',
      `${announced.url} is not ${model}: it has ${found}, pinned is ${expected}; ${underAnotherName('--from FILE')}`,
    );
  throw new UnderstudyError(
    'PULL_CHANGED',
    wanted.verified === 'pinned'
      ? `the file changed at its source: ${announced.url} announces ${found}, and ${model} is pinned to ${expected}; nothing was fetched. A newer understudy may know the new file; ${underAnotherName('--from URL')}`
      : `${announced.url} announces ${found}, given was ${expected}; nothing was fetched`,
  );
}

/** Fetches until the hash is right; where an old part may be what is wrong, once more from the first byte. */
async function fetchWhole(remote: RemoteFile, part: string, expected: string | undefined, options: PullOptions) {
  for (let clean = false; ; clean = true) {
    const arrived = await download(remote, part, options).catch(async (error) => {
      if (error instanceof UnderstudyError && error.code === 'PULL_DAMAGED') await rm(part, { force: true });
      throw error;
    });
    if (expected === undefined || arrived.sha256 === expected) return arrived;
    await rm(part);
    const wrong = `${remote.url} arrived damaged: its SHA-256 is ${arrived.sha256}, expected ${expected}`;
    if (clean || !arrived.resumed)
      throw new UnderstudyError('PULL_DAMAGED', `${wrong}; it was thrown away, run the same command again`);
    options.log?.(`${wrong}; it came in pieces, so it is fetched once more in one`);
  }
}

async function copied(from: string, part: string, wanted: Wanted, model: string, options: PullOptions) {
  try {
    const arrived = await copyModel(from, part, options);
    if (wanted.sha256 === undefined || arrived.sha256 === wanted.sha256) return arrived;
    throw new UnderstudyError(
      'PULL_DAMAGED',
      wanted.verified === 'pinned'
        ? `${from} is not ${model}, or is damaged: its SHA-256 is ${arrived.sha256}, pinned is ${wanted.sha256}; ${underAnotherName('--from FILE')}`
        : `${from} is damaged or another file: its SHA-256 is ${arrived.sha256}, given was ${wanted.sha256}`,
    );
  } catch (error) {
    // A copy is soon made again; a half one is only in the way.
    await rm(part, { force: true });
    throw error;
  }
}

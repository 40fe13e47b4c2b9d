import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UnderstudyError } from '../../../env/error.ts';
import type { WorkOptions } from '../../../env/work.ts';
import { releaseLock, takeLock } from '../../../workspace/file-lock.ts';
import { pulledPaths } from '../../../workspace/paths.ts';
import { type PulledModel, readRecord, writeRecord } from '../../../workspace/pulled-model.ts';
import { HUB, type HubModel, hubUrl, namedModels } from '../catalog.ts';
import { shardNames } from '../gguf/shards.ts';
import { copyModel, size, sizeOf } from './disk.ts';
import { download } from './download.ts';
import { type Arrived, type Errand, identityOf, keptOf, requireRoom, together, type Wanted } from './errand.ts';
import { inspect, type RemoteFile } from './inspect.ts';
import { isPart } from './listing.ts';
import { checkBundled, type PullReport, present, recordedFiles } from './present.ts';
import { filesOf, isRemote, type PullOptions, requireUsable, sourceOf, underAnotherName } from './source.ts';

/**
 * Brings a model into the workspace, models/teachers/NAME.gguf or the shards NAME-00001-of-0000N.gguf …: downloaded
 * with resumption or copied, hashed, and put in its place only when it is whole and has the hash that it should have.
 * One process at a time fetches a model.
 * @throws {UnderstudyError} PULL_MODEL for a name that is unknown or not to be had this way, PULL_CHANGED where the
 *   server offers another file than the pinned one, PULL_DAMAGED for a wrong hash, a shard of another model or no GGUF,
 *   and download()'s
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
    return here ? { ...here, present: true } : { ...(await fetchTo(gguf, known, options)), present: false };
  });
}

/**
 * Runs `work` while no other process fetches the same model: two that wrote into one part would spoil it. Waits, and
 * says so, while another one does.
 */
async function alone<T>(lock: string, model: string, { signal, log }: WorkOptions, work: () => Promise<T>): Promise<T> {
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const holder = takeLock(lock);
    if (!holder) break;
    if (!told)
      log?.(
        `process ${holder.pid} on ${holder.host} is already fetching ${model}: waiting for it (if there is no such process, delete ${lock})`,
      );
    told = true;
    await wait(200, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
  try {
    return await work();
  } finally {
    releaseLock(lock);
  }
}

async function fetchTo(
  gguf: string,
  known: HubModel | undefined,
  options: PullOptions,
): Promise<PulledModel & { file: string }> {
  const { model, log, hub = HUB } = options;
  const source = options.from === undefined ? hubUrl(known!, hub) : sourceOf(options.from, hub);
  const sources = filesOf(source);
  const many = sources.length > 1;
  const remote = isRemote(source);
  if (known) log?.(`${model}: ${known.description}, ${size(known.bytes)}`);
  log?.(many ? `from ${source} and its other ${sources.length - 1} shards` : `from ${source}`);
  if (known) log?.(`licence: ${known.licence.name}, ${known.licence.url}\n  ${known.licence.terms}`);
  else log?.('licence: not known to understudy; check its source before you use it');

  const announced: RemoteFile[] = [];
  for (const url of sources) announced.push(remote ? await inspect(url, options) : { url, size: await sizeOf(url) });
  const whole = many ? together(source, announced) : announced[0]!;
  const wanted = wantedOf(known, options.sha256, whole);
  requireUnchanged(whole, wanted, model, remote);

  const recorded = await readRecord(gguf);
  const places = many ? shardNames({ stem: gguf.replace(/\.gguf$/, ''), count: sources.length }) : [gguf];
  const errands = announced.map((file, i): Errand => {
    const sha256 = many ? file.sha256 : wanted.sha256;
    // The name says what the part belongs to, so that parts of two versions are never put together.
    const key = sha256 ?? createHash('sha256').update(`${file.url} ${file.size} ${file.version}`).digest('hex');
    return { announced: file, sha256, place: places[i]!, part: `${places[i]}.${key.slice(0, 12)}.part` };
  });
  const old = recordedFiles(gguf, recorded);
  const kept = await keptOf(errands, recorded && old, source === recorded?.source, options);
  if (many) await requireRoom(errands, kept, dirname(gguf));

  const arrived: Arrived[] = [];
  for (const [i, errand] of errands.entries()) {
    const { progress } = options;
    const of = many ? ` shard ${i + 1} of ${errands.length}` : '';
    const told = {
      ...options,
      ...(progress && {
        progress: (now: Parameters<typeof progress>[0]) => progress({ ...now, stage: now.stage + of }),
      }),
    };
    arrived.push(kept[i] ?? (await fetchFile(errand, wanted, remote, many, told)));
  }
  const sha256 = await identityOf(errands, arrived, wanted);

  const revision = announced[0]!.revision ?? (options.from === undefined ? known?.revision : undefined);
  const pulled: PulledModel = {
    model,
    source: remote ? source : resolve(source),
    ...(known && options.from === undefined && { repository: known.repository }),
    ...(revision && { revision }),
    sha256,
    verified: wanted.verified,
    bytes: arrived.reduce((sum, { size }) => sum + size, 0),
    ...(many && {
      shards: arrived.map(({ size, sha256 }, i) => ({ file: basename(places[i]!), bytes: size, sha256 })),
    }),
    ...(known && { licence: known.licence }),
    retrieved: new Date().toISOString(),
  };
  // The record first: a model without one would be taken for a file from elsewhere.
  await writeRecord(gguf, pulled);
  for (const [i, { path }] of arrived.entries()) if (path !== places[i]) await rename(path, places[i]!);
  if (recorded) for (const { path } of old) if (!places.includes(path)) await rm(path, { force: true });
  await dropParts(gguf, model);
  return { ...pulled, file: places[0]! };
}

async function fetchFile(
  { announced, sha256, part }: Errand,
  wanted: Wanted,
  remote: boolean,
  many: boolean,
  options: PullOptions,
): Promise<Arrived> {
  const file = remote
    ? await fetchWhole(announced, part, sha256, options)
    : await copied(announced.url, part, many ? { verified: 'nothing' } : wanted, options.model, options);
  return { path: part, ...file };
}

/** Parts of other versions, which will never be continued. */
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
      `${announced.url} is not ${model}: it has ${found}, expected ${expected}; ${underAnotherName('--from FILE')}`,
    );
  throw new UnderstudyError(
    'PULL_CHANGED',
    wanted.verified === 'pinned'
      ? `the file changed at its source: ${announced.url} announces ${found}, and ${model} is pinned to ${expected}; nothing was fetched. A newer understudy may know the new file; ${underAnotherName('--from URL')}`
      : `${announced.url} announces ${found}, --sha256 is ${expected}; nothing was fetched`,
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
      throw new UnderstudyError('PULL_DAMAGED', `${wrong}; it was deleted, run the same command again`);
    options.log?.(`${wrong}; it came in pieces, so it is fetched again in one piece`);
  }
}

async function copied(from: string, part: string, wanted: Wanted, model: string, options: PullOptions) {
  try {
    const arrived = await copyModel(from, part, options);
    if (wanted.sha256 === undefined || arrived.sha256 === wanted.sha256) return arrived;
    throw new UnderstudyError(
      'PULL_DAMAGED',
      wanted.verified === 'pinned'
        ? `${from} is not ${model}, or is damaged: its SHA-256 is ${arrived.sha256}, expected ${wanted.sha256}; ${underAnotherName('--from FILE')}`
        : `${from} is damaged or another file: its SHA-256 is ${arrived.sha256}, --sha256 is ${wanted.sha256}`,
    );
  } catch (error) {
    // A copy is soon made again; a half one is only in the way.
    await rm(part, { force: true });
    throw error;
  }
}

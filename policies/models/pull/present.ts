import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UnderstudyError } from '../../../env/error.ts';
import { type PulledModel, readRecord, writeRecord } from '../../../workspace/pulled-model.ts';
import { HUB, type HubModel } from '../catalog.ts';
import { hashOf } from './disk.ts';
import { sourceOf } from './names.ts';
import type { PullOptions } from './pull.ts';

/**
 * What is in its place already and is the right file; undefined where it is to be fetched.
 * @throws {UnderstudyError} PULL_DAMAGED for another file that pull did not put there
 */
export async function present(
  gguf: string,
  known: HubModel | undefined,
  options: PullOptions,
): Promise<PulledModel | undefined> {
  const { model, from, log } = options;
  if (!(await stat(gguf).catch(() => undefined))) return undefined;
  const recorded = await readRecord(gguf);
  const hash = (await hashOf(gguf, options, 'checking the model')).digest('hex');
  const expected = known?.sha256 ?? options.sha256;
  if (recorded === undefined) {
    if (hash === expected) return adopted(gguf, hash, known, options);
    throw new UnderstudyError(
      'PULL_DAMAGED',
      `${gguf} is not ${model} and was not put there by pull (SHA-256 ${hash}): move it away; it can be asked where it is, as gguf:PATH`,
    );
  }
  if (hash !== recorded.sha256) {
    log?.(`${gguf} is damaged (SHA-256 ${hash}, recorded ${recorded.sha256}): fetching it again`);
    return undefined;
  }
  if (expected !== undefined && hash !== expected) {
    log?.(`${gguf} is another version (SHA-256 ${hash}, wanted ${expected}): fetching the wanted one`);
    return undefined;
  }
  const same =
    expected !== undefined ||
    from === undefined ||
    [sourceOf(from, options.hub ?? HUB), resolve(from)].includes(recorded.source ?? '');
  return same ? (recorded as PulledModel) : undefined;
}

/** The record for a file that somebody put in place by hand and that is what it should be. */
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

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { list, writeJson } from './result-file.ts';

/** What a model may be used for. */
const licence = z.object({
  name: z.string(),
  /** Its text. */
  url: z.string(),
  /** What it demands of users of the model, in a sentence. */
  terms: z.string(),
});

/** models/teachers/NAME.json beside NAME.gguf: where `pull` has a model from. */
const pulledModel = z.object({
  model: z.string(),
  /**
   * URL or absolute path, of the first shard if there are several; "found in place" for a file that was there already.
   */
  source: z.string(),
  repository: z.string().optional(),
  /** Commit of the repository. */
  revision: z.string().optional(),
  /** SHA-256 of the file; for a model in shards, of the list of their hashes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Where the hash that it was compared with comes from. */
  verified: z.enum(['pinned', 'given', 'announced by the server', 'the list of bundled files', 'nothing']),
  /** Bytes of all shards together. */
  bytes: z.number(),
  /** The files of a model in several, in order, by their names beside the record. */
  shards: list(z.object({ file: z.string(), bytes: z.number(), sha256: z.string() })).optional(),
  /** Absent for a model that understudy does not know. */
  licence: licence.optional(),
  /** When, as an ISO 8601 date and time; absent for a bundled one. */
  retrieved: z.string().optional(),
});
export type PulledModel = z.infer<typeof pulledModel>;

/** Where the record of a model file lies. */
const recordPath = (gguf: string) => gguf.replace(/\.gguf$/, '.json');

export const writeRecord = (gguf: string, pulled: PulledModel): Promise<void> => writeJson(recordPath(gguf), pulled);

/**
 * What pull recorded of a file; undefined if there is no record. From a damaged record, the fields that are
 * whole: a model whose hash is not among them is fetched again.
 */
export async function readRecord(gguf: string): Promise<Partial<PulledModel> | undefined> {
  let fields: Record<string, unknown>;
  try {
    fields = { ...JSON.parse((await readFile(recordPath(gguf), 'utf8')).replace(/^\uFEFF/, '')) };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : {};
  }
  const whole = Object.entries(pulledModel.shape).flatMap(([name, schema]) => {
    const { success, data } = schema.safeParse(fields[name]);
    return success && data !== undefined ? [[name, data]] : [];
  });
  return Object.fromEntries(whole);
}

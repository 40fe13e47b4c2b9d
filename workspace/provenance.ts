import { cpus } from 'node:os';
import { isAbsolute, relative, resolve } from 'node:path';
import { z } from 'zod';

/** A file, as it was when it was read or written. */
export const fileFacts = z.object({
  /** Relative to the workspace where it lies inside. */
  path: z.string(),
  sha256: z.string(),
  rows: z.number(),
});
export type FileFacts = z.infer<typeof fileFacts>;

/** A path as seen from the workspace, which may be moved; of a file elsewhere the path that was given. */
export function pathWithin(root: string, path: string): string {
  const inside = relative(root, resolve(root, path));
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}

/** What a rate or a time was measured on. */
export const machine = (): string => `${cpus()[0]?.model.trim() || process.arch}, Node.js ${process.versions.node}`;

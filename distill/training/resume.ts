import { readFile, rm } from 'node:fs/promises';
import { writeFileAtomically } from '../write-file.ts';
import type { FitState } from './fit.ts';

/**
 * Training that was interrupted, in one file: it is continued by the next training whose `identity` is the same.
 * Numbers are kept bit by bit (base64), so a run that was interrupted ends with the weights of one that was not.
 */
export async function saveState(file: string, identity: string, state: FitState): Promise<void> {
  await writeFileAtomically(file, JSON.stringify({ identity, state }, packed));
}

/** The state to continue from; undefined if there is none of this identity, or if the file is damaged. */
export async function loadState(file: string, identity: string): Promise<FitState | undefined> {
  try {
    const saved = JSON.parse(await readFile(file, 'utf8'), unpacked) as { identity: string; state: FitState };
    return saved.identity === identity ? saved.state : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export const removeState = (file: string): Promise<void> => rm(file, { force: true });

const kinds = { Float32Array, Float64Array } as const;

function packed(_: string, value: unknown): unknown {
  if (!(value instanceof Float32Array || value instanceof Float64Array)) return value;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { array: value.constructor.name, base64: bytes.toString('base64') };
}

function unpacked(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('base64' in value)) return value;
  const { array, base64 } = value as { array: keyof typeof kinds; base64: string };
  // Copied, because a Buffer may start anywhere in memory that it shares.
  return new kinds[array](Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

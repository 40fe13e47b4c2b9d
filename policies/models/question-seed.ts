import { createHash } from 'node:crypto';

/**
 * A question's own seed for a draw, so that the draw depends neither on the batch nor on the question's place in it.
 * @returns 31 bits: the largest 32-bit seed means "any" to llama.cpp, and some servers take signed integers only
 */
export function questionSeed(seed: number, repeat: number, prompt: string): number {
  return createHash('sha256').update(`${seed}\n${repeat}\n${prompt}`).digest().readUInt32LE(0) >>> 1;
}

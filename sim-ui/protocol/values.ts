import { z } from 'zod';

export const name = z.string().min(1).max(500);
export const count = z.int().nonnegative();
export const probability = z.number().min(0).max(1);

/** Rounding can leave a probability just outside 0 to 1. */
export const clamp = (p: number) => Math.min(1, Math.max(0, p));

export const level = z.union([z.string(), z.number()]);

/** A probability of each action, in the order of the scenario's. */
export const probabilities = z.array(probability);

export const hex = z.string().regex(/^#[0-9a-f]{6}$/i);

/** Bytes in a payload: views of them, or the buffer itself in a browser. */
export const bytes = z.custom<Uint8Array | ArrayBuffer>((v) => v instanceof ArrayBuffer || ArrayBuffer.isView(v));

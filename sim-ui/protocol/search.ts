import { z } from 'zod';
import { querySchema } from '../query.ts';
import { count, probabilities } from './values.ts';

/** Agents that a viewer looks for, and which page of them it shows; without conditions: everybody. */
export const searchSchema = z.strictObject({
  /** Told apart from the searches before it. */
  id: count,
  query: querySchema,
  offset: count,
  sort: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('number') }),
    z.strictObject({ by: z.literal('p'), action: count }),
  ]),
  descending: z.boolean(),
});
export type Search = z.infer<typeof searchSchema>;

/** The agents of a search in the tick on show. */
export const foundSchema = z.strictObject({
  id: count,
  run: count,
  tick: count,
  count,
  /** Of the first row; the rows are a page, 100 at most. */
  offset: count,
  rows: z
    .array(
      z.strictObject({
        agent: count,
        place: count,
        /** Indices of the traits and contexts that hold. */
        traits: z.array(count),
        contexts: z.array(count),
        /** Absent before the tick was played. */
        action: count.optional(),
        p: probabilities.nullable(),
      }),
    )
    .max(100),
  /** Who is found: bit i & 7 of byte i >> 3 is agent i. Absent where everybody is. */
  bits: z.union([z.instanceof(Uint8Array), z.instanceof(ArrayBuffer)]).optional(),
  /** Why nobody can be found, in words. */
  problem: z.string().optional(),
});
export type Found = z.infer<typeof foundSchema>;

/** null: nothing is looked for. */
export const findSchema = z.strictObject({ search: searchSchema.nullable() });
export type Find = z.infer<typeof findSchema>;

import { z } from 'zod';

/** Probability that the options have together. */
const mass = z.object({
  median: z.number(),
  least: z.number(),
  /** Answers with so little that they were not taken. */
  low: z.number(),
});

/** How far the letters of options can be trusted: some questions asked again by whole names. */
const nameCheck = z.object({
  questions: z.number(),
  /** Questions that both letters and names answered. */
  compared: z.number(),
  /** Mean total variation distance of both answers, from 0 to 1; null if none can be compared. */
  variation: z.number().nullable(),
  /** Share in which the likeliest action is the same. */
  agreement: z.number().nullable(),
  /** Probability of the names together. */
  mass: mass.nullable(),
});
export type NameCheck = z.infer<typeof nameCheck>;

/** What choices were read from, as results keep it. */
export const choices = z.object({
  /** In how many orders the options were shown. */
  orders: z.number(),
  /** Probability of the letters together. */
  mass,
  /** Share of the probability that the order of the options moves; null if no option was possible anywhere. */
  bias: z.object({ median: z.number(), largest: z.number() }).nullable(),
  /** The check by whole names, if one was asked for. */
  names: nameCheck.optional(),
});
export type Choices = z.infer<typeof choices>;

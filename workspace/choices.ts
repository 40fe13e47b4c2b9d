import { z } from 'zod';

/** Least, and in the middle of all. */
const mass = z.object({
  median: z.number(),
  least: z.number(),
  /** Answers with so little that they were not taken. */
  low: z.number(),
});

/** What choices were read from, as results keep it. */
export const choices = z.object({
  /** In how many orders the options were shown. */
  orders: z.number(),
  /** Probability of the letters together. */
  mass,
  /** Share of the probability that the order of the options moves; null if no option was possible anywhere. */
  bias: z.object({ median: z.number(), largest: z.number() }).nullable(),
});
export type Choices = z.infer<typeof choices>;

import { z } from 'zod';
import { name, probabilities, probability } from './values.ts';
import { heardSchema, verdictSchema } from './verdicts.ts';

const phraseList = z.array(z.string().max(500)).max(4096);

/** What somebody might observe. */
const imagined = { traits: phraseList, context: phraseList };

/** `ask`: whether a language model that does not know it is asked. */
export const whatIfSchema = z.strictObject({ ...imagined, ask: z.boolean() });
export type WhatIf = z.infer<typeof whatIfSchema>;

export const whatIfAnswerSchema = z.strictObject({ verdicts: z.array(verdictSchema) });

export const weighSchema = z.strictObject({ ...imagined, policy: name });
export type Weigh = z.infer<typeof weighSchema>;

/** What a policy would do without each of the phrases, the one that moves it most first. */
export const weightsSchema = z.strictObject({
  policy: name,
  probabilities,
  without: z.array(z.strictObject({ phrase: z.string(), probabilities, distance: probability })),
});
export type Weights = z.infer<typeof weightsSchema>;

export const MOST_REASKED = 20;

export const reaskSchema = z.strictObject({
  ...imagined,
  by: z.enum(['seed', 'wording']),
  times: z.int().min(2).max(MOST_REASKED),
});
export type Reask = z.infer<typeof reaskSchema>;

/** Answers of the teacher to one question, asked again and again. */
export const reaskedSchema = z.strictObject({
  teacher: name,
  by: reaskSchema.shape.by,
  answers: z.array(z.strictObject({ probabilities: probabilities.optional(), heard: heardSchema })).max(MOST_REASKED),
  /** Over the answers that could be read; null if fewer than two could. */
  spread: z
    .strictObject({
      mean: probabilities,
      /** Sample standard deviation of the P of each action. */
      sd: z.array(z.number().nonnegative()),
      /** Mean over pairs of answers of their total variation. */
      distance: probability,
    })
    .nullable(),
});
export type Reasked = z.infer<typeof reaskedSchema>;

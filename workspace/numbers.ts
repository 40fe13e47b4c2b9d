import { z } from 'zod';

/** JSON has no NaN: a number that could not be computed is null. */
export const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
export const interval = z.object({ lower: number, upper: number });

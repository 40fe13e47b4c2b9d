import { z } from 'zod';

/** A file, as it was when it was read or written. */
export const fileFacts = z.object({ path: z.string(), sha256: z.string(), rows: z.number() });

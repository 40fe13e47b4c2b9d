import type { Carrier } from './carrier.ts';

/** Where a follower and a town that it joined speak with each other. */
export const linkChannels = ({ prefix }: Carrier, follower: string, boot: string) => ({
  name: `${follower}:${boot}`,
  up: `${prefix}:${follower}:${boot}:up`,
  down: `${prefix}:${follower}:${boot}:down`,
});

/** Where one follower is answered before that. */
export const answerChannel = ({ prefix }: Carrier, follower: string) => `${prefix}:${follower}`;

/** A call or an answer as bytes. */
export const text = (message: object): Buffer => Buffer.from(JSON.stringify(message));

/** What was called, if it is understood. */
export function heard<T>(
  schema: { safeParse(value: unknown): { success: boolean; data?: T } },
  bytes: Buffer,
): T | undefined {
  try {
    return schema.safeParse(JSON.parse(bytes.toString())).data;
  } catch {
    return undefined;
  }
}

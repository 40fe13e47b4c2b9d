import { z } from 'zod';
import { inspectionSchema } from '../protocol/agents.ts';
import { helloSchema } from '../protocol/hello.ts';
import { contrastSchema } from '../protocol/pairs.ts';
import { foundSchema } from '../protocol/search.ts';
import { PROTOCOL, replySchema } from '../protocol/socket.ts';
import { statusSchema } from '../protocol/status.ts';
import { updateSchema } from '../protocol/update.ts';
import { workshopSchema } from '../protocol/work.ts';
import { requestNames } from '../server/requests.ts';

/**
 * What a town and a process that serves further viewers of it say to each other.
 *
 * They find each other on the carrier's own channel: a follower seeks, towns offer themselves, it joins one. A town that
 * begins claims the channel, and one that has it says that it is taken. All else goes over a link (link.ts).
 */

const name = z.string().min(1).max(100);
const id = z.int().nonnegative();
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

export const calls = z.discriminatedUnion('say', [
  z.object({ say: z.literal('seek'), follower: name }),
  z.object({ say: z.literal('join'), follower: name, boot: name }),
  z.object({ say: z.literal('claim'), boot: name }),
  z.object({ say: z.literal('taken'), boot: name, scenario: z.string() }),
]);

/** Said to one follower before there is a link; another version may say more. */
export const answers = z.discriminatedUnion('say', [
  z.object({ say: z.literal('offer'), boot: name, version: z.string(), protocol: z.int() }),
  z.object({ say: z.literal('refusal'), words: z.string() }),
]);

/** Town → follower. `got` confirms messages that have a number, except answers. */
export const downward = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('hello'), hello: helloSchema }),
  /** What everybody sees. */
  z.strictObject({ say: z.literal('update'), id, update: updateSchema, frame: bytes.nullable() }),
  z.strictObject({ say: z.literal('workshop'), id, state: workshopSchema }),
  /** What is one viewer's own. */
  z.strictObject({
    ...{ say: z.literal('own'), id, guest: id },
    own: z.strictObject({
      past: z
        .strictObject({
          run: id,
          status: statusSchema.partial(),
          frame: bytes,
          traitSets: z.array(z.array(id)),
        })
        .nullable()
        .optional(),
      apart: updateSchema.shape.apart,
      differences: updateSchema.shape.differences,
      inspection: inspectionSchema.nullable().optional(),
      found: foundSchema.nullable().optional(),
      alongside: updateSchema.shape.alongside,
    }),
  }),
  z.strictObject({ say: z.literal('entered'), id, control: z.boolean() }),
  z.strictObject({ say: z.literal('answer'), id, reply: replySchema, more: z.unknown().optional() }),
  z.strictObject({
    ...{ say: z.literal('page'), id, status: z.int(), body: bytes },
    headers: z.record(z.string(), z.string()),
  }),
]);
export type Downward = z.infer<typeof downward>;

/** Follower → town. */
export const upward = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('got'), id }),
  z.strictObject({ say: z.literal('audience'), viewers: id }),
  /** What some of its viewers want to know of two policies. */
  z.strictObject({ say: z.literal('wish'), wishes: contrastSchema }),
  /** One of its viewers asks for the first time, or shows that it has the token (proof.ts). */
  z.strictObject({ say: z.literal('enter'), id, guest: id, proof: z.string().max(100).optional() }),
  z.strictObject({ say: z.literal('leave'), guest: id }),
  z.strictObject({
    say: z.literal('ask'),
    id,
    guest: id,
    event: z.enum(requestNames),
    payload: z.unknown().optional(),
  }),
  z.strictObject({ say: z.literal('fetch'), id, path: z.string().max(1000) }),
]);
export type Upward = z.infer<typeof upward>;

/** Why a follower of this version cannot serve what a town offers; undefined if it can. */
export function mismatch(
  offer: { readonly version: string; readonly protocol: number },
  version: string,
): string | undefined {
  if (offer.version === version && offer.protocol === PROTOCOL) return undefined;
  return `the town is played by understudy ${offer.version} (protocol ${offer.protocol}), and this is ${version} (protocol ${PROTOCOL}): use one version for both`;
}

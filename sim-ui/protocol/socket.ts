import { z } from 'zod';
import type { Acquaint, Acquainted, Inspect, Life, LifeWish } from './agents.ts';
import type { Command } from './commands.ts';
import type { Hello } from './hello.ts';
import type { Alongside, ContrastWish } from './pairs.ts';
import type { Reask, Reasked, Weigh, Weights, WhatIf } from './questions.ts';
import type { Look, Point, Recall } from './runs.ts';
import type { Find } from './search.ts';
import type { Update } from './update.ts';
import type { Verdict } from './verdicts.ts';
import type { Results, Work, WorkPlan, WorkshopState } from './work.ts';

/**
 * What the server and a viewer say to each other over one socket. Every payload is checked on arrival, on both sides.
 *
 * server → viewer
 * - `hello`, once, and again after a restart with other parameters: what does not change while a world is played.
 * - `update`, acknowledged: what changed since the last one, and where the town changed a frame (frame.ts). At most
 *   two updates are on their way to a viewer; what happens meanwhile is merged into the next (latest wins).
 * - `away`, from a process that serves viewers of another one's town: that town is out of reach; `hello` ends it.
 * viewer → server
 * - `command`, acknowledged; needs the token of the printed URL.
 * - `inspect`, acknowledged: which agent this viewer looks at; what is found out arrives with the updates. Without the
 *   token no language model is asked for it.
 * - `find`, acknowledged: which agents this viewer looks for; who they are arrives with the updates.
 * - `look`, acknowledged: which tick of which run this viewer looks at; its picture arrives with the updates.
 * - `alongside`, acknowledged: another run whose town this viewer sees beside, at the tick that it looks at; its picture
 *   arrives with the updates.
 * - `recall`, answered with the points of a run.
 * - `life`, answered with what one agent saw and did, a page of ticks at a time.
 * - `acquaint`, answered with who are neighbours of whom.
 * - `save`, answered with a file that shows a run without a server; needs the token.
 * - `contrast`, acknowledged: which comparisons of two policies this viewer wants with its updates.
 * - `whatIf`, `weigh` and `reask`, answered with what policies make of phrases; a language model is asked with the token
 *   only, within an allowance.
 * Work in the workspace, with events of its own: work.ts.
 * More events than a viewer's budget (server/budget.ts) are refused, and who goes on is disconnected.
 */
export const PROTOCOL = 13;

export const replySchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true) }),
  z.strictObject({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);
export type Reply = z.infer<typeof replySchema>;

export const authSchema = z.object({ token: z.string().max(200).optional() });

/** Why there is nothing to show, and for how long. */
export const awaySchema = z.strictObject({ words: z.string(), forMs: z.number().nonnegative() });
export type Away = z.infer<typeof awaySchema>;

export interface ServerToViewer {
  away: (away: Away) => void;
  hello: (hello: Hello) => void;
  update: (update: Update, frame: Uint8Array | null, acknowledge: () => void) => void;
  workshop: (state: WorkshopState, acknowledge: () => void) => void;
}

export interface ViewerToServer {
  command: (command: Command, reply: (reply: Reply) => void) => void;
  inspect: (inspect: Inspect, reply: (reply: Reply) => void) => void;
  find: (find: Find, reply: (reply: Reply) => void) => void;
  alongside: (alongside: Alongside, reply: (reply: Reply) => void) => void;
  look: (look: Look, reply: (reply: Reply) => void) => void;
  /** With the points, if the run is kept. */
  recall: (recall: Recall, reply: (reply: Reply, points?: Point[]) => void) => void;
  life: (wish: LifeWish, reply: (reply: Reply, life?: Life) => void) => void;
  acquaint: (wish: Acquaint, reply: (reply: Reply, acquainted?: Acquainted) => void) => void;
  /** With the file's bytes. */
  save: (recall: Recall, reply: (reply: Reply, file?: Uint8Array) => void) => void;
  contrast: (wish: ContrastWish, reply: (reply: Reply) => void) => void;
  whatIf: (question: WhatIf, reply: (reply: Reply, answer?: { verdicts: Verdict[] }) => void) => void;
  weigh: (question: Weigh, reply: (reply: Reply, weights?: Weights) => void) => void;
  reask: (question: Reask, reply: (reply: Reply, reasked?: Reasked) => void) => void;
  /** With the plan, where one is asked for. */
  work: (wish: Work, reply: (reply: Reply, plan?: WorkPlan) => void) => void;
  results: (nothing: Record<string, never>, reply: (reply: Reply, results?: Results) => void) => void;
}

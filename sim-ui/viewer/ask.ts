import type { z } from 'zod';
import {
  type Acquaint,
  type Acquainted,
  acquaintedSchema,
  type Life,
  type LifeWish,
  lifeAnswerSchema,
} from '../protocol/agents.ts';
import {
  type Reask,
  type Reasked,
  reaskedSchema,
  type Weigh,
  type Weights,
  type WhatIf,
  weightsSchema,
  whatIfAnswerSchema,
} from '../protocol/questions.ts';
import { type Reply, replySchema } from '../protocol/socket.ts';
import type { Verdict } from '../protocol/verdicts.ts';
import { socket } from './connection.ts';

/** A model that writes takes its time, a lost answer does not come. */
const PATIENCE_MS = 180_000;

/** What every policy would do about phrases. @throws Error with why there is no answer */
export const whatIf = (question: WhatIf): Promise<{ verdicts: Verdict[] }> =>
  asked(whatIfAnswerSchema, (answer) => socket.timeout(PATIENCE_MS).emit('whatIf', question, answer));

/** What a policy would do without each of the phrases. @throws Error with why there is no answer */
export const weigh = (question: Weigh): Promise<Weights> =>
  asked(weightsSchema, (answer) => socket.timeout(PATIENCE_MS).emit('weigh', question, answer));

/** The teacher's answers to one question, asked again. @throws Error with why there is no answer */
export const reask = (question: Reask): Promise<Reasked> =>
  asked(reaskedSchema, (answer) => socket.timeout(PATIENCE_MS).emit('reask', question, answer));

/** A page of what an agent saw and did. @throws Error with why there is no answer */
export const life = (wish: LifeWish): Promise<Life> =>
  asked(lifeAnswerSchema, (answer) => socket.timeout(PATIENCE_MS).emit('life', wish, answer));

/** Who are neighbours. @throws Error with why there is no answer */
export const acquaint = (wish: Acquaint): Promise<Acquainted> =>
  asked(acquaintedSchema, (answer) => socket.timeout(PATIENCE_MS).emit('acquaint', wish, answer));

function asked<S extends z.ZodType>(
  schema: S,
  put: (answer: (lost: Error | null, reply?: Reply, more?: unknown) => void) => void,
): Promise<z.infer<S>> {
  return new Promise((resolve, reject) => {
    if (!socket.connected) {
      reject(new Error('There is no server to ask.'));
      return;
    }
    put((lost, payload, more) => {
      const reply = replySchema.safeParse(payload);
      const parsed = schema.safeParse(more);
      if (lost) reject(new Error('No answer has come.'));
      else if (reply.success && !reply.data.ok) reject(new Error(reply.data.message));
      else if (parsed.success) resolve(parsed.data);
      else reject(new Error('The server sent something that this page does not understand.'));
    });
  });
}

/** Puts a question to the server. @throws Error with why there is no answer */
export { asked };

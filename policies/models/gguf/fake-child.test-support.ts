import { serveParent } from '../../child-process.ts';
import type { AskRequest, CancelMessage, OpenRequest } from './exchange.ts';

/**
 * A process that passes for that of a model: it answers each question with the question's id, one a turn of the event
 * loop, and never the questions below 0.
 */
const cancelled = new Set<number>();
const send = serveParent<OpenRequest | AskRequest | CancelMessage, unknown>(async (message) => {
  if (message.type === 'open') {
    if (message.model === 'aborting') process.abort();
    if (message.model === 'refused') send({ type: 'failed', kind: 'template', message: 'no template' });
    else send({ type: 'opened' });
  } else if (message.type === 'cancel') cancelled.add(message.job);
  else
    for (const { id } of message.questions) {
      await new Promise((turn) => setTimeout(turn, 1));
      if (cancelled.has(message.job)) return;
      if (id >= 0) send({ type: 'answers', job: message.job, answers: [{ id }] });
    }
});

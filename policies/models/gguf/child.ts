/**
 * The process in which a model runs: a native crash ends this process and not the one that asks. Started by
 * ModelProcess, ends when its parent does.
 */

import { serveParent } from '../../child-process.ts';
import { Engine } from './engine.ts';
import { EngineError } from './exchange.ts';
import type { FromChild, ToChild } from './protocol.ts';

let engine: Engine | undefined;
const send = serveParent<ToChild, FromChild>(async (message) => {
  if (message.type === 'ask') engine!.ask(message);
  else if (message.type === 'cancel') engine!.cancel(message.job);
  else
    try {
      engine = await Engine.open(message, send);
      send(engine.opened);
    } catch (error) {
      const kind = error instanceof EngineError ? error.kind : 'model';
      send({ type: 'failed', kind, message: (error as Error).message });
    }
});

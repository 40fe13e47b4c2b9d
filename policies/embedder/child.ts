/** The process in which an embedding model runs. Started by ModelProcess, ends when its parent does. */

import { serveParent } from '../child-process.ts';
import { EngineError } from '../models/gguf/exchange.ts';
import { EmbeddingEngine } from './engine.ts';
import type { FromEmbedder, ToEmbedder } from './protocol.ts';

let engine: EmbeddingEngine | undefined;
const send = serveParent<ToEmbedder, FromEmbedder>(async (message) => {
  if (message.type === 'ask') engine!.embed(message);
  else if (message.type === 'cancel') engine!.cancel(message.job);
  else
    try {
      engine = await EmbeddingEngine.open(message, send);
      send(engine.opened);
    } catch (error) {
      const kind = error instanceof EngineError ? error.kind : 'model';
      send({ type: 'failed', kind, message: (error as Error).message });
    }
});

/**
 * The process in which a model runs: a native crash ends this process and not the one that asks. Started by
 * ModelProcess, ends when its parent does.
 */
import { Engine, EngineError } from './engine.ts';
import type { FromChild, ToChild } from './protocol.ts';

// Ctrl-C reaches the whole process group: the parent decides what it ends.
process.on('SIGINT', () => {});
// Nothing here needs an orderly end, and leaving through native destructors can hang.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

let engine: Engine | undefined;
const send = (message: FromChild) => {
  if (process.connected) process.send!(message);
};

process.on('message', async (message: ToChild) => {
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

import { LabelStore } from '../../labels/store.ts';
import type { Teacher } from '../../policy.ts';
import { decidesBy } from '../gguf/teacher.ts';
import { modelKey, RememberedTeacher } from '../remembered.ts';
import { parseServerName } from './address.ts';
import { openServer, type ServerOptions, servedName, serverCaveat, serverIdentity } from './teacher.ts';

/**
 * Opens `server:URL#MODEL` with a label store: what it knows is read there, and while it knows everything that is asked
 * no server has to be there. Whether the model's numbers can be read is kept with the labels.
 * @param name what follows `server:`
 * @param path of the label store
 * @throws {UnderstudyError} as openServer, where the model has not been asked before, and as LabelStore.open
 */
export async function openLabelledServer(name: string, path: string, options: ServerOptions): Promise<Teacher> {
  const parsed = parseServerName(name);
  const { scenario } = options;
  const identity = serverIdentity(parsed);
  const { model, template, library } = identity;
  const key = modelKey(model, library);
  const store = LabelStore.open(path, options.log);
  try {
    // Of more than two actions there is no one number to read.
    let known = (scenario.actions.length === 2 ? store.get(key) : {}) as { unreadable?: string } | undefined;
    let loaded: Teacher | undefined;
    if (!known) {
      store.prepare();
      const opened = await openServer(name, options);
      loaded = opened;
      known = opened.unreadable === undefined ? {} : { unreadable: opened.unreadable };
      try {
        await store.append(key, { model, template, library, ...known });
      } catch (error) {
        await opened[Symbol.asyncDispose]();
        throw error;
      }
    }
    return new RememberedTeacher({
      scenario,
      name: servedName(parsed),
      caveat: serverCaveat,
      identity,
      endpoints: parsed.addresses.map(({ url }) => url),
      decidesBy: decidesBy(scenario, known.unreadable),
      store,
      ...(loaded && { loaded }),
      // Whoever asks later has a signal of their own.
      open: () => openServer(name, { ...options, signal: undefined }),
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

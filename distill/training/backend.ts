import { createRequire } from 'node:module';
import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs-core';

export type Tensorflow = typeof tfjs;

/** tfjs on the backend that trains: tf is the module to use, because an optional backend may bring its own. */
export interface Backend {
  readonly tf: Tensorflow;
  /** As the log and the checkpoint name it: "tfjs-node-gpu", "tfjs-node", "wasm", "cpu". */
  readonly name: string;
}

/** What may train, best first. Each says why it does not. */
const chain: readonly { readonly name: string; readonly open: () => Promise<Tensorflow> }[] = [
  { name: 'tfjs-node-gpu', open: () => openNative('@tensorflow/tfjs-node-gpu', true) },
  { name: 'tfjs-node', open: () => openNative('@tensorflow/tfjs-node', false) },
  { name: 'wasm', open: openWasm },
  { name: 'cpu', open: openCpu },
];

/** Names that `openBackend` knows, best first. */
export const backends: readonly string[] = chain.map(({ name }) => name);

/**
 * The first backend of the chain that works here: tfjs-node-gpu if it really has a GPU, tfjs-node, wasm, cpu.
 * @param options.only skip to this one
 * @throws {Error} if none works, with the reason of each
 */
export async function openBackend(options: { only?: string; log?: (line: string) => void } = {}): Promise<Backend> {
  const reasons: string[] = [];
  for (const { name, open } of chain) {
    if (options.only !== undefined && options.only !== name) continue;
    try {
      const tf = await open();
      options.log?.(`training on ${name}${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`);
      return { tf, name };
    } catch (error) {
      reasons.push(`${name}: ${reasonOf(error)}`);
    }
  }
  throw new Error(
    reasons.length > 0
      ? `no backend of tfjs works here: ${reasons.join('; ')}`
      : `unknown backend: ${options.only} (known: ${backends.join(', ')})`,
  );
}

const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' ? 'not installed' : message.split('\n')[0]!;
};

/** An optional peer dependency. */
async function openNative(specifier: string, gpu: boolean): Promise<Tensorflow> {
  restoreTypeChecks();
  const module = (await import(specifier)) as Tensorflow & { default?: Tensorflow };
  const tf = module.default ?? module;
  if (!(await tf.setBackend('tensorflow'))) throw new Error('its backend does not start');
  await tf.ready();
  const backend = tf.backend() as unknown as { isUsingGpuDevice?: boolean };
  if (gpu && !backend.isUsingGpuDevice) throw new Error('finds no GPU');
  return tf;
}

/** tfjs-node 4.22 calls checks of node:util that Node 23 removed. */
function restoreTypeChecks(): void {
  const checks: Record<string, (value: unknown) => boolean> = {
    isNullOrUndefined: (value) => value === null || value === undefined,
    isArray: Array.isArray,
    isString: (value) => typeof value === 'string',
    isNumber: (value) => typeof value === 'number',
    isBoolean: (value) => typeof value === 'boolean',
    isFunction: (value) => typeof value === 'function',
    isObject: (value) => typeof value === 'object' && value !== null,
    isUndefined: (value) => value === undefined,
    isNull: (value) => value === null,
  };
  const target = util as unknown as Record<string, unknown>;
  for (const [name, check] of Object.entries(checks)) target[name] ??= check;
}

async function openWasm(): Promise<Tensorflow> {
  const tf = await import('@tensorflow/tfjs-core');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // Told where its files are, it finds them from any working directory.
  setWasmPaths(
    createRequire(import.meta.url)
      .resolve('@tensorflow/tfjs-backend-wasm')
      .replace(/[^/\\]+$/, ''),
  );
  await withoutItsListeners(() => use(tf, 'wasm'));
  return tf;
}

async function openCpu(): Promise<Tensorflow> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  await use(tf, 'cpu');
  return tf;
}

async function use(tf: Tensorflow, name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error('its backend does not start');
  await tf.ready();
}

/** Emscripten's start-up code throws errors at the process, with a page of its own source; they are caught here. */
async function withoutItsListeners(start: () => Promise<void>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = new Set<unknown>(events.flatMap((event) => process.rawListeners(event)));
  await start();
  for (const event of events)
    for (const listener of process.rawListeners(event))
      if (!before.has(listener)) process.off(event, listener as () => void);
}

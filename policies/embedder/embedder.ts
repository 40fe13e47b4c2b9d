import { existsSync } from 'node:fs';
import { UnderstudyError } from '../../env/error.ts';
import { suggestion } from '../../env/suggestion.ts';
import { namedModels, wasPulled } from '../models/catalog.ts';
import { type ModelChecks, pulledModel } from '../models/checks.ts';
import { modelName } from '../models/gguf/backend.ts';
import type { OpenRequest } from '../models/gguf/exchange.ts';
import { placementOf } from '../models/gguf/exchange.ts';
import { type ModelFile, readModelFile } from '../models/gguf/model-file.ts';
import { ModelProcess, type Work } from '../models/gguf/model-process.ts';
import type { EmbedderOpened, EmbedMessage, Vector } from './protocol.ts';

export interface EmbedderOptions {
  /** Where pulled models lie. Default: the current directory. */
  readonly workspace?: string;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Default: the CPU for a model under 64 MB; CUDA or Metal where it is there for others. */
  readonly gpu?: OpenRequest['gpu'];
}

/** Turns texts into vectors whose cosines say how alike they are in meaning. */
export interface Embedder extends AsyncDisposable {
  /** The file's name and twelve digits of its SHA-256. */
  readonly id: string;
  /** Length of a vector. */
  readonly dimensions: number;
  /** Why similarities may mean little; absent for a model made to embed texts. */
  readonly caveat?: string;
  /**
   * One vector for each text, in their order: shape [texts, dimensions]. A vector depends on its text alone; equal texts
   * are embedded once and share it. Lengths are the model's own, mostly not 1.
   * @throws {UnderstudyError} TEACHER_UNSUPPORTED for a text that is longer than what the model reads, which is never cut;
   *   TEACHER_CRASHED after the second crash in a row; POLICY_DISPOSED after dispose; the signal's reason when aborted
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<number[][]>;
}

export interface EmbedOptions {
  readonly signal?: AbortSignal;
  /** Called as texts are embedded: how many of them are done. */
  readonly onProgress?: (done: number, of: number) => void;
}

const WORK: Work = {
  script: new URL('./child', import.meta.url),
  restarts: 1,
  left: (open) => `texts without a vector: ${open}; embed them again, or use another embedding model`,
};

/** Embedding models that `pull` knows. */
const EMBEDDERS = namedModels.flatMap(({ name, embeds }) => (embeds ? [name] : []));

/** What is known of an embedding model before its file is read, by its name or path. */
async function findEmbedder(name: string, workspace = '.'): Promise<ModelChecks> {
  const named = namedModels.find((model) => model.name === name);
  if (named && !named.embeds)
    throw new UnderstudyError(
      'TEACHER_UNSUPPORTED',
      `${name} is a teacher: the vectors of a model made to write say little about meaning; use --embedder ${EMBEDDERS.join(' or ')} (after understudy pull), words, or the path of an embedding model`,
    );
  if (named || wasPulled(workspace, name)) return pulledModel(name, named, workspace);
  const path = name.replace(/^gguf:/, '');
  if (!/[/\\]|\.gguf$/i.test(path) && !existsSync(path)) {
    const meant = suggestion(name, EMBEDDERS);
    throw new UnderstudyError(
      'POLICY_UNKNOWN',
      `unknown embedding model: ${name || '""'} (known: ${EMBEDDERS.join(', ')}, words, PATH.gguf)${meant ? `; did you mean ${meant}?` : ''}`,
    );
  }
  return { path, remedy: 'get the embedding model again, or choose another' };
}

/**
 * Whether an embedding model is there and undamaged, without running it: its file, read through once.
 * @throws {UnderstudyError} POLICY_UNKNOWN, POLICY_FILE, TEACHER_UNSUPPORTED for a teacher; the signal's reason when aborted
 */
export async function checkEmbedder(
  name: string,
  { workspace, signal }: Pick<EmbedderOptions, 'workspace' | 'signal'> = {},
): Promise<ModelFile> {
  const { path, sha256, remedy } = await findEmbedder(name, workspace);
  return readModelFile(path, { remedy, ...(sha256 !== undefined && { expected: sha256 }), ...(signal && { signal }) });
}

/**
 * Opens an embedding model by its name in the table of `pull`, the name that it was pulled under, or the path of any
 * embedding GGUF (bge, nomic-embed, EmbeddingGemma, all-MiniLM, Qwen3-Embedding), in a process of its own.
 *
 * How the vectors of a text's tokens become one is the file's own `pooling_type`: the mean, the first (CLS) or the last
 * token. A file that names none, as chat models do, gives the vector of its last token, which the log says. Texts are
 * given to the model as they are: a prefix that it was trained with ("search_document: ") is the caller's.
 * @throws {UnderstudyError} as checkEmbedder does; TEACHER_UNSUPPORTED for a reranker, an encoder-decoder or a device that
 *   is not there
 */
export async function openEmbedder(nameOrPath: string, options: EmbedderOptions = {}): Promise<GgufEmbedder> {
  const { log = () => {}, signal } = options;
  const file = await checkEmbedder(nameOrPath, options);
  const name = modelName(file.path);
  const placement = placementOf(file.bytes);
  const start: OpenRequest = { type: 'open', model: file.path, ...placement, gpu: options.gpu ?? placement.gpu };
  const process: EmbedderProcess = new ModelProcess(WORK, start, name, log);
  const cancel = () => void process.end(signal!.reason);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const { dimensions, pooling, caveat, longest, device, description } = await process.open();
    log(`${name}: ${description}, ${dimensions} dimensions, texts of up to ${longest} tokens, on ${device}`);
    log(`${name}: a text's vector is the ${pooling}`);
    return new GgufEmbedder(`${name}-${file.sha256.slice(0, 12)}`, { dimensions, caveat }, name, process);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

type EmbedderProcess = ModelProcess<OpenRequest, EmbedderOpened, EmbedMessage, Vector>;

/** An embedding model in a GGUF file, run by node-llama-cpp. */
export class GgufEmbedder implements Embedder {
  readonly id: string;
  readonly dimensions: number;
  readonly caveat?: string;
  readonly #name: string;
  readonly #process: EmbedderProcess;
  #disposed = false;

  constructor(
    id: string,
    { dimensions, caveat }: Pick<EmbedderOpened, 'dimensions' | 'caveat'>,
    name: string,
    process: EmbedderProcess,
  ) {
    this.id = id;
    this.dimensions = dimensions;
    if (caveat !== undefined) this.caveat = caveat;
    this.#name = name;
    this.#process = process;
  }

  /** Process id of the model; undefined while none runs. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  async embed(texts: readonly string[], { signal, onProgress }: EmbedOptions = {}): Promise<number[][]> {
    if (this.#disposed) throw disposedError(this.#name);
    signal?.throwIfAborted();
    const rows = new Map<string, number[]>();
    texts.forEach((text, row) => {
      const equal = rows.get(text);
      if (equal) equal.push(row);
      else rows.set(text, [row]);
    });
    const vectors = new Array<number[]>(texts.length);
    if (texts.length === 0) return vectors;
    const distinct = [...rows.keys()];
    let done = 0;
    await this.#process.ask(
      { questions: distinct.map((text, id) => ({ id, text })) },
      ({ id, vector }) => {
        const equal = rows.get(distinct[id]!)!;
        for (const row of equal) vectors[row] = [...vector];
        onProgress?.((done += equal.length), texts.length);
      },
      signal,
    );
    return vectors;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#process.end(disposedError(this.#name));
  }
}

const disposedError = (name: string) => new UnderstudyError('POLICY_DISPOSED', `${name} is disposed; open it again`);

import { UnderstudyError } from '../../env/error.ts';
import { modelName } from '../models/gguf/backend.ts';
import type { OpenRequest } from '../models/gguf/exchange.ts';
import { placementOf } from '../models/gguf/exchange.ts';
import { readModelFile } from '../models/gguf/model-file.ts';
import { ModelProcess, type Work } from '../models/gguf/model-process.ts';
import type { EmbedderOpened, EmbedMessage, Vector } from './protocol.ts';

export interface EmbedderOptions {
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

/**
 * Opens any embedding GGUF (bge, nomic-embed, EmbeddingGemma, all-MiniLM, Qwen3-Embedding) in a process of its own.
 *
 * How the vectors of a text's tokens become one is the file's own `pooling_type`: the mean, the first (CLS) or the last
 * token. A file that names none, as chat models do, gives the vector of its last token, which the log says. Texts are
 * given to the model as they are: a prefix that it was trained with ("search_document: ") is the caller's.
 * @throws {UnderstudyError} POLICY_FILE for a file that is missing, damaged or no GGUF model; TEACHER_UNSUPPORTED for a
 *   reranker, an encoder-decoder or a device that is not there; the signal's reason when aborted
 */
export async function openEmbedder(path: string, options: EmbedderOptions = {}): Promise<GgufEmbedder> {
  const { log = () => {}, signal } = options;
  const file = await readModelFile(path, { remedy: 'get the embedding model again, or choose another', signal });
  const name = modelName(path);
  const placement = placementOf(file.bytes);
  const start: OpenRequest = { type: 'open', model: path, ...placement, gpu: options.gpu ?? placement.gpu };
  const process: EmbedderProcess = new ModelProcess(WORK, start, name, log);
  const cancel = () => void process.end(signal!.reason);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const { dimensions, pooling, longest, device, description } = await process.open();
    log(`${name}: ${description}, ${dimensions} dimensions, texts of up to ${longest} tokens, on ${device}`);
    log(`${name}: a text's vector is the ${pooling}`);
    return new GgufEmbedder(`${name}-${file.sha256.slice(0, 12)}`, dimensions, name, process);
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
  readonly #name: string;
  readonly #process: EmbedderProcess;
  #disposed = false;

  constructor(id: string, dimensions: number, name: string, process: EmbedderProcess) {
    this.id = id;
    this.dimensions = dimensions;
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

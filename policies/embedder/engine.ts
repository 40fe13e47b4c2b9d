import type { LlamaEmbeddingContext, LlamaModel, Token } from 'node-llama-cpp';
import type { OpenRequest } from '../models/gguf/exchange.ts';
import { EngineError } from '../models/gguf/exchange.ts';
import { deviceOf, loadModel, openLlama } from '../models/gguf/llama.ts';
import type { EmbedderOpened, EmbedMessage, FromEmbedder, Text } from './protocol.ts';

/** Room that the first context has, in tokens: an explanation takes 20 to 60. */
const ROOM = 256;

/** A loaded model that embeds texts one after another, so that a vector depends on its text alone. */
export class EmbeddingEngine {
  readonly opened: EmbedderOpened;
  readonly #model: LlamaModel;
  readonly #threads: number;
  readonly #send: (message: FromEmbedder) => void;
  readonly #cancelled = new Set<number>();
  #context: LlamaEmbeddingContext;
  #room: number;
  /** The end of what is being embedded: jobs take turns. */
  #last: Promise<void> = Promise.resolve();

  /** @throws {EngineError} */
  static async open(options: OpenRequest, send: (message: FromEmbedder) => void): Promise<EmbeddingEngine> {
    const llama = await openLlama(options);
    // Flash attention gives other numbers for a text in a large context than in a small one.
    const model = await loadModel(llama, { modelPath: options.model, defaultContextFlashAttention: false });
    const { general, [general.architecture]: own } = model.fileInfo.metadata as unknown as Metadata;
    const pooling = poolingOf({ architecture: general.architecture, type: own?.pooling_type });
    if (pooling === undefined)
      throw new EngineError('unsupported', 'it is a reranker, which scores pairs of texts and does not embed');
    const { hasEncoder, hasDecoder } = model.fileInsights;
    if (hasEncoder && hasDecoder)
      throw new EngineError('unsupported', 'it is an encoder-decoder model, with which node-llama-cpp cannot embed');
    const room = Math.min(ROOM, model.trainContextSize);
    const context = await contextOf(model, room, options.threads);
    // Damaged weights show in the vectors only.
    const { vector } = await context.getEmbeddingFor('a');
    if (!vector.every(Number.isFinite)) throw new EngineError('model', 'its vectors hold NaN or infinities');
    const device = await deviceOf(llama, model, options.threads || llama.maxThreads);
    const known = { ...pooling, dimensions: vector.length, device };
    return new EmbeddingEngine(model, context, room, options.threads, known, send);
  }

  private constructor(
    model: LlamaModel,
    context: LlamaEmbeddingContext,
    room: number,
    threads: number,
    known: Pick<EmbedderOpened, 'pooling' | 'caveat' | 'dimensions' | 'device'>,
    send: (message: FromEmbedder) => void,
  ) {
    this.#model = model;
    this.#context = context;
    this.#room = room;
    this.#threads = threads;
    this.#send = send;
    this.opened = {
      type: 'opened',
      ...known,
      longest: model.trainContextSize,
      description: model.typeDescription.replace(' ?B', ''),
    };
  }

  embed(message: EmbedMessage): void {
    this.#last = this.#last.then(() => this.#run(message));
  }

  cancel(job: number): void {
    this.#cancelled.add(job);
  }

  async #run({ job, questions }: EmbedMessage): Promise<void> {
    try {
      // All are measured before the first is embedded: a text that is too long is known at once.
      const texts = questions.map((question) => ({ id: question.id, tokens: this.#tokensOf(question) }));
      await this.#makeRoom(Math.max(...texts.map(({ tokens }) => this.#context.calculateInputLength(tokens))));
      for (const { id, tokens } of texts) {
        if (this.#cancelled.has(job)) break;
        const { vector } = await this.#context.getEmbeddingFor(tokens);
        this.#send({ type: 'answers', job, answers: [{ id, vector }] });
      }
    } catch (error) {
      const kind = error instanceof EngineError && error.kind === 'unsupported' ? 'unsupported' : 'other';
      this.#send({ type: 'job-failed', job, kind, message: (error as Error).message });
    }
    this.#cancelled.delete(job);
  }

  /** Tokens of a text without the frame that the context puts around them; of an empty one, one of the frame's. */
  #tokensOf({ text }: Text): Token[] {
    const tokens = this.#model.tokenize(text);
    if (tokens.length === 0) {
      const { bos, eos } = this.#model.tokens;
      const frame = this.#context.calculateInputLength([]);
      const alone = [bos, eos].find((one) => one !== null && this.#context.calculateInputLength([one]) === frame);
      if (alone === undefined || alone === null)
        throw new EngineError('unsupported', `${JSON.stringify(text)} has no tokens to embed; leave it out`);
      return [alone];
    }
    const length = this.#context.calculateInputLength(tokens);
    if (length > this.#model.trainContextSize)
      throw new EngineError(
        'unsupported',
        `a text takes ${length} tokens, the model reads at most ${this.#model.trainContextSize}; it begins ` +
          `"${text.slice(0, 60)}"; shorten it or use an embedding model that reads more`,
      );
    return tokens;
  }

  async #makeRoom(tokens: number): Promise<void> {
    if (tokens <= this.#room) return;
    const room = Math.min(2 ** Math.ceil(Math.log2(tokens)), this.#model.trainContextSize);
    const small = this.#context;
    try {
      this.#context = await contextOf(this.#model, room, this.#threads);
    } catch (error) {
      throw new EngineError('unsupported', `no room for a text of ${tokens} tokens: ${(error as Error).message}`);
    }
    this.#room = room;
    await small.dispose();
  }
}

interface Metadata {
  readonly general: { readonly architecture: string };
  readonly [architecture: string]: { readonly pooling_type?: number } & { readonly architecture: string };
}

/** A context for texts of up to `room` tokens. */
function contextOf(model: LlamaModel, room: number, threads: number): Promise<LlamaEmbeddingContext> {
  return model.createEmbeddingContext({
    // One more, since a text must be shorter than the context.
    contextSize: room + 1,
    // A text in two batches aborts the process where attention is not causal, and is pooled over the second alone else.
    batchSize: room + 1,
    ...(threads > 0 && { threads }),
  });
}

/** What is known of a model before a text is read. */
export interface PoolingMetadata {
  /** `general.architecture` of the file. */
  readonly architecture: string;
  /** `{architecture}.pooling_type` of the file: 0 none, 1 mean, 2 CLS, 3 last, 4 rank (llama.h, llama_pooling_type). */
  readonly type: number | undefined;
}

const DECLARED: Readonly<Record<number, string>> = {
  1: 'mean of all tokens',
  2: 'first token (CLS)',
  3: 'last token',
};

/** How the vectors of a text's tokens become one. */
interface Pooling {
  /** For the log. */
  readonly pooling: string;
  /** Why similarities may mean little; absent for a file that names its pooling. */
  readonly caveat?: string;
}

/**
 * How the vectors of a text's tokens become one, in words for the log. The file decides; llama.cpp reads its
 * `pooling_type` and takes none where it is absent (llama_hparams, llama-context.cpp), in which case node-llama-cpp
 * takes the vector of the last token.
 * @returns undefined for a reranker, which scores pairs of texts and embeds none
 */
function poolingOf({ architecture, type }: PoolingMetadata): Pooling | undefined {
  if (type === 4) return undefined;
  const declared = type === undefined ? undefined : DECLARED[type];
  if (declared !== undefined) return { pooling: `${declared}, as the file says` };
  const key = `${architecture}.pooling_type`;
  const reason = type === undefined ? `the file has no ${key}` : `its ${key} is ${type}`;
  const caveat = `${reason}; models made to embed texts name theirs, so similarities may mean little`;
  return { pooling: `last token, since ${caveat}`, caveat };
}

import type { Llama, LlamaContext, LlamaContextSequence, LlamaGrammar, LlamaModel, Token } from 'node-llama-cpp';
import { Chat } from './chat.ts';
import { type Digits, digitsOf, readNumber } from './digits.ts';
import { deviceOf, EngineError, loadModel, openLlama } from './llama.ts';
import type { AskMessage, FromChild, Opened, OpenMessage, Question, RawAnswer } from './protocol.ts';
import { Queue } from './queue.ts';
import { Turns } from './turns.ts';
import { writeReply } from './write.ts';

/** An embedding model has a pooling type, or attends to what comes later; it would write noise in good JSON. */
function requireWriter(model: LlamaModel): void {
  const { general, [general.architecture]: own } = model.fileInfo.metadata as unknown as {
    readonly general: { readonly architecture: string };
  } & Readonly<Record<string, { readonly pooling_type?: number; readonly attention?: { readonly causal?: boolean } }>>;
  if ((own?.pooling_type ?? 0) > 0 || own?.attention?.causal === false)
    throw new EngineError(
      'unsupported',
      'it is an embedding model, which compares texts and answers no questions; give it to stability as --embedder',
    );
}

/** Tokens between the longest prompt that is expected and what a sequence has room for. */
const MARGIN = 8;

/** A loaded model that answers questions on several sequences at once. */
export class Engine {
  readonly opened: Opened;
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #chat: Chat;
  readonly #room: number;
  readonly #head: readonly Token[];
  readonly #digits: Digits | string;
  readonly #queue: Queue;
  readonly #turns: Turns;
  readonly #send: (message: FromChild) => void;
  readonly #grammars = new Map<string, Promise<LlamaGrammar>>();
  readonly #cancelled = new Set<number>();
  readonly #idle: (() => void)[] = [];
  #outbox: { job: number; answer: RawAnswer }[] = [];

  /**
   * @param send carries answers and failures of jobs
   * @throws {EngineError}
   */
  static async open(options: OpenMessage, send: (message: FromChild) => void): Promise<Engine> {
    const llama = await openLlama(options);
    // As many layers as leave room for the sequences.
    const fitContext = { contextSize: options.sequences * estimatedTokens(options) };
    const model = await loadModel(llama, { modelPath: options.model, gpuLayers: { fitContext } });
    requireWriter(model);
    const chat = new Chat(model);
    const head = model.tokenize(options.head, false, 'trimLeadingSpace');
    const longest = Math.max(...options.longest.map((prompt) => chat.tokens(prompt).length));
    const trained = model.trainContextSize;
    const wanted = longest + head.length + MARGIN + options.replyTokens;
    const least = longest + head.length + 8;
    if (trained < least)
      throw new EngineError('length', `a question takes up to ${least} tokens, the model reads ${trained} at most`);
    const context = await model.createContext({
      sequences: options.sequences,
      contextSize: Math.min(wanted, trained),
      batchSize: Math.max(512, options.sequences * 32),
      // Without it llama.cpp gives other probabilities for a question alone than for the same one in a batch.
      flashAttention: false,
      // A sliding window that forgets cannot be taken up again at a shared prefix.
      swaFullCache: true,
      ...(options.threads > 0 && { threads: options.threads }),
    });
    const device = await deviceOf(llama, model, context.currentThreads);
    const room = Math.min(context.contextSize, trained);
    return new Engine(llama, model, chat, head, context, room, device, options, send);
  }

  private constructor(
    llama: Llama,
    model: LlamaModel,
    chat: Chat,
    head: readonly Token[],
    context: LlamaContext,
    room: number,
    device: string,
    options: OpenMessage,
    send: (message: FromChild) => void,
  ) {
    this.#llama = llama;
    this.#model = model;
    this.#chat = chat;
    this.#head = head;
    this.#room = room;
    this.#send = send;
    this.#turns = new Turns(context.batchSize);
    this.#digits = digitsOf(model, options.head);
    this.#queue = new Queue(options.sequences);
    for (let w = 0; w < options.sequences; w++) void this.#work(w, context.getSequence());
    this.opened = {
      type: 'opened',
      template: chat.template,
      ...(chat.caveat !== undefined && { caveat: chat.caveat }),
      ...(typeof this.#digits === 'string' && { unreadable: this.#digits }),
      device,
      description: `${model.typeDescription.replace(' ?B', '')}, ${options.sequences} sequences of ${room} tokens`,
    };
  }

  ask(ask: AskMessage): void {
    this.#queue.add(ask);
    for (const wake of this.#idle.splice(0)) wake();
  }

  cancel(job: number): void {
    this.#queue.cancel(job);
    this.#cancelled.add(job);
  }

  async #work(worker: number, sequence: LlamaContextSequence): Promise<never> {
    for (;;) {
      const dealt = this.#queue.next(worker);
      if (!dealt) {
        await new Promise<void>((wake) => this.#idle.push(wake));
        continue;
      }
      const { ask, question } = dealt;
      try {
        const answer = await this.#answer(sequence, ask, question);
        if (answer) this.#post(ask.job, answer);
      } catch (error) {
        this.cancel(ask.job);
        const kind = error instanceof EngineError && error.kind === 'length' ? 'length' : 'other';
        this.#send({ type: 'job-failed', job: ask.job, kind, message: (error as Error).message });
      }
    }
  }

  /** Undefined for a question whose job was cancelled meanwhile. */
  async #answer(
    sequence: LlamaContextSequence,
    { job, elicit, head, grammar, replyTokens, temperature }: AskMessage,
    { id, prompt, seed }: Question,
  ): Promise<RawAnswer | undefined> {
    const tokens = [...this.#chat.tokens(prompt), ...this.#head];
    const limit = Math.min(replyTokens, this.#room - tokens.length);
    if (limit < 8)
      throw new EngineError(
        'length',
        `a question takes ${tokens.length} tokens, of the ${this.#room} that a sequence has; it begins "${prompt.slice(0, 80)}"`,
      );
    if (elicit === 'expected') {
      if (typeof this.#digits === 'string') throw new Error(this.#digits);
      const { looked, ...reading } = await readNumber(sequence, tokens, this.#digits, this.#turns);
      return { id, ...reading, usage: { promptTokens: tokens.length, completionTokens: looked } };
    }
    const cancelled = () => this.#cancelled.has(job);
    const options = { grammar: await this.#grammar(grammar), temperature, seed, limit, cancelled };
    const { written, ...reply } = await writeReply(this.#model, sequence, tokens, head, this.#turns, options);
    const usage = { promptTokens: tokens.length, completionTokens: written };
    return cancelled() ? undefined : { id, ...reply, usage };
  }

  #grammar(text: string): Promise<LlamaGrammar> {
    const known = this.#grammars.get(text) ?? this.#llama.createGrammar({ grammar: text });
    this.#grammars.set(text, known);
    return known;
  }

  /** Answers of one turn of the event loop travel together. */
  #post(job: number, answer: RawAnswer): void {
    if (this.#outbox.length === 0)
      setImmediate(() => {
        const waiting = this.#outbox;
        this.#outbox = [];
        for (const of of new Set(waiting.map((item) => item.job)))
          this.#send({
            type: 'answers',
            job: of,
            answers: waiting.filter((item) => item.job === of).map((item) => item.answer),
          });
      });
    this.#outbox.push({ job, answer });
  }
}

/** Tokens of a sequence, of three characters each: the tokenizer is known only when the model is loaded. */
function estimatedTokens({ longest, replyTokens }: OpenMessage): number {
  const characters = Math.max(...longest.map(({ length }) => length));
  return Math.ceil(characters / 3) + MARGIN + replyTokens;
}

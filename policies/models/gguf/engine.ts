import {
  type Llama,
  type LlamaContext,
  type LlamaContextSequence,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import { Chat } from './chat.ts';
import { type Digits, digitsOf } from './digits.ts';
import { EngineError } from './exchange.ts';
import { LETTER_HEAD, lettersOf, readLetters } from './letters.ts';
import { deviceOf, loadModel, openLlama } from './llama.ts';
import { namesOf, readNames } from './names.ts';
import type { AskMessage, FromChild, Opened, OpenMessage, Question, RawAnswer } from './protocol.ts';
import { Queue } from './queue.ts';
import { readNumber } from './read-number.ts';
import { evaluatePrompt, Turns } from './turns.ts';

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

/** Beginnings of replies: up to the first number, and up to the letter of an option. */
interface Heads {
  readonly number: readonly Token[];
  readonly choice: readonly Token[];
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
  readonly #heads: Heads;
  readonly #digits: Digits | string;
  readonly #queue: Queue;
  readonly #turns: Turns;
  readonly #send: (message: FromChild) => void;
  readonly #grammars = new Map<string, Promise<LlamaGrammar>>();
  readonly #letters = new Map<number, ReturnType<typeof lettersOf>>();
  readonly #names = new Map<string, ReturnType<typeof namesOf>>();
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
    const choice = model.tokenize(LETTER_HEAD, false, 'trimLeadingSpace');
    const longestChoice = Math.max(0, ...options.longestChoices.map((prompt) => chat.tokens(prompt).length));
    const wanted = Math.max(longest + head.length + options.replyTokens, longestChoice + choice.length) + MARGIN;
    const least = longest + head.length + 8;
    if (trained < least)
      throw new EngineError('length', `a question takes up to ${least} tokens, the model reads at most ${trained}`);
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
    return new Engine(llama, model, chat, { number: head, choice }, context, room, device, options, send);
  }

  private constructor(
    llama: Llama,
    model: LlamaModel,
    chat: Chat,
    heads: Heads,
    context: LlamaContext,
    room: number,
    device: string,
    options: OpenMessage,
    send: (message: FromChild) => void,
  ) {
    this.#llama = llama;
    this.#model = model;
    this.#chat = chat;
    this.#heads = heads;
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
        const kind = error instanceof EngineError && isOfJob(error.kind) ? error.kind : 'other';
        this.#send({ type: 'job-failed', job: ask.job, kind, message: (error as Error).message });
      }
    }
  }

  /** Undefined for a question whose job was cancelled meanwhile. */
  async #answer(sequence: LlamaContextSequence, ask: AskMessage, question: Question): Promise<RawAnswer | undefined> {
    const { job, elicit, head, grammar, replyTokens, temperature } = ask;
    const { id, prompt, seed } = question;
    if (elicit === 'choice') return this.#choose(sequence, ask, question);
    const tokens = this.#tokens(prompt, this.#heads.number, 8);
    const limit = Math.min(replyTokens, this.#room - tokens.length);
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

  /** All orders of a question one after another, so that each finds on its sequence what it shares with the one before. */
  async #choose(
    sequence: LlamaContextSequence,
    { job, options, names }: AskMessage,
    { id, orders = [] }: Question,
  ): Promise<RawAnswer | undefined> {
    if (names) return this.#name(sequence, job, names, { id, orders });
    const found = this.#letters.get(options) ?? lettersOf(this.#model, options);
    this.#letters.set(options, found);
    if (typeof found === 'string')
      throw new EngineError('unsupported', `it cannot be asked for "choice": ${found}; use "greedy" or "sample"`);
    const letters: number[][] = [];
    let promptTokens = 0;
    for (const prompt of orders) {
      if (this.#cancelled.has(job)) return undefined;
      const tokens = this.#tokens(prompt, this.#heads.choice, 0);
      promptTokens += tokens.length;
      letters.push(await readLetters(sequence, tokens, found, this.#turns));
    }
    return { id, letters, usage: { promptTokens, completionTokens: orders.length } };
  }

  /** The same by the whole names of the options. */
  async #name(
    sequence: LlamaContextSequence,
    job: number,
    names: readonly string[],
    { id, orders }: Required<Pick<Question, 'id' | 'orders'>>,
  ): Promise<RawAnswer | undefined> {
    const key = JSON.stringify(names);
    const found = this.#names.get(key) ?? namesOf(this.#model, names);
    this.#names.set(key, found);
    if (typeof found === 'string')
      throw new EngineError('unsupported', `it cannot check a choice by whole names: ${found}; leave out the check`);
    const read: number[][] = [];
    let [promptTokens, completionTokens] = [0, 0];
    for (const prompt of orders) {
      if (this.#cancelled.has(job)) return undefined;
      const tokens = this.#tokens(prompt, this.#heads.choice, found.longest);
      const { chances, looked } = await readNames(sequence, tokens, found, this.#turns);
      read.push(chances);
      promptTokens += tokens.length;
      completionTokens += looked;
    }
    return { id, names: read, usage: { promptTokens, completionTokens } };
  }

  /**
   * A question and the head of its reply.
   * @param room tokens that have to fit after them
   * @throws {EngineError} length
   */
  #tokens(prompt: string, head: readonly Token[], room: number): Token[] {
    const tokens = [...this.#chat.tokens(prompt), ...head];
    if (tokens.length + room > this.#room)
      throw new EngineError(
        'length',
        `a question takes ${tokens.length} tokens, a sequence has room for ${this.#room}; it begins "${prompt.slice(0, 80)}"`,
      );
    return tokens;
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

const isOfJob = (kind: EngineError['kind']) => kind === 'length' || kind === 'unsupported';

/** Tokens of a sequence, of three characters each: the tokenizer is known only when the model is loaded. */
function estimatedTokens({ longest, replyTokens }: OpenMessage): number {
  const characters = Math.max(...longest.map(({ length }) => length));
  return Math.ceil(characters / 3) + MARGIN + replyTokens;
}

export interface WriteOptions {
  readonly grammar: LlamaGrammar;
  /** 0: always the likeliest token. */
  readonly temperature: number;
  readonly seed: number;
  /** Maximum number of tokens. */
  readonly limit: number;
  /** Asked before each token. */
  readonly cancelled: () => boolean;
}

/**
 * What the model writes after `tokens` under a grammar that ends on a closing brace, untruncated: no top-k, top-p or
 * min-p takes anything from the distribution.
 * @param tokens the question and the head of the reply
 * @param head the head in words
 * @returns the whole reply, head included, and how many tokens were written; cut where it reached the limit
 */
async function writeReply(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  head: string,
  turns: Turns,
  { grammar, temperature, seed, limit, cancelled }: WriteOptions,
): Promise<{ text: string; cut: boolean; written: number }> {
  const written: Token[] = [];
  const text = () => head + model.detokenize(written, false, tokens);
  const sampler = { temperature, seed, topK: 0, topP: 1, minP: 0 };
  const grammarEvaluationState = new LlamaGrammarEvaluationState({ model, grammar });
  let reply: AsyncGenerator<Token> | undefined;
  const first = await evaluatePrompt(sequence, tokens, 1, turns, (from) => {
    reply = sequence.evaluate(tokens.slice(from), { ...sampler, grammarEvaluationState });
    return reply.next();
  });
  try {
    for (let step = first; !step.done; step = await turns.reply(() => reply!.next())) {
      written.push(step.value);
      // Strings of the grammar hold no quotes, so a brace after a quote or a digit closes the reply.
      if (model.detokenize([step.value]).includes('}') && /["\d]\}$/.test(text()))
        return { text: text(), cut: false, written: written.length };
      if (written.length >= limit || cancelled()) break;
    }
  } finally {
    await reply?.return(undefined);
  }
  return { text: text(), cut: true, written: written.length };
}

import {
  getLlama,
  LlamaChatSession,
  type LlamaContextSequence,
  type LlamaGrammar,
  LlamaLogLevel,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import { digitsOf } from '../policies/models/gguf/digits.ts';
import { replyGrammar, replyHead } from '../policies/models/gguf/grammar.ts';

/** The obvious way to ask a GGUF: one LlamaChatSession, one prompt after another, each in a new chat. */
export class Session {
  readonly #model: LlamaModel;
  readonly #sequence: LlamaContextSequence;
  readonly #chat: LlamaChatSession;
  readonly #actions: readonly string[];
  readonly #grammars: { readonly [explain: string]: LlamaGrammar };
  readonly #digits: readonly Token[];
  readonly #point: Token;

  /** One thread, on which a small model is fastest, and no flash attention, which moves probabilities. */
  static async open(path: string, actions: readonly string[]): Promise<Session> {
    const llama = await getLlama({ build: 'never', gpu: false, maxThreads: 1, logLevel: LlamaLogLevel.error });
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({ threads: 1, flashAttention: false });
    const grammar = (explain: boolean) =>
      llama.createGrammar({
        grammar: `root ::= ${JSON.stringify(replyHead(actions))} rest\n${replyGrammar(actions, explain).replace('root', 'rest')}`,
      });
    const grammars = { true: await grammar(true), false: await grammar(false) };
    return new Session(model, context.getSequence(), actions, grammars);
  }

  private constructor(
    model: LlamaModel,
    sequence: LlamaContextSequence,
    actions: readonly string[],
    grammars: { readonly [explain: string]: LlamaGrammar },
  ) {
    this.#model = model;
    this.#sequence = sequence;
    this.#chat = new LlamaChatSession({ contextSequence: sequence });
    this.#actions = actions;
    this.#grammars = grammars;
    const digits = digitsOf(model, replyHead(actions));
    if (typeof digits === 'string') throw new Error(digits);
    this.#digits = digits.digits;
    this.#point = digits.point;
  }

  /** The likeliest number, out of the reply. */
  async greedy(prompt: string, explain: boolean): Promise<number> {
    this.#chat.resetChatHistory();
    const reply = await this.#chat.prompt(prompt, {
      grammar: this.#grammars[String(explain)]!,
      temperature: 0,
      maxTokens: 128,
    });
    return JSON.parse(reply)[this.#actions[1]!] as number;
  }

  /**
   * The mean of the number. A session gives no probabilities, so its sequence is asked for them beneath each of the twelve
   * beginnings of a number, one after another, keeping what the context already holds of a prompt.
   */
  async expected(prompt: string): Promise<number> {
    const { contextText } = this.#chat.chatWrapper.generateContextState({
      chatHistory: [
        { type: 'user', text: prompt },
        { type: 'model', response: [''] },
      ],
    });
    const head = this.#model.tokenize(replyHead(this.#actions), false, 'trimLeadingSpace');
    const question = [...contextText.tokenize(this.#model.tokenizer), ...head];
    const [zero, one] = this.#digits as [Token, Token];
    const [pZero, pOne] = (await this.#next([...question], [zero, one])) as [number, number];
    const first = await this.#next([...question, zero, this.#point], this.#digits);
    let mean = 0;
    for (let d = 0; d < 10; d++) {
      const second = await this.#next([...question, zero, this.#point, this.#digits[d]!], this.#digits);
      mean += first[d]! * (d / 10 + second.reduce((sum, p, e) => sum + (p * e) / 100, 0));
    }
    return pZero! * mean + pOne!;
  }

  /** Chances of what follows the tokens, given that it is one of `among`. */
  async #next(tokens: readonly Token[], among: readonly Token[]): Promise<number[]> {
    await this.#sequence.adaptStateToTokens(tokens.slice(0, -1), false);
    const rest = tokens.slice(this.#sequence.nextTokenIndex);
    const evaluated = await this.#sequence.controlledEvaluate([
      ...rest.slice(0, -1),
      [rest.at(-1)!, { generateNext: { probabilities: true } }],
    ]);
    const probabilities = evaluated[rest.length - 1]!.next.probabilities!;
    const chances = among.map((token) => probabilities.get(token)!);
    const total = chances.reduce((sum, p) => sum + p, 0);
    return chances.map((p) => p / total);
  }
}

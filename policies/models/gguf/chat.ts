import {
  type ChatHistoryItem,
  type ChatWrapper,
  GeneralChatWrapper,
  JinjaTemplateChatWrapper,
  type LlamaModel,
  LlamaText,
  resolveChatWrapper,
  type Token,
} from 'node-llama-cpp';
import { EngineError } from './exchange.ts';

/** Stands for the question while the frame around it is found; no template treats it in a way of its own. */
const PLACE = 'QUESTION-7b1e';

/** What a template is given that cannot do without a system message. */
const SYSTEM = 'You are a helpful assistant.';

/**
 * Some templates write the day. A question would be another one tomorrow, so this day never ends: it is the one that
 * Llama's templates fall back to.
 */
const NO_CLOCK = `{%- macro strftime_now(format) -%}{{ '2024-07-26' if '-' in format else '26 Jul 2024' }}{%- endmacro %}`;

/** How a model wants to be asked: its chat template, applied to one user turn, up to where the model's turn begins. */
export class Chat {
  /** The frame in words, special tokens spelt out, with {prompt} in the question's place. */
  readonly template: string;
  /** What a person should know about the frame: that it is a guess, or more than the template and the question. */
  readonly caveat: string | undefined;
  readonly #model: LlamaModel;
  readonly #wrapper: ChatWrapper;
  /** Turns before the question. */
  readonly #before: readonly ChatHistoryItem[];
  /** The frame cut open at the question; undefined for a template that does more than put the question in its place. */
  readonly #frame: Frame | undefined;
  /** Whether the model's own tokenizer composes accents, which llama.cpp leaves as they are: Qwen's does, most do not. */
  readonly #composes: boolean;

  /** @throws {EngineError} template */
  constructor(model: LlamaModel) {
    this.#model = model;
    const { ggml } = (model.fileInfo.metadata.tokenizer ?? {}) as { readonly ggml?: { readonly pre?: string } };
    this.#composes = /^qwen/i.test(ggml?.pre ?? '');
    const written = model.fileInfo.metadata.tokenizer?.chat_template;
    if (typeof written === 'string' && written.trim() !== '') {
      this.#wrapper = wrapperOf(model, written);
      this.#before = needsSystem(this.#wrapper) ? [{ type: 'system', text: SYSTEM }] : [];
      if (this.#before.length > 0)
        this.caveat = `its chat template demands a system message: "${SYSTEM}" stands before each question`;
    } else {
      this.#wrapper = guessedWrapper(model);
      this.#before = [];
    }
    const frame = model.detokenize(this.#wrapped(PLACE), true);
    if (!frame.includes(PLACE)) throw new EngineError('template', 'it leaves the question out');
    this.template = frame.replace(PLACE, '{prompt}');
    if (typeof written !== 'string' || written.trim() === '')
      this.caveat = `the file has no chat template, so questions are framed as ${JSON.stringify(this.template)}, which is a guess; a file of the same model with its template is asked as it was trained`;
    this.#frame = this.#frameOf();
  }

  /** Tokens of a prompt, up to where the model's turn begins. */
  tokens(prompt: string): Token[] {
    const text = this.#composes ? prompt.normalize('NFC') : prompt;
    if (!this.#frame) return this.#wrapped(text);
    const { start, before, after, end } = this.#frame;
    return [...start, ...this.#model.tokenize(before + text + after, false, 'trimLeadingSpace'), ...end];
  }

  #text(prompt: string): LlamaText {
    return framed(this.#wrapper, [...this.#before, { type: 'user', text: prompt }]);
  }

  #wrapped(prompt: string): Token[] {
    return this.#withBeginning(this.#text(prompt).tokenize(this.#model.tokenizer));
  }

  /** With one token for the beginning: templates write it, tokenizers too, and some files ask for both. */
  #withBeginning(tokens: Token[]): Token[] {
    const { bos, shouldPrependBosToken } = this.#model.tokens;
    if (bos === null) return tokens;
    const begins = tokens.findIndex((token) => token !== bos);
    if (begins > 0) return tokens.slice(begins - 1);
    return shouldPrependBosToken ? [bos, ...tokens] : tokens;
  }

  /** Running a template takes six times as long as the tokenizer, so it is run once and cut open. */
  #frameOf(): Frame | undefined {
    const values = [...this.#text(PLACE).values];
    const at = values.findIndex((value) => typeof value === 'string' && value.includes(PLACE));
    if (at < 1) return undefined;
    const [before, after] = (values[at] as string).split(PLACE) as [string, string];
    const { tokenizer } = this.#model;
    const start = this.#withBeginning(LlamaText(values.slice(0, at)).tokenize(tokenizer));
    const end = LlamaText(values.slice(at + 1)).tokenize(tokenizer, 'trimLeadingSpace');
    const trial = 'A person: young, tall. Is {"ride": 0.50} right?';
    const tokens = [...start, ...this.#model.tokenize(before + trial + after, false, 'trimLeadingSpace'), ...end];
    return tokens.join() === this.#wrapped(trial).join() ? { start, before, after, end } : undefined;
  }
}

/** A conversation up to where the model's turn begins. */
function framed(wrapper: ChatWrapper, turns: readonly ChatHistoryItem[]): LlamaText {
  return wrapper.generateContextState({ chatHistory: [...turns, { type: 'model', response: [''] }] }).contextText;
}

/**
 * The file's own template, with thinking turned off: a reply is held to its form from the first token
 * on, so it cannot begin with a thought.
 * @throws {EngineError} template
 */
function wrapperOf({ tokenizer }: LlamaModel, template: string): ChatWrapper {
  const timeless = template.includes('strftime_now') ? NO_CLOCK + template : template;
  try {
    return new JinjaTemplateChatWrapper({ template: timeless, tokenizer, reasoning: false });
  } catch (error) {
    throw templateError(error);
  }
}

/** Whether a template gives nothing without a system message. @throws {EngineError} template */
function needsSystem(wrapper: ChatWrapper): boolean {
  const question: ChatHistoryItem = { type: 'user', text: PLACE };
  try {
    framed(wrapper, [question]);
    return false;
  } catch (error) {
    try {
      framed(wrapper, [{ type: 'system', text: SYSTEM }, question]);
      return true;
    } catch {
      throw templateError(error);
    }
  }
}

/** What a template failed with, without what the library puts around it. */
function templateError(error: unknown): EngineError {
  const [, reason] = /(?:sanity test: )?(?:\w*Error: )?(.*?)(?:\. Inspect the Jinja template.*)?$/s.exec(
    (error as Error).message.replace(/^The provided Jinja template failed the /, ''),
  ) as unknown as [string, string];
  return new EngineError(
    'template',
    reason.startsWith('Some input messages are not present') ? 'it leaves the question out' : reason,
  );
}

/**
 * What the library makes of a file without a template: a wrapper for its family, where name or architecture tell it.
 */
function guessedWrapper({ fileInfo, architecture, filename, tokenizer, tokens }: LlamaModel): ChatWrapper {
  const { bosString } = tokens;
  const customWrapperSettings = { gemma4: { reasoning: false }, qwen: { thoughts: 'discourage' } } as const;
  const options = { fileInfo, architecture, filename, tokenizer, bosString, customWrapperSettings, warningLogs: false };
  return resolveChatWrapper(options) ?? new GeneralChatWrapper();
}

interface Frame {
  readonly start: readonly Token[];
  readonly before: string;
  readonly after: string;
  readonly end: readonly Token[];
}

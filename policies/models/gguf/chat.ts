import {
  type ChatWrapper,
  GeneralChatWrapper,
  type LlamaModel,
  LlamaText,
  resolveChatWrapper,
  type Token,
} from 'node-llama-cpp';

/** Stands for the question while the frame around it is found; no template treats it in a way of its own. */
const PLACE = 'QUESTION-7b1e';

/** How a model wants to be asked: its chat template, applied to one user turn, up to where the model's turn begins. */
export class Chat {
  /** The frame in words, special tokens spelt out, with {prompt} in the question's place. */
  readonly template: string;
  private readonly model: LlamaModel;
  private readonly wrapper: ChatWrapper;
  /** The frame cut open at the question; undefined for a template that does more than put the question in its place. */
  private readonly frame: Frame | undefined;

  constructor(model: LlamaModel) {
    this.model = model;
    this.wrapper = wrapperOf(model);
    this.template = model.detokenize(this.wrapped(PLACE), true).replace(PLACE, '{prompt}');
    this.frame = this.frameOf();
  }

  /** Tokens of a prompt, up to where the model's turn begins. */
  tokens(prompt: string): Token[] {
    if (!this.frame) return this.wrapped(prompt);
    const { start, before, after, end } = this.frame;
    return [...start, ...this.model.tokenize(before + prompt + after, false, 'trimLeadingSpace'), ...end];
  }

  private text(prompt: string): LlamaText {
    return this.wrapper.generateContextState({
      chatHistory: [
        { type: 'user', text: prompt },
        { type: 'model', response: [''] },
      ],
    }).contextText;
  }

  private wrapped(prompt: string): Token[] {
    const tokens = this.text(prompt).tokenize(this.model.tokenizer);
    const { bos, shouldPrependBosToken } = this.model.tokens;
    return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens;
  }

  /** Running a template takes six times as long as the tokenizer, so it is run once and cut open. */
  private frameOf(): Frame | undefined {
    const values = [...this.text(PLACE).values];
    const at = values.findIndex((value) => typeof value === 'string' && value.includes(PLACE));
    if (at < 1) return undefined;
    const [before, after] = (values[at] as string).split(PLACE) as [string, string];
    const { tokenizer } = this.model;
    const { bos, shouldPrependBosToken } = this.model.tokens;
    const start = LlamaText(values.slice(0, at)).tokenize(tokenizer);
    const end = LlamaText(values.slice(at + 1)).tokenize(tokenizer, 'trimLeadingSpace');
    if (shouldPrependBosToken && bos !== null && start[0] !== bos) start.unshift(bos);
    const frame = { start, before, after, end };
    const trial = 'A person: likes sweets, cheap. Is {"buy": 0.50} right?';
    const framed = [...start, ...this.model.tokenize(before + trial + after, false, 'trimLeadingSpace'), ...end];
    return framed.join() === this.wrapped(trial).join() ? frame : undefined;
  }
}

/**
 * The library's own wrapper where it renders what the model's template does, else the template itself. It tries the
 * wrappers that the file's name suggests first, and the architecture says more than a name: this saves a second.
 */
function wrapperOf(model: LlamaModel): ChatWrapper {
  const { fileInfo, architecture, filename, tokenizer, tokens } = model;
  const hint = fileInfo.metadata.tokenizer?.chat_template ? `${architecture} ${filename}` : filename;
  const { bosString } = tokens;
  // A reply is held to its form from the first token on: a model that is told to think first could not.
  const customWrapperSettings = { gemma4: { reasoning: false } };
  const options = {
    fileInfo,
    architecture,
    filename: hint,
    tokenizer,
    bosString,
    customWrapperSettings,
    warningLogs: false,
  };
  return resolveChatWrapper(options) ?? new GeneralChatWrapper();
}

interface Frame {
  readonly start: readonly Token[];
  readonly before: string;
  readonly after: string;
  readonly end: readonly Token[];
}

import {
  booleanEntry,
  type Entry,
  f32Entry,
  f32sEntry,
  f32Tensor,
  ggufOf,
  i32sEntry,
  type RawTensor,
  textEntry,
  textsEntry,
  u32Entry,
} from './gguf.test-support.ts';

/** A tokenizer as it stands in a file. */
export interface Tokenizer {
  readonly entries: readonly Entry[];
  /** Its tokens by id. */
  readonly tokens: readonly string[];
}

export interface GeneratedOptions {
  readonly tokenizer: Tokenizer;
  /** Default 32. */
  readonly width?: number;
  /** Default 2. */
  readonly layers?: number;
  readonly seed?: number;
  /** Logits that tokens have on top of what the random weights give them, about: [token, logit]. */
  readonly favoured?: readonly (readonly [string, number])[];
}

const HEADS = 2;
/** The first dimension is the same for every token, so that it can carry what a token is favoured by. */
const CONSTANT = 3;

/**
 * A Llama of random weights around a tokenizer: it answers nothing sensible, and everything that is read of it can be
 * computed in another way.
 */
export function generatedModel(options: GeneratedOptions): Buffer {
  const { tokenizer, width = 32, layers = 2, seed = 1, favoured = [] } = options;
  const { tokens } = tokenizer;
  const feed = 2 * width;
  const random = uniforms(seed);
  const noise = (size: number, scale: number) => Float32Array.from({ length: size }, () => scale * (2 * random() - 1));
  const ones = new Float32Array(width).fill(1);
  const matrix = (name: string, from: number, to: number, scale = 0.3) =>
    f32Tensor(`${name}.weight`, noise(from * to, scale), [from, to]);
  const norm = (name: string) => f32Tensor(`${name}.weight`, ones);

  const embedding = noise(width * tokens.length, 0.5);
  const output = noise(width * tokens.length, 0.3);
  for (let token = 0; token < tokens.length; token++) {
    embedding[token * width] = CONSTANT;
    output[token * width] = 0;
  }
  for (const [text, logit] of favoured) {
    const token = tokens.indexOf(text);
    if (token < 0) throw new Error(`the vocabulary has no token ${JSON.stringify(text)}`);
    output[token * width] = logit / CONSTANT;
  }
  const blocks = Array.from({ length: layers }, (_, i): RawTensor[] => [
    norm(`blk.${i}.attn_norm`),
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map((name) => matrix(`blk.${i}.${name}`, width, width)),
    norm(`blk.${i}.ffn_norm`),
    matrix(`blk.${i}.ffn_gate`, width, feed),
    matrix(`blk.${i}.ffn_up`, width, feed),
    matrix(`blk.${i}.ffn_down`, feed, width),
  ]);
  return ggufOf(
    [
      textEntry('general.architecture', 'llama'),
      textEntry('general.name', 'generated'),
      u32Entry('llama.context_length', 2048),
      u32Entry('llama.embedding_length', width),
      u32Entry('llama.block_count', layers),
      u32Entry('llama.feed_forward_length', feed),
      u32Entry('llama.attention.head_count', HEADS),
      f32Entry('llama.attention.layer_norm_rms_epsilon', 1e-5),
      u32Entry('llama.rope.dimension_count', width / HEADS),
      u32Entry('llama.vocab_size', tokens.length),
      ...tokenizer.entries,
      textEntry('tokenizer.chat_template', TEMPLATE),
    ],
    [
      f32Tensor('token_embd.weight', embedding, [width, tokens.length]),
      ...blocks.flat(),
      norm('output_norm'),
      f32Tensor('output.weight', output, [width, tokens.length]),
    ],
  );
}

const TEMPLATE =
  '{% for message in messages %}Q: {{ message.content }}\nA: {% endfor %}{% if not add_generation_prompt %}.{% endif %}';

/** Numbers in [0, 1): mulberry32. */
function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes as byte-level BPE writes them: printable ones as they are, the others from U+0100 on. */
function byteTexts(): string[] {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/**
 * A vocabulary that writes numbers in groups of up to three digits, as those of Llama 3 and GPT-4o do: bytes, 00 to 99,
 * 000 to 999 and a few more.
 */
export function threeDigits(): Tokenizer {
  const merges: string[] = [];
  const tokens = byteTexts();
  const merge = (left: string, right: string) => {
    merges.push(`${left} ${right}`);
    tokens.push(left + right);
  };
  const digits = [...'0123456789'];
  for (const a of digits) for (const b of digits) merge(a, b);
  for (const a of digits) for (const b of digits) for (const c of digits) merge(a + b, c);
  for (const [left, right] of [
    ['{', '"'],
    ['"', ':'],
    ['"', '}'],
    [',', '"'],
    ['}', 'Ċ'],
  ] as const)
    merge(left, right);
  tokens.push('<|end|>');
  return { tokens, entries: bytePairEntries('llama-bpe', tokens, merges, tokens.length - 1) };
}

/** @param end id of the token that ends a text; it and all after it are special */
function bytePairEntries(pre: string, tokens: readonly string[], merges: readonly string[], end: number): Entry[] {
  return [
    textEntry('tokenizer.ggml.model', 'gpt2'),
    textEntry('tokenizer.ggml.pre', pre),
    textsEntry('tokenizer.ggml.tokens', tokens),
    i32sEntry(
      'tokenizer.ggml.token_type',
      tokens.map((_, id) => (id >= end ? SPECIAL : NORMAL)),
    ),
    textsEntry('tokenizer.ggml.merges', merges),
    u32Entry('tokenizer.ggml.bos_token_id', end),
    u32Entry('tokenizer.ggml.eos_token_id', end),
    booleanEntry('tokenizer.ggml.add_bos_token', false),
  ];
}

/** Kinds of tokens in a GGUF. */
const [NORMAL, UNKNOWN, SPECIAL, ADDED, BYTE] = [1, 2, 3, 4, 6];

/** What is read of a tokenizer.json. */
interface TokenizerFile {
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (string | readonly [string, string])[];
  };
}

function tokensOf({ model, added_tokens: added }: TokenizerFile): string[] {
  const tokens: string[] = [];
  for (const [text, id] of Object.entries(model.vocab)) tokens[id] = text;
  for (const { id, content } of added) tokens[id] = content;
  return Array.from(tokens, (text, id) => text ?? `<unused ${id}>`);
}

/** A byte-level BPE out of a tokenizer.json, as those of Qwen 3 and Llama 3. */
export function bytePairs(file: TokenizerFile, pre: string): Tokenizer {
  const tokens = tokensOf(file);
  const merges = file.model.merges.map((pair) => (typeof pair === 'string' ? pair : pair.join(' ')));
  const end = Math.min(...file.added_tokens.map(({ id }) => id));
  return { tokens, entries: bytePairEntries(pre, tokens, merges, end) };
}

/** The SentencePiece vocabulary of Gemma 3 out of its tokenizer.json: ranks stand for scores. */
export function gemmaPieces(file: TokenizerFile): Tokenizer {
  const added = new Map(file.added_tokens.map((token) => [token.id, token]));
  const tokens = tokensOf(file).map((text, id) =>
    added.get(id)?.special === false ? text.replaceAll('▁', ' ') : text,
  );
  const kind = (text: string, id: number) => {
    const token = added.get(id);
    if (text === '<unk>') return UNKNOWN;
    if (token) return token.special ? SPECIAL : ADDED;
    return /^<0x[0-9A-F]{2}>$/.test(text) ? BYTE : NORMAL;
  };
  return {
    tokens,
    entries: [
      textEntry('tokenizer.ggml.model', 'llama'),
      textEntry('tokenizer.ggml.pre', 'default'),
      textsEntry('tokenizer.ggml.tokens', tokens),
      f32sEntry(
        'tokenizer.ggml.scores',
        tokens.map((_, id) => -id),
      ),
      i32sEntry('tokenizer.ggml.token_type', tokens.map(kind)),
      u32Entry('tokenizer.ggml.bos_token_id', tokens.indexOf('<bos>')),
      u32Entry('tokenizer.ggml.eos_token_id', tokens.indexOf('<eos>')),
      u32Entry('tokenizer.ggml.unknown_token_id', tokens.indexOf('<unk>')),
      booleanEntry('tokenizer.ggml.add_space_prefix', false),
      booleanEntry('tokenizer.ggml.add_bos_token', true),
    ],
  };
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { philox4x32 } from '../../env/random.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { openGguf } from '../models/gguf/backend.ts';
import { openEmbedder } from './embedder.ts';

// A BERT of random weights is written here and its forward pass computed here too (Devlin et al., 2019; post-layer norm),
// so that what llama.cpp makes of the architecture and of each pooling type is checked against an independent account.

const WIDTH = 32;
const HEADS = 2;
const FEED = 64;
const CONTEXT = 24;
const LAYERS = 2;
const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'it', 'is', 'hot', 'cold', 'and', 'they', 'like', 'sweets', 's'];
const CLS = 2;
const SEP = 3;

type Tensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

function randomTensors(seed: number): Tensors {
  const tensors = new Map<string, { shape: number[]; values: Float32Array }>();
  const put = (name: string, shape: number[], mean: number, scale: number) => {
    const stream = tensors.size;
    const size = shape.reduce((a, b) => a * b);
    // Irwin-Hall: a sum of four uniforms is near enough to normal.
    const values = Float32Array.from({ length: size }, (_, i) => {
      const four = philox4x32([i, 0, 0, 0], [seed, stream]);
      return mean + scale * Math.sqrt(3) * (four.reduce((sum, word) => sum + word / 2 ** 32, 0) - 2);
    });
    tensors.set(name, { shape, values });
  };
  const norm = (name: string) => {
    put(`${name}.weight`, [WIDTH], 1, 0.2);
    put(`${name}.bias`, [WIDTH], 0, 0.2);
  };
  const linear = (name: string, from: number, to: number) => {
    put(`${name}.weight`, [from, to], 0, 1.5 / Math.sqrt(from));
    put(`${name}.bias`, [to], 0, 0.2);
  };
  put('token_embd.weight', [WIDTH, WORDS.length], 0, 1);
  put('token_types.weight', [WIDTH, 2], 0, 0.3);
  put('position_embd.weight', [WIDTH, CONTEXT], 0, 0.5);
  norm('token_embd_norm');
  for (let l = 0; l < LAYERS; l++) {
    for (const part of ['attn_q', 'attn_k', 'attn_v', 'attn_output']) linear(`blk.${l}.${part}`, WIDTH, WIDTH);
    norm(`blk.${l}.attn_output_norm`);
    linear(`blk.${l}.ffn_up`, WIDTH, FEED);
    linear(`blk.${l}.ffn_down`, FEED, WIDTH);
    norm(`blk.${l}.layer_output_norm`);
  }
  return tensors;
}

/** Bytes of a GGUF file, version 3. */
function gguf(tensors: Tensors, pooling: number | undefined): Buffer {
  const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  const u64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
  const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
  const keys: Buffer[] = [];
  const key = (name: string, type: number, value: Buffer) => keys.push(text(name), u32(type), value);
  const number = (name: string, value: number) => key(name, 4, u32(value));
  key('general.architecture', 8, text('bert'));
  number('bert.context_length', CONTEXT);
  number('bert.embedding_length', WIDTH);
  number('bert.block_count', LAYERS);
  number('bert.feed_forward_length', FEED);
  number('bert.attention.head_count', HEADS);
  key('bert.attention.layer_norm_epsilon', 6, Buffer.from(Float32Array.of(1e-12).buffer));
  key('bert.attention.causal', 7, Buffer.of(0));
  if (pooling !== undefined) number('bert.pooling_type', pooling);
  key('tokenizer.ggml.model', 8, text('bert'));
  // Words begin with U+2581 and [CLS] is written as it is, as in files that convert_hf_to_gguf.py makes.
  const pieces = WORDS.map((word) => (/^\[|^s$/.test(word) ? word : `\u2581${word}`));
  key('tokenizer.ggml.tokens', 9, Buffer.concat([u32(8), u64(pieces.length), ...pieces.map(text)]));
  const kinds = WORDS.map((word) => u32(word.startsWith('[') ? 3 : 1));
  key('tokenizer.ggml.token_type', 9, Buffer.concat([u32(5), u64(kinds.length), ...kinds]));
  number('tokenizer.ggml.token_type_count', 2);
  number('tokenizer.ggml.padding_token_id', 0);
  number('tokenizer.ggml.unknown_token_id', 1);
  number('tokenizer.ggml.bos_token_id', CLS);
  number('tokenizer.ggml.cls_token_id', CLS);
  number('tokenizer.ggml.seperator_token_id', SEP);
  number('tokenizer.ggml.mask_token_id', 1);
  const aligned = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]);
  const data: Buffer[] = [];
  const table: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    table.push(text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset));
    data.push(aligned(Buffer.from(values.buffer)));
    offset += data.at(-1)!.length;
  }
  const head = [Buffer.from('GGUF'), u32(3), u64(tensors.size), u64(keys.length / 3), ...keys, ...table];
  return Buffer.concat([aligned(Buffer.concat(head)), ...data]);
}

/** Last hidden states [tokens, WIDTH] of a text's tokens, [CLS] and [SEP] included. */
function forward(tensors: Tensors, tokens: readonly number[]): number[][] {
  const at = (name: string) => tensors.get(name)!.values;
  const row = (name: string, i: number) => [...at(name).subarray(i * WIDTH, (i + 1) * WIDTH)];
  const linear = (name: string, x: number[]) =>
    [...at(`${name}.bias`)].map((bias, j) =>
      x.reduce((sum, v, i) => sum + v * at(`${name}.weight`)[j * x.length + i]!, bias),
    );
  const norm = (name: string, x: number[]) => {
    const mean = x.reduce((a, b) => a + b) / x.length;
    const sd = Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length);
    return x.map((v, i) => ((v - mean) / sd) * at(`${name}.weight`)[i]! + at(`${name}.bias`)[i]!);
  };
  // The approximation by tanh, which ggml computes.
  const gelu = (v: number) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
  const add = (a: number[], b: number[]) => a.map((v, i) => v + b[i]!);
  let x = tokens.map((token, position) =>
    norm(
      'token_embd_norm',
      add(add(row('token_embd.weight', token), row('token_types.weight', 0)), row('position_embd.weight', position)),
    ),
  );
  for (let l = 0; l < LAYERS; l++) {
    const part = (name: string) => x.map((v) => linear(`blk.${l}.${name}`, v));
    const [q, k, v] = [part('attn_q'), part('attn_k'), part('attn_v')];
    const size = WIDTH / HEADS;
    const attended = x.map((_, t) =>
      Array.from({ length: WIDTH }, (_, i) => {
        const from = Math.floor(i / size) * size;
        const scores = k.map((key) => {
          let dot = 0;
          for (let d = from; d < from + size; d++) dot += q[t]![d]! * key[d]!;
          return Math.exp(dot / Math.sqrt(size));
        });
        const total = scores.reduce((a, b) => a + b);
        return scores.reduce((sum, score, s) => sum + (score / total) * v[s]![i]!, 0);
      }),
    );
    x = x.map((before, t) => {
      const inner = norm(`blk.${l}.attn_output_norm`, add(before, linear(`blk.${l}.attn_output`, attended[t]!)));
      const fed = linear(`blk.${l}.ffn_down`, linear(`blk.${l}.ffn_up`, inner).map(gelu));
      return norm(`blk.${l}.layer_output_norm`, add(inner, fed));
    });
  }
  return x;
}

const ids = (text: string) => [
  CLS,
  ...text
    .split(' ')
    .filter(Boolean)
    .map((word) => WORDS.indexOf(word)),
  SEP,
];
const distance = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));

describe('a BERT embedder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bert-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const tensors = randomTensors(7);
  const file = (name: string, pooling: number | undefined) => {
    writeFileSync(join(folder, name), gguf(tensors, pooling));
    return join(folder, name);
  };
  const texts = ['it is hot', 'they like sweets and it is cold', 'cold', ''];
  const pooled = {
    mean: (states: number[][]) => states[0]!.map((_, i) => states.reduce((sum, s) => sum + s[i]!, 0) / states.length),
    first: (states: number[][]) => states[0]!,
    last: (states: number[][]) => states.at(-1)!,
  };

  it.each([
    ['mean', 1, 'mean of all tokens, as the file says'],
    ['first', 2, 'first token (CLS), as the file says'],
    ['last', 3, 'last token, as the file says'],
    ['last', 0, 'last token, since its bert.pooling_type is 0; models made to embed texts name theirs'],
    ['last', undefined, 'last token, since the file has no bert.pooling_type; models made to embed texts name theirs'],
  ] as const)(
    'takes the %s of the states that the published forward pass gives, for pooling type %s',
    async (way, type, said) => {
      const lines: string[] = [];
      await using embedder = await openEmbedder(file(`${way}-${type}.gguf`, type), { log: (line) => lines.push(line) });
      expect(embedder.dimensions).toBe(WIDTH);
      expect(lines.at(-1)).toContain(`a text's vector is the ${said}`);
      const vectors = await embedder.embed(texts);
      texts.forEach((text, i) => {
        const states = forward(tensors, ids(text));
        // ggml looks GELU up in a table of half precision.
        expect(distance(vectors[i]!, pooled[way](states))).toBeLessThan(5e-3);
        for (const other of Object.values(pooled))
          if (other !== pooled[way]) expect(distance(vectors[i]!, other(states))).toBeGreaterThan(0.1);
      });
    },
  );

  it('reads a text as long as the model does, and refuses one token more', async () => {
    await using embedder = await openEmbedder(file('long.gguf', 1));
    const longest = Array.from({ length: CONTEXT - 2 }, (_, i) => WORDS[4 + (i % 8)]).join(' ');
    const [vector] = await embedder.embed([longest]);
    expect(distance(vector!, pooled.mean(forward(tensors, ids(longest))))).toBeLessThan(5e-3);
    const error = await embedder.embed(['it is hot', `${longest} hot`]).catch((e) => e);
    expect(error.code).toBe('TEACHER_UNSUPPORTED');
    expect(error.message).toBe(
      `long: a text takes 25 tokens, the model reads at most 24; it begins "${longest.slice(0, 60)}"; shorten it or use an embedding model that reads more`,
    );
    expect(await embedder.embed([longest])).toEqual([vector]);
  });

  it('answers no questions: as a teacher it is refused', async () => {
    const error = await openGguf({ path: file('writer.gguf', 1), scenario: iceCream }).catch((e) => e);
    expect(error.code).toBe('TEACHER_UNSUPPORTED');
    expect(error.message).toBe(
      'writer: it is an embedding model, which compares texts and answers no questions; give it to stability as --embedder',
    );
  });

  it('refuses a reranker', async () => {
    const error = await openEmbedder(file('rank.gguf', 4)).catch((e) => e);
    expect(error.code).toBe('TEACHER_UNSUPPORTED');
    expect(error.message).toBe('rank: it is a reranker, which scores pairs of texts and does not embed');
  });
});

import { getLlama, type Llama, type LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataFile } from '../../../workspace/bundled.ts';
import { Chat } from './chat.ts';

let llama: Llama;
let tiny: LlamaModel;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1 });
  tiny = await llama.loadModel({ modelPath: dataFile('teachers/tiny.gguf') });
});
afterAll(() => llama.dispose());

it("puts the question into Gemma 3's turns", () => {
  const chat = new Chat(tiny);
  expect(chat.template).toBe('<bos><start_of_turn>user\n{prompt}<end_of_turn>\n<start_of_turn>model\n');
  expect(tiny.detokenize(chat.tokens('likes sweets'), true)).toBe(chat.template.replace('{prompt}', 'likes sweets'));
});

/** A stand-in whose file says that it is a Gemma 4; its vocabulary spells the turns of Gemma 4 letter by letter. */
function asGemma4(template?: string): LlamaModel {
  const { fileInfo } = tiny;
  const { general, tokenizer } = fileInfo.metadata;
  const metadata = {
    ...fileInfo.metadata,
    general: { ...general, architecture: 'gemma4', name: 'Gemma 4' },
    tokenizer: { ...tokenizer, chat_template: template },
  };
  return Object.create(tiny, {
    fileInfo: { value: { ...fileInfo, metadata, architectureMetadata: {} } },
    architecture: { value: 'gemma4' },
    filename: { value: 'gemma-4.gguf' },
    // A class's own accessors read private fields, which a mere heir has not.
    tokens: { value: tiny.tokens },
    tokenizer: { value: tiny.tokenizer },
    detokenize: { value: tiny.detokenize.bind(tiny) },
    tokenize: { value: tiny.tokenize.bind(tiny) },
  }) as LlamaModel;
}

it.each([
  ['without a template in its file', undefined],
  [
    'with one',
    `{{ bos_token }}{% if enable_thinking %}<|turn>system
<|think|>
<turn|>
{% endif %}{% for message in messages %}<|turn>{{ 'model' if message.role == 'assistant' else message.role }}
{{ message.content }}<turn|>
{% endfor %}{% if add_generation_prompt %}<|turn>model
{% endif %}`,
  ],
])('does not tell a Gemma 4 %s to think before a reply that may hold no thought', (_, template) => {
  const { template: frame } = new Chat(asGemma4(template));
  expect(frame).toContain('<|turn>user\n{prompt}<turn|>\n<|turn>model\n');
  expect(frame).not.toContain('think');
});

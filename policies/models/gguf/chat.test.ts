import { getLlama, type Llama, type LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataFile } from '../../../workspace/bundled.ts';
import { Chat } from './chat.ts';
import { EngineError } from './exchange.ts';

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

/**
 * The bundled model with another template in its file, or none, and where told of another family: its vocabulary spells
 * the turns of others letter by letter.
 */
function tinyWith(template?: string, architecture = 'gemma3', name = 'tiny', pre = 'default'): LlamaModel {
  const { fileInfo } = tiny;
  const { general, tokenizer } = fileInfo.metadata;
  const metadata = {
    ...fileInfo.metadata,
    general: { ...general, architecture, name },
    tokenizer: { ...tokenizer, ggml: { ...tokenizer?.ggml, pre }, chat_template: template },
  };
  return Object.create(tiny, {
    fileInfo: { value: { ...fileInfo, metadata, architectureMetadata: {} } },
    architecture: { value: architecture },
    filename: { value: `${name}.gguf` },
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
  const { template: frame } = new Chat(tinyWith(template, 'gemma4', 'gemma-4'));
  expect(frame).toContain('<|turn>user\n{prompt}<turn|>\n<|turn>model\n');
  expect(frame).not.toContain('think');
});

const own = () => tiny.fileInfo.metadata.tokenizer!.chat_template!;
const GEMMA = '<bos><start_of_turn>user\n{prompt}<end_of_turn>\n<start_of_turn>model\n';

/** What Qwen 3 ships, without its tools: without a word about thinking, it lets the model think. */
const QWEN3 = `{%- for message in messages %}
    {%- if message.role == "user" or message.role == "system" %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if loop.last or reasoning_content %}
            {{- '<|im_start|>' + message.role + '\n<think>\n' + reasoning_content + '\n</think>\n\n' + message.content }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\n' + message.content }}
        {%- endif %}
        {{- '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}`;

it('a template is applied as the file has it, for Qwen 3 with an empty thought', () => {
  const { template, caveat } = new Chat(tinyWith(QWEN3, 'qwen3', 'Qwen3-4B'));
  expect(template).toBe('<bos><|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n');
  expect(caveat).toBeUndefined();
});

it('a prompt is composed as the tokenizer of Qwen does, and left as it is for others', () => {
  const [composed, decomposed] = ['likes cr\u00e8me', 'likes cre\u0300me'];
  const tokens = (pre: string, prompt: string) => new Chat(tinyWith(QWEN3, 'qwen3', 'Qwen3-4B', pre)).tokens(prompt);
  expect(tokens('qwen2', decomposed)).toEqual(tokens('qwen2', composed));
  expect(tokens('default', decomposed)).not.toEqual(tokens('default', composed));
});

it('a template that writes the day gives the same frame tomorrow', () => {
  const llama = `{{- bos_token }}{%- if not date_string is defined %}{%- if strftime_now is defined %}{%- set date_string = strftime_now("%d %b %Y") %}{%- endif %}{%- endif %}<|system|>
Today Date: {{ date_string }}
{%- for message in messages %}<|{{ message.role }}|>{{ message.content }}{%- endfor %}{%- if add_generation_prompt %}<|assistant|>{%- endif %}`;
  expect(new Chat(tinyWith(llama, 'llama')).template).toBe(
    '<bos><|system|>\nToday Date: 26 Jul 2024<|user|>{prompt}<|assistant|>',
  );
  const iso = llama.replace('%d %b %Y', '%Y-%m-%d');
  expect(new Chat(tinyWith(iso, 'llama')).template).toContain('Today Date: 2024-07-26<|user|>');
});

it.each([
  ['first', "{% if messages[0]['role'] != 'system' %}{{ raise_exception('a system message is needed') }}{% endif %}"],
  ['by asking for two messages', "{% if messages | length < 3 %}{{ raise_exception('no system') }}{% endif %}"],
])('a template that demands a system message %s gets one, which is said', (_, demand) => {
  const { template, caveat } = new Chat(tinyWith(demand + own()));
  expect(template).toBe(
    GEMMA.replace('<bos>', '<bos><start_of_turn>system\nYou are a helpful assistant.<end_of_turn>\n'),
  );
  expect(caveat).toBe(
    'its chat template demands a system message: "You are a helpful assistant." stands before each question',
  );
});

it.each([
  ['is cut off', (template: string) => `${template}{% broken`, 'Unexpected end of input'],
  ["is in Go's language", () => '{{ .System }} {{ .Prompt }}', 'Unexpected token: Dot'],
  [
    'has a filter of its own',
    () => '{{ messages[0].content | custom_filter }}',
    'Unknown StringValue filter: custom_filter',
  ],
  ['leaves the question out', () => 'Nothing at all', 'it leaves the question out'],
  ['refuses every conversation', () => "{{ raise_exception('not for chats') }}", 'not for chats'],
])('a template that %s is refused with what it fails with', (_, change, message) => {
  const making = () => new Chat(tinyWith(change(own())));
  expect(making).toThrow(EngineError);
  expect(making).toThrow(new RegExp(`^${message}$`));
});

it.each([undefined, '', ' \n'])('a template that is missing is guessed at, which is said (%j)', (missing) => {
  const { template, caveat } = new Chat(tinyWith(missing, 'llama', 'base'));
  expect(template).toBe('<bos>### Human\n{prompt}\n\n### Assistant\n');
  expect(caveat).toMatch(
    /^the file has no chat template, so questions are framed as "<bos>### Human.*", which is a guess/,
  );
});

it.each([
  ['writes none', (template: string) => template.replace('{{ bos_token }}', '')],
  ['writes it twice', (template: string) => `{{ bos_token }}${template}`],
])('a question begins with one token for the beginning, also where the template %s', (_, change) => {
  const chat = new Chat(tinyWith(change(own())));
  expect(chat.template).toBe(GEMMA);
  expect(chat.tokens('likes sweets')).toEqual(new Chat(tiny).tokens('likes sweets'));
});

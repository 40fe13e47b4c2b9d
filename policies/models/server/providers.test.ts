import { describe, expect, it } from 'vitest';
import { openTeacher } from '../../open.ts';
import { openServer } from './backend.ts';
import type { FakeOptions } from './fake-server.test-support.ts';
import { failed, fake, opened, quick, scenario, some, truth } from './teacher.test-support.ts';

const key = 'sk-0123456789-abcdefghij';

async function hosted(name: string, options: FakeOptions, address: string, env: Record<string, string>) {
  const server = await fake(options);
  const teacher = await openServer(name, {
    scenario,
    env: { [address]: `http://${server.host}`, UNDERSTUDY_API_KEY: 'sk-of-somebody-else', ...env },
    retry: quick,
  });
  opened.push(teacher);
  return { server, teacher };
}

describe('models by their provider', () => {
  it('asks OpenAI with its own key, and reads numbers from log-probabilities', async () => {
    const { server, teacher } = await hosted(
      'openai:gpt-4o-mini',
      { kind: 'openai', models: ['gpt-4o-mini'], cut: (number) => [number] },
      'OPENAI_BASE_URL',
      { OPENAI_API_KEY: key },
    );
    const batch = some(4);
    const answers = await teacher.ask(batch, { elicit: 'greedy', explain: true });
    const likeliest = Array.from({ length: 4 }, (_, row) => {
      const numbers = truth(batch, row);
      return numbers.indexOf(Math.max(...numbers)) / 100;
    });
    expect(answers.map(({ probabilities }) => probabilities![1])).toEqual(likeliest);
    for (const { headers } of server.requests) expect(headers.authorization).toBe(`Bearer ${key}`);
    expect(JSON.stringify([answers, teacher.id, teacher.provenance])).not.toContain(key);
    expect(server.chats.at(-1)!.body).toMatchObject({
      model: 'gpt-4o-mini',
      max_completion_tokens: expect.any(Number),
    });
  });

  it('asks Anthropic by a name without its date; without log-probabilities decisions are greedy', async () => {
    const { server, teacher } = await hosted(
      'anthropic:claude-haiku-4-5',
      { kind: 'anthropic', models: ['claude-haiku-4-5-20251001'], logprobs: false },
      'ANTHROPIC_BASE_URL',
      { ANTHROPIC_API_KEY: key },
    );
    expect(teacher.decidesBy).toBe('greedy');
    expect((await teacher.decide(some(3))).outcomes).toEqual(['ok', 'ok', 'ok']);
    expect(server.requests[0]!.headers).toMatchObject({ 'x-api-key': key, 'anthropic-version': '2023-06-01' });
  });

  it('asks Gemini under its own path, without the settings that it does not know', async () => {
    const { server, teacher } = await hosted(
      'gemini:gemini-2.5-flash',
      { kind: 'gemini', models: ['gemini-2.5-flash'] },
      'GEMINI_BASE_URL',
      { GEMINI_API_KEY: key },
    );
    expect((await teacher.ask(some(3), { elicit: 'greedy' })).map(({ outcome }) => outcome)).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
    expect(Object.keys(server.chats.at(-1)!.body)).not.toContain('top_k');
    expect(teacher.provenance.endpoints).toEqual([`http://${server.host}/v1beta/openai`]);
  });

  it('asks Ollama without a key, where its own variable says', async () => {
    const server = await fake({ kind: 'ollama', models: ['gemma3:4b'] });
    const env = { OLLAMA_HOST: server.host, OPENAI_API_KEY: key };
    const teacher = await openServer('ollama:gemma3:4b', { scenario, env, retry: quick });
    opened.push(teacher);
    expect((await teacher.ask(some(1), { elicit: 'greedy' }))[0]!.outcome).toBe('ok');
    for (const { headers } of server.requests) expect(headers.authorization).toBeUndefined();
  });

  it('says which key is missing, refused or not to be sent, and which model is not there', async () => {
    const open = (name: string, env: Record<string, string>) =>
      failed(openServer(name, { scenario, env, retry: quick })).then((error) => error?.message);
    expect(await open('openai:gpt-4o', { ANTHROPIC_API_KEY: key })).toBe(
      'openai wants a key: put it into the environment as OPENAI_API_KEY, the only place where it is looked for',
    );
    expect(await open('gemini:', {})).toBe('gemini: names no model; write for example gemini:gemini-2.5-flash');
    expect(await open('anthropic:x', { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: 'http://192.0.2.1:80' })).toBe(
      'ANTHROPIC_API_KEY is not sent to 192.0.2.1: over http it could be read on the way; use https',
    );
    const server = await fake({ kind: 'openai', models: ['gpt-4o'] });
    const env = { OPENAI_BASE_URL: `http://${server.host}/v1`, OPENAI_API_KEY: key };
    expect(await open('openai:gpt-4p', env)).toContain('has no model gpt-4p (it has: gpt-4o); did you mean gpt-4o?');
    const closed = await fake({ fault: () => ({ status: 401, body: { error: { message: `bad key ${key}` } } }) });
    const refused = await open('openai:gpt-4o', { ...env, OPENAI_BASE_URL: `http://${closed.host}` });
    expect(refused).toBe(
      `${closed.host} does not accept who asks (401); check the key in OPENAI_API_KEY, and what it is allowed`,
    );
  });

  it('takes vllm: for server:', async () => {
    const server = await fake({ kind: 'vllm' });
    const teacher = await openTeacher(`vllm:http://${server.host}#gemma`, { scenario });
    opened.push(teacher);
    expect(teacher.id).toMatch(/^gemma@127/);
    await expect(openTeacher('vllm:nowhere', { scenario })).rejects.toThrow('names no model after a "#"');
  });
});

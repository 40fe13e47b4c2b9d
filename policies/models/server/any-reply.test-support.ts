import type { FakeOptions } from './fake-server.test-support.ts';

/** A fake server that answers any question about buying, whatever its wording, with a number that depends on its words. */
export const anyReply: NonNullable<FakeOptions['fault']> = ({ path, body }) => {
  if (!path.endsWith('/chat/completions')) return undefined;
  const p = [...JSON.stringify(body)].reduce((sum, character) => (sum + character.charCodeAt(0)) % 90, 0) + 10;
  const message = { role: 'assistant', content: `{"buy": 0.${p}, "explanation": ""}` };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  return { status: 200, body: { choices, usage: { prompt_tokens: 60, completion_tokens: 9 } } };
};

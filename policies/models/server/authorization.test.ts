import { describe, expect, it } from 'vitest';
import { parseServerName } from './address.ts';
import { authorizationOf } from './authorization.ts';

const to = (url: string, env: Record<string, string | undefined>) =>
  authorizationOf(parseServerName(`${url}#m`).addresses[0], env);

describe('what a server is told of who asks', () => {
  it('is nothing without a key', () => {
    expect(to('https://a', {})).toBeUndefined();
    expect(to('https://a', { UNDERSTUDY_API_KEY: ' ', OPENAI_API_KEY: '' })).toBeUndefined();
  });

  it('is the key of the environment, its own before that of OpenAI', () => {
    expect(to('https://a', { OPENAI_API_KEY: 'sk-2' })).toEqual({ header: 'Bearer sk-2' });
    expect(to('http://localhost:1', { UNDERSTUDY_API_KEY: ' sk-1\n', OPENAI_API_KEY: 'sk-2' })).toEqual({
      header: 'Bearer sk-1',
    });
  });

  it('is nothing over http to another machine, and it says so', () => {
    expect(to('http://a:8000', { OPENAI_API_KEY: 'sk-2' })).toEqual({
      withheld: 'OPENAI_API_KEY is not sent to a:8000: over http it could be read on the way; use https or a tunnel',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { parseServerName } from './address.ts';
import { authorizationOf, Secret } from './secret.ts';

const key = 'sk-proj-aB3_xY9+tail/Q';
const secret = new Secret(key);

describe('a key', () => {
  it.each([
    ['as it is', key],
    ['behind Bearer', `Bearer ${key}`],
    ['for a URL', encodeURIComponent(key)],
    ['for a URL, twice', encodeURIComponent(encodeURIComponent(key))],
    ['in base64', Buffer.from(key).toString('base64')],
    ['in base64 behind Bearer', Buffer.from(`Bearer ${key}`).toString('base64')],
    ['in base64 behind a user', Buffer.from(`x:${key}`).toString('base64')],
    ['in base64 for a URL', Buffer.from(`Bearer ${key}`).toString('base64url')],
    ['in hexadecimal', Buffer.from(key).toString('hex')],
    ['cut in two', `${key.slice(0, 12)} and ${key.slice(12)}`],
    ['without its middle', `${key.slice(0, 9)}***${key.slice(-9)}`],
  ])('is hidden %s', (_, text) => {
    const hidden = secret.hide(`the header was ${text}, which is wrong`);
    expect(hidden).toMatch(/^the header was .*…/);
    for (let at = 0; at + 8 <= key.length; at++) expect(hidden).not.toContain(key.slice(at, at + 8));
    for (let at = 0; at + 16 <= text.length; at++)
      if (/base64|hexa/.test(_)) expect(hidden).not.toContain(text.slice(at, at + 16));
  });

  it('is hidden wherever it stands in an answer, in escapes too', () => {
    const echoed = JSON.parse(
      `{"error": {"headers": ["Bearer", "${key.replace('-', '\\u002d')}"], "${key}": 1}, "n": 2}`,
    );
    expect(secret.hideIn(echoed)).toEqual({ error: { headers: ['Bearer', '…'], '…': 1 }, n: 2 });
  });

  it('leaves all other text as it is', () => {
    const text = '{"buy": 0.85, "explanation": "sk-proj is a prefix"}';
    expect(secret.hide(text)).toBe(text);
    expect(new Secret(undefined).hide(key)).toBe(key);
    expect(new Secret('abc').hide('an abc, abd')).toBe('an …, abd');
  });

  it('is hidden where each of its characters is an escape of JSON', () => {
    const secret = new Secret('sk-loop-1234');
    const escapes = [...'sk-loop-1234'].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('');
    expect(secret.hide(`x ${escapes} y`)).toBe('x … y');
    expect(secret.hide(`x ${escapes.replace(/[a-f]/g, (digit) => digit.toUpperCase())} y`)).toBe('x … y');
  });
});

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

import { describe, expect, it } from 'vitest';
import type { UnderstudyError } from '../../../env/error.ts';
import { parseServerName } from './address.ts';

const error = (name: string): UnderstudyError => {
  try {
    parseServerName(name);
  } catch (thrown) {
    return thrown as UnderstudyError;
  }
  throw new Error(`${name} was taken`);
};

describe('a server name', () => {
  it.each([
    ['http://localhost:8000/v1#m', 'http://localhost:8000/v1'],
    ['http://localhost:8000#m', 'http://localhost:8000/v1'],
    ['http://localhost:8000/#m', 'http://localhost:8000/v1'],
    ['https://openrouter.ai/api/v1/#m', 'https://openrouter.ai/api/v1'],
    ['HTTPS://Example.COM#m', 'https://example.com/v1'],
    ['http://[::1]:8080#m', 'http://[::1]:8080/v1'],
  ])('has an address: %s', (name, url) => expect(parseServerName(name).addresses[0].url).toBe(url));

  it('may name several addresses of one model, each counted once', () => {
    const { addresses, model } = parseServerName(
      'http://a:8000/v1, http://b:8000,http://a:8000#google/gemma-3-4b-it#q4',
    );
    expect(addresses.map(({ host }) => host)).toEqual(['a:8000', 'b:8000']);
    expect(model).toBe('google/gemma-3-4b-it#q4');
  });

  it.each([
    ['', 'server: names no model after a "#"'],
    ['http://localhost:8000', 'server:http://localhost:8000 names no model after a "#"'],
    ['http://localhost:8000/v1# ', 'names no model after a "#"'],
    ['#m', '"" is not an address'],
    ['localhost#m', '"localhost" is not an address'],
    ['localhost:8000#m', '"localhost:8000" is not an http or https address'],
    ['ftp://a/v1#m', '"ftp://a/v1" is not an http or https address'],
    ['http://a,#m', '"" is not an address'],
    ['http://a/v1?key=s3cret#m', 'the address of a ends in a query, which is not sent'],
    ['http://a#m,http://b#m', 'a model is named once, after all addresses'],
  ])('is refused, with an example: %j', (name, message) => {
    const { code, message: said } = error(name);
    expect(code).toBe('POLICY_ARGUMENT');
    expect(said).toContain(message);
    expect(said).toMatch(/; write for example server:http:\/\/localhost:8000\/v1#google\/gemma-3-4b-it$/);
    expect(said).not.toContain('s3cret');
  });

  it('holds no password, as it is shown, and the refusal does not show it either', () => {
    expect(error('https://me:p%40ss@example.com:8443/v1#m').message).toMatch(
      /^an address holds no user and no password; put the key into UNDERSTUDY_API_KEY; write for example/,
    );
    for (const name of [
      'http://me:p@ss@host#m',
      'http://me@host#m',
      'http://me:p@ss,word@host#m',
      'http://me:p@ss@exa mple#m',
      'me:p@ss@host#m',
      'ftp://me:p@ss@host#m',
      'http://me:p@ss@host',
      'http://a,http://me:p@ss@host#m',
    ])
      expect(error(name).message).not.toMatch(/p@ss|p%40ss|word@|me[:@]/);
  });

  it('says where nobody can listen', () => {
    const confidential = (url: string) => parseServerName(`${url}#m`).addresses[0].confidential;
    for (const url of [
      'https://a',
      'http://localhost:1',
      'http://127.0.0.1',
      'http://127.8.9.1',
      'http://[::1]:1',
      'http://x.localhost',
    ])
      expect([url, confidential(url)]).toEqual([url, true]);
    for (const url of [
      'http://a',
      'http://192.168.0.7',
      'http://localhost.example.com',
      'http://127.0.0.1.nip.io',
      'http://10.0.0.127',
    ])
      expect([url, confidential(url)]).toEqual([url, false]);
  });
});

import { describe, expect, it } from 'vitest';
import { refusal, sameToken } from './guard.ts';

describe('the guard', () => {
  it('lets loopback names pass, from its own page or from no page', () => {
    for (const host of ['127.0.0.1:8642', 'localhost:8642', '[::1]:8642', 'localhost'])
      for (const origin of [undefined, `http://${host}`]) expect(refusal({ host, origin })).toBeUndefined();
  });

  it('refuses names that only point to this machine', () => {
    for (const host of ['evil.example:8642', '127.0.0.1.evil.example', 'localhost.evil.example:80', '', undefined])
      expect(refusal({ host })).toContain('is not a loopback name');
  });

  it('refuses pages of other origins, other local servers among them', () => {
    for (const origin of [
      'http://evil.example',
      'null',
      'http://127.0.0.1:3000',
      'https://127.0.0.1:8642',
      'http://localhost:8642',
    ])
      expect(refusal({ host: '127.0.0.1:8642', origin })).toContain('is not http://127.0.0.1:8642');
  });

  it('knows the token from any other', () => {
    expect(sameToken('secret', 'secret')).toBe(true);
    for (const other of [undefined, '', 'secre', 'secrets', 'SECRET']) expect(sameToken(other, 'secret')).toBe(false);
  });
});

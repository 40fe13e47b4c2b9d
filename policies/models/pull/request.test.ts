import { expect, it } from 'vitest';
import { retryAfter } from './request.ts';

const asked = (headers: Record<string, string>, now?: number) => retryAfter(new Headers(headers), now);

it('reads seconds, as in RFC 9110, 10.2.3', () => {
  expect(asked({ 'retry-after': '120' })).toBe(120_000);
  expect(asked({ 'retry-after': '0' })).toBe(0);
});

it('reads a date, as in RFC 9110, 10.2.3, by the clock of the server that sent it', () => {
  const date = 'Fri, 31 Dec 1999 23:59:59 GMT';
  expect(asked({ 'retry-after': date, date: 'Fri, 31 Dec 1999 23:58:29 GMT' })).toBe(90_000);
  expect(asked({ 'retry-after': date }, Date.UTC(1999, 11, 31, 23, 59, 49))).toBe(10_000);
  expect(asked({ 'retry-after': date })).toBe(0);
});

it("reads when the hub's window ends, which Retry-After overrides", () => {
  expect(asked({ ratelimit: '"resolvers";r=0;t=55' })).toBe(55_000);
  expect(asked({ ratelimit: '"resolvers";r=0;t=55', 'retry-after': '7' })).toBe(7000);
});

it('says nothing where the server does not, or not in a form that can be read', () => {
  expect(asked({})).toBeUndefined();
  expect(asked({ 'retry-after': 'soon' })).toBeUndefined();
  expect(asked({ ratelimit: '"api";r=3' })).toBeUndefined();
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadOptions, download } from './download.ts';
import { answering, cutAfter, damaged, type Hub, model, sendBytes, sha256Of, startHub } from './hub.test-support.ts';
import { inspect } from './inspect.ts';

let folder: string;
let part: string;
let hub: Hub;
let lines: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-download-'));
  part = join(folder, 'a.part');
  lines = [];
  hub = await startHub();
});
afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

const here = () => (existsSync(part) ? readFileSync(part) : Buffer.alloc(0));
const log = (line: string) => void lines.push(line);
/** What pull does: ask what there is, then fetch it. */
async function fetchIt(more: DownloadOptions = {}) {
  const options = { hub: hub.origin, backoffMs: 1, log, ...more };
  return download(await inspect(hub.url, options), part, options);
}
/** What was asked of the bytes themselves, after the redirection. */
const ranges = () => hub.requests.flatMap(({ url, range }) => (url === '/blob' && range ? [range] : []));
const whole = { size: model.length, sha256: sha256Of(model) };

describe('a connection that is not to be relied on', () => {
  it('is taken up again where it was cut', async () => {
    let cuts = 0;
    hub.answer = (request, response, serve) => {
      if (request.url === '/blob' && cuts++ === 0) cutAfter(100_000, response);
      else serve();
    };
    expect(await fetchIt()).toEqual({ ...whole, resumed: true });
    expect(here().equals(model)).toBe(true);
    expect(ranges()).toEqual(['bytes=100000-']);
    expect(lines).toEqual([
      expect.stringMatching(/^the connection broke after 100 kB of 300 kB; trying again in 1 s$/),
    ]);
  });

  it('is given up after some tries that bring nothing; what came stays', async () => {
    hub.answer = (request, response, serve) => {
      if (request.url !== '/blob') serve();
      else if (request.headers.range) response.destroy();
      else cutAfter(100_000, response);
    };
    await expect(fetchIt({ retries: 2 })).rejects.toMatchObject({
      code: 'PULL_NETWORK',
      message: expect.stringMatching(
        /^cannot reach 127\.0\.0\.1:\d+: it closed the connection \(.+\); check the connection, or .*--from FILE$/,
      ),
    });
    // The first failure came after progress; two tries more brought nothing.
    expect(ranges()).toEqual(['bytes=100000-', 'bytes=100000-']);
    expect(here().length).toBe(100_000);
  });

  it('counts as broken when it is silent', async () => {
    let stalls = 0;
    hub.answer = (request, response, serve) => {
      if (request.url !== '/blob' || stalls++ > 0) return serve();
      response.writeHead(200, { 'content-length': model.length });
      response.write(model.subarray(0, 50_000));
    };
    expect(await fetchIt({ stallMs: 200 })).toMatchObject(whole);
    expect(lines[0]).toMatch(/^no byte came for 0\.2 s; trying again/);
    expect(ranges()).toEqual(['bytes=50000-']);
  });

  it('counts as broken when nobody answers at all', async () => {
    hub.answer = () => {};
    await expect(fetchIt({ stallMs: 100, retries: 1 })).rejects.toThrow(
      /^cannot reach 127\.0\.0\.1:\d+: no answer within 0\.1 s; check/,
    );
    expect(hub.requests).toHaveLength(2);
  });

  it('can be cut off by a signal; what came stays for the next run', async () => {
    const stop = new AbortController();
    hub.answer = (request, response, serve) => {
      if (request.url !== '/blob') return serve();
      response.writeHead(200, { 'content-length': model.length });
      response.write(model.subarray(0, 120_000));
    };
    const stopped = fetchIt({
      signal: stop.signal,
      progress: ({ done }) => done === 120_000 && stop.abort(new Error('stopped by a person')),
    });
    await expect(stopped).rejects.toThrow('stopped by a person');
    expect(here().length).toBe(120_000);
    hub.answer = (_, __, serve) => serve();
    expect(await fetchIt()).toEqual({ ...whole, resumed: true });
    expect(ranges()).toEqual(['bytes=120000-']);
    expect(lines).toEqual(['going on after 120 kB']);
  });

  it('can be cut off while it waits to be tried again', async () => {
    hub.answer = answering(503);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped by a person')), 50);
    await expect(fetchIt({ signal: stop.signal, backoffMs: 60_000 })).rejects.toThrow('stopped by a person');
  });
});

describe('a server that ignores ranges', () => {
  const ignoring = (cuts: number): Hub['answer'] => {
    let left = cuts;
    return (request, response, serve) => {
      delete request.headers.range;
      if (request.url === '/blob' && left-- > 0) cutAfter(100_000, response);
      else serve();
    };
  };

  it('is asked for everything again', async () => {
    hub.answer = ignoring(1);
    expect(await fetchIt()).toEqual({ ...whole, resumed: false });
    expect(lines).toContain('the server does not continue a download: starting again');
  });

  it('is not asked for ever when it never comes further', async () => {
    hub.answer = ignoring(Number.POSITIVE_INFINITY);
    await expect(fetchIt({ retries: 3 })).rejects.toThrow(/^the connection broke after 100 kB of 300 kB$/);
    expect(hub.requests.filter(({ url }) => url === '/blob')).toHaveLength(4);
  });

  it('is asked anew without a range when it sends another range than the one asked for', async () => {
    let first = true;
    hub.answer = (request, response, serve) => {
      if (request.url !== '/blob') return serve();
      if (first) cutAfter(100_000, response);
      else {
        if (request.headers.range) request.headers.range = 'bytes=5-';
        sendBytes(request, response);
      }
      first = false;
    };
    expect(await fetchIt()).toEqual({ ...whole, resumed: false });
    expect(here().equals(model)).toBe(true);
  });
});

describe('a server that does not say how long the file is', () => {
  const withoutLength: Hub['answer'] = (request, response) => {
    if (request.method === 'HEAD') answering(200)(request, response, () => {});
    else if (request.headers.range) sendBytes(request, response);
    else {
      response.writeHead(200);
      response.write(model.subarray(0, 1000));
      response.end(model.subarray(1000));
    }
  };

  it('is believed when it says that the file is complete', async () => {
    hub.answer = withoutLength;
    expect(await fetchIt()).toEqual({ ...whole, resumed: false });
  });

  it('is asked for what may follow a part that is whole already', async () => {
    hub.answer = withoutLength;
    writeFileSync(part, model);
    expect(await fetchIt()).toEqual({ ...whole, resumed: true });
    expect(hub.requests.at(-1)!.range).toBe(`bytes=${model.length}-`);
  });
});

describe('a file of another size than announced', () => {
  const sending =
    (bytes: Buffer): Hub['answer'] =>
    (request, response, serve) =>
      request.url === '/blob' ? sendBytes(request, response, bytes) : serve();

  it.each([
    ['shorter', model.subarray(0, 200_000), /announced 300004 bytes and sends 200000: the file changed/],
    ['longer', Buffer.concat([model, model]), /announced 300004 bytes and sends 600008: the file changed/],
  ])('is refused when it is %s', async (_, bytes, message) => {
    hub.answer = sending(bytes);
    await expect(fetchIt()).rejects.toMatchObject({ code: 'PULL_CHANGED', message: expect.stringMatching(message) });
  });

  it('is refused where the answer itself names no length', async () => {
    hub.answer = (request, response, serve) => {
      if (request.url !== '/blob') return serve();
      response.writeHead(200);
      response.end(Buffer.concat([model, model]));
    };
    await expect(fetchIt()).rejects.toMatchObject({ code: 'PULL_CHANGED' });
    expect(here().length).toBeLessThanOrEqual(model.length);
  });

  it('that ends early without a word is asked for the rest', async () => {
    let first = true;
    hub.answer = (request, response, serve) => {
      if (request.url !== '/blob' || !first) return serve();
      first = false;
      response.writeHead(200);
      response.end(model.subarray(0, 100_000));
    };
    expect(await fetchIt()).toEqual({ ...whole, resumed: true });
    expect(lines[0]).toMatch(/^the connection ended after 100 kB of 300 kB; trying again/);
  });

  it('has a part dropped that is longer than the file', async () => {
    writeFileSync(part, Buffer.concat([model, model]));
    expect(await fetchIt()).toEqual({ ...whole, resumed: false });
    expect(ranges()).toEqual([]);
  });
});

describe('a server that is busy', () => {
  const busyOnce = (headers: Record<string, string>, status = 429): Hub['answer'] => {
    let first = true;
    return (request, response, serve) => {
      if (request.url !== '/blob' || !first) return serve();
      first = false;
      answering(status, headers)(request, response, serve);
    };
  };

  it.each([
    ['seconds', { 'retry-after': '1' }],
    ['a date', { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT', date: 'Fri, 31 Dec 1999 23:59:58 GMT' }],
    ["the hub's own header", { ratelimit: '"resolvers";r=0;t=1' }],
  ])('is given the time that it asks for in %s, and the wait is told', async (_, headers) => {
    hub.answer = busyOnce(headers);
    const began = performance.now();
    expect(await fetchIt()).toMatchObject(whole);
    expect(performance.now() - began).toBeGreaterThan(950);
    expect(lines).toEqual([
      expect.stringMatching(
        /^127\.0\.0\.1:\d+ has had too many requests \(429\) and asks to wait 1 s: waiting until \d+ \w+ \d{4}, \d\d:\d\d:\d\d$/,
      ),
    ]);
  });

  it('is not waited for longer than there is patience: the message says when to come back', async () => {
    hub.answer = busyOnce({ 'retry-after': '7200' });
    const began = performance.now();
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'PULL_BUSY',
      message: expect.stringMatching(
        /too many requests \(429\) and asks to come back in 2 h, at \d+ \w+ \d{4}, \d\d:\d\d:\d\d; run the same command again then/,
      ),
    });
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('that does not say how long is given a little more time each time, and not for ever', async () => {
    hub.answer = answering(429);
    await expect(fetchIt({ retries: 2 })).rejects.toMatchObject({
      code: 'PULL_BUSY',
      message: expect.stringMatching(/too many requests \(429\); run the same command again later; it resumes/),
    });
    expect(hub.requests).toHaveLength(3);
  });

  it.each([500, 502, 503, 504])('or out of order (%i) is tried again', async (status) => {
    hub.answer = busyOnce({}, status);
    expect(await fetchIt()).toMatchObject(whole);
    expect(lines[0]).toContain(`answered ${status}`);
  });

  it('or out of order for long is given up with what it said', async () => {
    hub.answer = answering(503);
    await expect(fetchIt({ retries: 1 })).rejects.toMatchObject({
      code: 'PULL_NETWORK',
      message: expect.stringMatching(/answered 503 Service Unavailable; run the same command again later/),
    });
    expect(hub.requests).toHaveLength(2);
  });
});

describe('a server that does not answer HEAD', () => {
  it.each([405, 501, 403, 400])('but %i is asked for the first byte', async (status) => {
    hub.answer = (request, response, serve) => {
      if (request.method === 'HEAD') answering(status)(request, response, serve);
      else sendBytes(request, response);
    };
    expect(await inspect(hub.url, { hub: hub.origin })).toMatchObject({ size: model.length });
    expect(hub.requests.map(({ method, range }) => `${method} ${range}`)).toEqual(['HEAD undefined', 'GET bytes=0-0']);
    expect(await fetchIt()).toMatchObject(whole);
  });

  it('and ignores ranges tells the size all the same', async () => {
    hub.answer = (request, response, serve) => {
      delete request.headers.range;
      if (request.method === 'HEAD') answering(405)(request, response, serve);
      else sendBytes(request, response);
    };
    expect(await fetchIt()).toMatchObject(whole);
  });
});

describe('what is not a model', () => {
  it('ends the download with its first bytes', async () => {
    hub.answer = (request, response, serve) => {
      if (request.url !== '/blob') return serve();
      response.writeHead(200, { 'content-length': model.length });
      response.write('PK\u0003\u0004 and nothing more comes');
    };
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'PULL_DAMAGED',
      message: expect.stringMatching(/is not a GGUF model: it begins with "PK\\u0003\\u0004"$/),
    });
  });

  it('is told by its kind where a page is announced', async () => {
    hub.answer = answering(200, { 'content-type': 'text/html; charset=utf-8' });
    await expect(fetchIt()).rejects.toThrow(/answers with a web page in place of the model.*login page/);
    expect(hub.requests).toHaveLength(1);
  });

  it.each(['', 'GG'])('is told by its length: %j', async (text) => {
    hub.answer = (request, response) => sendBytes(request, response, Buffer.from(text));
    await expect(fetchIt()).rejects.toThrow(`is not a GGUF model: it has ${text.length} bytes`);
  });
});

it('needs the space before the first byte is fetched', async () => {
  hub.answer = answering(302, {
    location: '/blob',
    'x-linked-etag': sha256Of(damaged),
    'x-linked-size': '9000000000000000',
  });
  await expect(fetchIt()).rejects.toMatchObject({
    code: 'PULL_SPACE',
    message: expect.stringMatching(
      /^9000000\.00 GB are still to be fetched and .* has \d+\.\d+ [GM]B free; free some space/,
    ),
  });
  expect(hub.requests.map(({ method }) => method)).toEqual(['HEAD']);
});

it('follows redirections, but not in a circle', async () => {
  hub.answer = (request, response, serve) => {
    if (request.url === '/renamed') sendBytes(request, response);
    else answering(307, { location: '/renamed' })(request, response, serve);
  };
  expect(await fetchIt()).toMatchObject(whole);
  hub.answer = answering(307, { location: hub.url });
  await expect(fetchIt()).rejects.toThrow(/was redirected more than 5 times$/);
});

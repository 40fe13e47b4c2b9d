import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PullOptions, pull } from './pull.ts';

const model = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(300_000, 'weights of a model, ')]);
const sha256 = createHash('sha256').update(model).digest('hex');

/** A hub on 127.0.0.1 whose manners a test chooses. */
interface Hub {
  server: Server;
  url: string;
  requests: { method: string; range?: string; authorization?: string }[];
}

let directory: string;
let hub: Hub;
/** Answers one request; `serve` is what a well-behaved server does. */
let answer: (request: IncomingMessage, response: ServerResponse, serve: () => void) => void;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'understudy-pull-'));
  answer = (_, __, serve) => serve();
  const requests: Hub['requests'] = [];
  const server = createServer((request, response) => {
    const { range, authorization } = request.headers;
    requests.push({ method: request.method!, ...(range && { range }), ...(authorization && { authorization }) });
    answer(request, response, () => serveWell(request, response));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  hub = { server, requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.gguf` };
});
afterEach(async () => {
  hub.server.closeAllConnections();
  await new Promise((done) => hub.server.close(done));
  rmSync(directory, { recursive: true });
});

/** As the hub does it: HEAD redirects and announces the hash, GET redirects to the bytes, ranges are honoured. */
function serveWell(request: IncomingMessage, response: ServerResponse, bytes = model): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (request.url === '/model.gguf') {
    response.writeHead(302, {
      location: '/blob',
      'x-linked-etag': `"${sha256}"`,
      'x-linked-size': model.length,
      'x-repo-commit': 'c0ffee',
    });
    response.end();
    return;
  }
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': bytes.length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes.subarray(from));
}

const fetchIt = (options: Partial<PullOptions> = {}) =>
  pull({ model: 'mine', from: hub.url, workspace: directory, backoffMs: 1, ...options });
const teachers = () => readdirSync(join(directory, 'models', 'teachers')).sort();
const pulledFile = () => readFileSync(join(directory, 'models', 'teachers', 'mine.gguf'));
/** Sends the first part of the model, then cuts the connection. */
const cutAfter = (bytes: number, response: ServerResponse) => {
  response.writeHead(200, { 'content-length': model.length });
  response.write(model.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
};

describe('pulling a model', () => {
  it('leaves the whole file with a record of where it came from, and nothing else', async () => {
    const report = await fetchIt();
    expect(pulledFile().equals(model)).toBe(true);
    expect(teachers()).toEqual(['mine.gguf', 'mine.json']);
    expect(report).toMatchObject({
      sha256,
      size: model.length,
      revision: 'c0ffee',
      verified: 'announced by the server',
      present: false,
    });
    const record = JSON.parse(readFileSync(join(directory, 'models', 'teachers', 'mine.json'), 'utf8'));
    expect(record).toMatchObject({ model: 'mine', source: hub.url, sha256, size: model.length });
  });

  it('fetches nothing the second time, and fetches again what has been damaged since', async () => {
    await fetchIt();
    const before = hub.requests.length;
    expect((await fetchIt()).present).toBe(true);
    expect(hub.requests).toHaveLength(before);
    writeFileSync(join(directory, 'models', 'teachers', 'mine.gguf'), 'GGUF damaged');
    expect((await fetchIt()).present).toBe(false);
    expect(pulledFile().equals(model)).toBe(true);
  });

  it('goes on where the connection was cut, by itself', async () => {
    let cuts = 0;
    answer = (request, response, serve) => {
      if (request.url === '/blob' && cuts++ === 0) cutAfter(100_000, response);
      else serve();
    };
    await fetchIt();
    expect(pulledFile().equals(model)).toBe(true);
    const ranges = hub.requests.flatMap(({ range }) => range ?? []);
    expect(Number(/\d+/.exec(ranges[0]!)![0])).toBeGreaterThan(0);
  });

  it('goes on in a later run where it was stopped', async () => {
    const stop = new AbortController();
    answer = (request, response, serve) => {
      if (request.url !== '/blob') return serve();
      response.writeHead(200, { 'content-length': model.length });
      response.write(model.subarray(0, 120_000));
    };
    const stopped = fetchIt({
      signal: stop.signal,
      progress: ({ stage, done }) => {
        if (stage === 'downloading' && done >= 120_000) stop.abort(new Error('stopped by a person'));
      },
    });
    await expect(stopped).rejects.toThrow('stopped by a person');
    expect(teachers()).toEqual([expect.stringMatching(/^mine\.gguf\.[0-9a-f]{12}\.part$/)]);
    answer = (_, __, serve) => serve();
    await fetchIt();
    expect(hub.requests.at(-1)!.range).toBe('bytes=120000-');
    expect(pulledFile().equals(model)).toBe(true);
    expect(teachers()).toEqual(['mine.gguf', 'mine.json']);
  });

  it('starts again where the server ignores ranges', async () => {
    let cuts = 0;
    answer = (request, response, serve) => {
      if (request.url === '/blob' && cuts++ === 0) return cutAfter(100_000, response);
      delete request.headers.range;
      serve();
    };
    await fetchIt();
    expect(pulledFile().equals(model)).toBe(true);
  });

  it('treats a silent connection as a broken one', async () => {
    let stalls = 0;
    answer = (request, response, serve) => {
      if (request.url !== '/blob' || stalls++ > 0) return serve();
      response.writeHead(200, { 'content-length': model.length });
      response.write(model.subarray(0, 50_000));
    };
    await fetchIt({ stallMs: 200 });
    expect(pulledFile().equals(model)).toBe(true);
  });

  it('throws away what does not have the announced hash', async () => {
    const wrong = Buffer.from(model);
    wrong[1000]! ^= 1;
    answer = (request, response) => serveWell(request, response, wrong);
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'PULL_DAMAGED',
      message: expect.stringContaining(`expected ${sha256}`),
    });
    expect(teachers()).toEqual([]);
  });

  it('compares with a given hash where the server announces none', async () => {
    answer = (request, response) => {
      request.url = '/blob';
      serveWell(request, response);
    };
    expect(await fetchIt({ sha256 })).toMatchObject({ verified: 'given' });
    await expect(fetchIt({ sha256: '0'.repeat(64) })).rejects.toMatchObject({ code: 'PULL_DAMAGED' });
    expect(pulledFile().equals(model)).toBe(true);
  });

  it('does not take a web page for a model', async () => {
    const page = Buffer.from('<html>Sign in</html>');
    answer = (request, response) => {
      request.url = '/blob';
      serveWell(request, response, page);
    };
    await expect(fetchIt()).rejects.toThrow(/not a GGUF model: it begins with "<htm"/);
    expect(teachers()).toEqual([]);
  });

  it.each([
    [404, 'PULL_MISSING', /does not exist \(404\)/],
    [401, 'PULL_DENIED', /asks for a login \(401\).*HF_TOKEN/],
    [403, 'PULL_DENIED', /asks for a login \(403\).*HF_TOKEN/],
    [429, 'PULL_BUSY', /asks to wait 30 s \(429\)/],
  ])('says what a refusal %i means and what to do', async (status, code, message) => {
    answer = (_, response) => {
      response.writeHead(status, { 'retry-after': '30' });
      response.end();
    };
    await expect(fetchIt()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(existsSync(join(directory, 'models', 'teachers', 'mine.gguf'))).toBe(false);
  });

  it('sends the token, and says so when it is refused', async () => {
    answer = (_, response) => {
      response.writeHead(403);
      response.end();
    };
    await expect(fetchIt({ token: 'hf_x' })).rejects.toThrow(/refuses HF_TOKEN/);
    expect(hub.requests[0]!.authorization).toBe('Bearer hf_x');
  });

  it('gives up after some tries and says how to go on without a network', async () => {
    hub.server.closeAllConnections();
    await new Promise((done) => hub.server.close(done));
    const url = hub.url;
    hub.server = createServer();
    await new Promise<void>((done) => hub.server.listen(0, '127.0.0.1', done));
    await expect(fetchIt({ from: url })).rejects.toMatchObject({
      code: 'PULL_NETWORK',
      message: expect.stringMatching(/cannot reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\).*--from FILE/),
    });
  });

  it('copies a file and checks it likewise', async () => {
    const file = join(directory, 'downloaded.gguf');
    writeFileSync(file, model);
    expect(await fetchIt({ from: file, sha256 })).toMatchObject({ sha256, source: file, verified: 'given' });
    expect(pulledFile().equals(model)).toBe(true);
    await expect(fetchIt({ from: join(directory, 'nothing.gguf') })).rejects.toMatchObject({ code: 'PULL_MISSING' });
  });

  it('checks the model that comes with the package, and fetches nothing', async () => {
    expect(await pull({ model: 'tiny', workspace: directory })).toMatchObject({
      present: true,
      verified: 'the list of bundled files',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(hub.requests).toHaveLength(0);
  });

  it('names the known models for an unknown one', async () => {
    await expect(pull({ model: 'gemma', workspace: directory })).rejects.toThrow(
      /unknown model: gemma \(known: tiny, gemma-3-4b\)/,
    );
    await expect(fetchIt({ model: '../x' })).rejects.toMatchObject({ code: 'PULL_MODEL' });
  });
});

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small file that begins as a model does. */
export const model = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(300_000, 'weights of a model, ')]);
export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The same length, one bit changed. */
export const damaged = Buffer.from(model);
damaged[1000]! ^= 1;

/** Where the hub has the model: /OWNER/NAME/resolve/REVISION/FILE. */
export const path = '/owner/model-GGUF/resolve/main/model.gguf';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly range?: string;
  readonly authorization?: string;
}

type Answer = (request: IncomingMessage, response: ServerResponse, serve: (bytes?: Buffer) => void) => void;

/** A hub on 127.0.0.1 whose manners a test chooses. */
export interface Hub {
  /** http://127.0.0.1:PORT */
  readonly origin: string;
  /** Address of the model. */
  readonly url: string;
  readonly requests: Seen[];
  /** Answers one request; `serve` does what the real hub does. */
  answer: Answer;
  close(): Promise<void>;
}

export async function startHub(): Promise<Hub> {
  const requests: Seen[] = [];
  const server = createServer((request, response) => {
    const { range, authorization } = request.headers;
    const { method = '', url = '' } = request;
    requests.push({ method, url, ...(range && { range }), ...(authorization && { authorization }) });
    hub.answer(request, response, (bytes = model) => asTheHubDoes(request, response, bytes));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hub: Hub = {
    origin,
    url: `${origin}${path}`,
    requests,
    answer: (_, __, serve) => serve(),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return hub;
}

/** The address redirects to the bytes and announces size, hash and commit; the bytes come by ranges where asked. */
function asTheHubDoes(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  if (request.url?.includes('/resolve/')) {
    response.writeHead(302, {
      location: '/blob',
      'x-linked-etag': `"${sha256Of(bytes)}"`,
      'x-linked-size': bytes.length,
      'x-repo-commit': 'c0ffee',
    });
    response.end();
  } else sendBytes(request, response, bytes);
}

/** As a plain server of files does it. */
export function sendBytes(request: IncomingMessage, response: ServerResponse, bytes: Buffer = model): void {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const from = Number(first ?? 0);
  const to = last ? Math.min(Number(last), bytes.length - 1) : bytes.length - 1;
  if (first !== undefined && from >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` });
    response.end();
    return;
  }
  response.writeHead(first === undefined ? 200 : 206, {
    'content-length': to - from + 1,
    ...(first !== undefined && { 'content-range': `bytes ${from}-${to}/${bytes.length}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes.subarray(from, to + 1));
}

/** Sends the first bytes of the model as if all were to come, then cuts the connection. */
export function cutAfter(bytes: number, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': model.length });
  response.write(model.subarray(0, bytes), () => setTimeout(() => response.destroy(), 200));
}

/** Answers with a status and headers, and nothing else. */
export const answering =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers);
    response.end();
  };

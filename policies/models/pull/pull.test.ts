import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pulledPaths } from '../../../workspace/paths.ts';
import { f32Tensor, shardsOf, textEntry } from '../gguf/gguf.test-support.ts';
import { answering, cutAfter, damaged, type Hub, model, sendBytes, sha256Of, startHub } from './hub.test-support.ts';
import { pull } from './pull.ts';
import type { PullOptions } from './source.ts';

const sha256 = sha256Of(model);
const licence = { name: 'A Licence', url: 'https://example.org/licence', terms: 'Be kind.' };
const known = {
  name: 'known',
  description: 'a model of the table',
  bundled: false,
  repository: 'owner/model-GGUF',
  file: 'model.gguf',
  bytes: model.length,
  sha256,
  gated: false,
  licence,
} as const;
const { sha256: _, ...unpinned } = { ...known, name: 'unpinned' };

let directory: string;
let hub: Hub;
let lines: string[];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'understudy-pull-'));
  lines = [];
  hub = await startHub();
});
afterEach(async () => {
  await hub.close();
  rmSync(directory, { recursive: true });
});

const pullIt = (options: Partial<PullOptions> = {}) =>
  pull({
    model: 'known',
    workspace: directory,
    models: [known, unpinned],
    hub: hub.origin,
    backoffMs: 1,
    log: (line) => lines.push(line),
    ...options,
  });
/** A model outside the table. */
const pullOther = (options: Partial<PullOptions> = {}) => pullIt({ model: 'mine', from: hub.url, ...options });
const teachers = () => readdirSync(join(directory, 'models', 'teachers')).sort();
const place = (name = 'known') => pulledPaths(directory, name);
const content = (name?: string) => readFileSync(place(name).gguf);
const recorded = (name?: string) => JSON.parse(readFileSync(place(name).provenance, 'utf8'));
const part = (hash = sha256) => `${place().gguf}.${hash.slice(0, 12)}.part`;
/** Puts a file where pull puts its own. */
function put(file: string, bytes: Uint8Array | string): string {
  mkdirSync(join(directory, 'models', 'teachers'), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}
/** How often the bytes themselves were asked for. */
const fetches = () => hub.requests.filter(({ method, url }) => method === 'GET' && url === '/blob').length;

describe('a model of the table', () => {
  it('is left whole, with a record of what it is, where it came from and on what terms, and nothing else', async () => {
    const report = await pullIt();
    expect(content().equals(model)).toBe(true);
    expect(teachers()).toEqual(['known.gguf', 'known.json']);
    expect(report).toMatchObject({ present: false, file: place().gguf, verified: 'pinned' });
    const { retrieved, ...record } = recorded();
    expect(record).toEqual({
      model: 'known',
      source: hub.url,
      repository: 'owner/model-GGUF',
      revision: 'c0ffee',
      sha256,
      verified: 'pinned',
      bytes: model.length,
      licence,
    });
    expect(Math.abs(Date.now() - Date.parse(retrieved))).toBeLessThan(60_000);
  });

  it('has its licence shown before anything is asked of the server', async () => {
    await pullIt({ log: (line) => lines.push(`after ${hub.requests.length} requests: ${line}`) });
    expect(lines).toEqual([
      'after 0 requests: known: a model of the table, 300 kB',
      `after 0 requests: from ${hub.url}`,
      'after 0 requests: licence: A Licence, https://example.org/licence\n  Be kind.',
    ]);
  });

  it('is fetched at its revision', async () => {
    hub.answer = answering(404);
    const models = [{ ...known, revision: '0123abc' }];
    await expect(pullIt({ models })).rejects.toMatchObject({
      code: 'PULL_MISSING',
      message: expect.stringContaining('/owner/model-GGUF/resolve/0123abc/model.gguf does not exist (404)'),
    });
  });

  it('is not fetched a second time, and is fetched again when it has been damaged since', async () => {
    await pullIt();
    const before = hub.requests.length;
    expect(await pullIt()).toMatchObject({ present: true, verified: 'pinned', sha256 });
    expect(hub.requests).toHaveLength(before);
    writeFileSync(place().gguf, damaged);
    expect(await pullIt()).toMatchObject({ present: false });
    expect(lines.join('\n')).toMatch(/known\.gguf is damaged \(SHA-256 .*\): fetching it again/);
    expect(content().equals(model)).toBe(true);
  });

  it('is fetched again when its record has been damaged since', async () => {
    await pullIt();
    truncateSync(place().provenance, 20);
    expect(await pullIt()).toMatchObject({ present: false });
    expect(recorded()).toMatchObject({ sha256 });
  });

  it('is fetched again when the table has moved on to another file', async () => {
    hub.answer = (_, __, serve) => serve(damaged);
    await pullIt({ models: [{ ...known, sha256: sha256Of(damaged) }] });
    hub.answer = (_, __, serve) => serve();
    expect(await pullIt()).toMatchObject({ present: false, sha256 });
    expect(lines.join('\n')).toMatch(/is another version \(SHA-256 .*, expected .*\): fetching the expected one/);
  });

  it('is not fetched at all where the server announces another file', async () => {
    hub.answer = (_, __, serve) => serve(damaged);
    await expect(pullIt()).rejects.toMatchObject({
      code: 'PULL_CHANGED',
      message: expect.stringMatching(
        /^the file changed at its source: .* announces SHA-256 [0-9a-f]{64}, and known is pinned to [0-9a-f]{64}; nothing was fetched\. .*understudy pull NAME --from URL$/,
      ),
    });
    expect(fetches()).toBe(0);
    hub.answer = (request, response) => sendBytes(request, response, model.subarray(0, 1000));
    await expect(pullIt()).rejects.toThrow(/announces 1000 bytes, and known is pinned to 300004; nothing was fetched/);
    expect(hub.requests.every(({ method }) => method === 'HEAD')).toBe(true);
  });

  it('does not take its place when it arrives damaged', async () => {
    hub.answer = (request, response) => sendBytes(request, response, damaged);
    await expect(pullIt()).rejects.toMatchObject({
      code: 'PULL_DAMAGED',
      message: expect.stringMatching(`arrived damaged: its SHA-256 is .*, expected ${sha256}; it was deleted`),
    });
    expect(teachers()).toEqual([]);
    expect(hub.requests.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  it('is taken from what the hub announces where no hash is pinned, and says so', async () => {
    expect(await pullIt({ model: 'unpinned' })).toMatchObject({ verified: 'announced by the server', sha256 });
    hub.answer = (request, response, serve) =>
      request.url === '/blob' ? sendBytes(request, response, damaged) : serve();
    writeFileSync(place('unpinned').gguf, 'GGUF damaged');
    await expect(pullIt({ model: 'unpinned' })).rejects.toMatchObject({ code: 'PULL_DAMAGED' });
  });
});

describe('a part that an earlier run left', () => {
  it('is gone on with', async () => {
    put(part(), model.subarray(0, 200_000));
    await pullIt();
    expect(hub.requests.at(-1)!.range).toBe('bytes=200000-');
    expect(content().equals(model)).toBe(true);
    expect(teachers()).toEqual(['known.gguf', 'known.json']);
  });

  it('is all there is to check when it is whole', async () => {
    put(part(), model);
    await pullIt();
    expect(fetches()).toBe(0);
    expect(content().equals(model)).toBe(true);
  });

  it('does not make the model unreachable when it is wrong: all is fetched once more', async () => {
    put(part(), damaged.subarray(0, 200_000));
    expect(await pullIt()).toMatchObject({ sha256 });
    expect(fetches()).toBe(2);
    expect(lines.join('\n')).toMatch(/arrived damaged.*; it came in pieces, so it is fetched again in one piece/);
  });

  it('is given one clean start and no more', async () => {
    put(part(), model.subarray(0, 500));
    hub.answer = (request, response) => sendBytes(request, response, damaged);
    await expect(pullIt()).rejects.toMatchObject({ code: 'PULL_DAMAGED' });
    expect(hub.requests.map(({ method, range }) => [method, range])).toEqual([
      ['HEAD', undefined],
      ['GET', 'bytes=500-'],
      ['GET', undefined],
    ]);
    expect(teachers()).toEqual([]);
  });

  it('is dropped when it belongs to another version', async () => {
    put(part('0'.repeat(64)), damaged);
    await pullIt();
    expect(teachers()).toEqual(['known.gguf', 'known.json']);
  });

  it('of a server without hashes is not gone on with when the file has changed since', async () => {
    const plain =
      (bytes: Buffer, etag: string, cut = false): Hub['answer'] =>
      (request, response) => {
        response.setHeader('etag', etag);
        if (cut && request.method === 'GET') cutAfter(100_000, response);
        else sendBytes(request, response, bytes);
      };
    hub.answer = plain(model, '"one"', true);
    await expect(pullOther({ retries: 0 })).rejects.toMatchObject({ code: 'PULL_NETWORK' });
    hub.answer = plain(damaged, '"two"');
    expect(await pullOther()).toMatchObject({ verified: 'nothing', sha256: sha256Of(damaged) });
  });
});

describe('two pulls of a model at the same time', () => {
  it('fetch it once: the later one waits, says for whom, and finds it there', async () => {
    const slowly: Hub['answer'] = (_, __, serve) => void setTimeout(serve, 100);
    hub.answer = slowly;
    const reports = await Promise.all([pullIt(), pullIt()]);
    expect(reports.map(({ present }) => present).sort()).toEqual([false, true]);
    expect(fetches()).toBe(1);
    expect(lines.join('\n')).toMatch(
      new RegExp(
        `process ${process.pid} on .* is already fetching known: waiting for it \\(if there is no such process`,
      ),
    );
    expect(teachers()).toEqual(['known.gguf', 'known.json']);
  });

  it('do not wait for a process that is gone', async () => {
    put(`${place().gguf}.lock`, '');
    expect(await pullIt()).toMatchObject({ present: false });
    expect(teachers()).toEqual(['known.gguf', 'known.json']);
  });

  it('leave the wait when they are stopped', async () => {
    hub.answer = (request, _, serve) => void (request.method === 'HEAD' ? setTimeout(serve, 500) : serve());
    const first = pullIt();
    const stop = new AbortController();
    const second = pullIt({ signal: stop.signal });
    setTimeout(() => stop.abort(new Error('stopped by a person')), 50);
    await expect(second).rejects.toThrow('stopped by a person');
    expect(await first).toMatchObject({ sha256 });
  });
});

describe('a file in place that pull did not put there', () => {
  it('is recorded when it is the right one', async () => {
    put(place().gguf, model);
    expect(await pullIt()).toMatchObject({ present: true, source: 'found in place', verified: 'pinned' });
    expect(hub.requests).toEqual([]);
    expect(recorded()).toMatchObject({ sha256, licence });
  });

  it('is not overwritten when it is another one', async () => {
    put(place().gguf, damaged);
    await expect(pullIt()).rejects.toMatchObject({
      code: 'PULL_DAMAGED',
      message: expect.stringMatching(/is not known and was not put there by pull .*: move it away/),
    });
    expect(content().equals(damaged)).toBe(true);
  });
});

describe('--from', () => {
  const file = (bytes: Uint8Array) => put(join(directory, 'downloaded.gguf'), bytes);

  it('a file that is the model takes it as if it had been fetched', async () => {
    const from = file(model);
    expect(await pullIt({ from })).toMatchObject({ verified: 'pinned', source: from, licence });
    expect(content().equals(model)).toBe(true);
    expect(existsSync(from)).toBe(true);
    expect(hub.requests).toEqual([]);
  });

  it.each([
    ['content', damaged, /is not known, or is damaged: its SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}/],
    ['length', model.subarray(0, 5000), /is not known: it has 5000 bytes, expected 300004/],
  ])('a file of another %s is refused, with a way to take it all the same', async (_, bytes, message) => {
    const attempt = pullIt({ from: file(bytes) });
    await expect(attempt).rejects.toMatchObject({ code: 'PULL_DAMAGED', message: expect.stringMatching(message) });
    await expect(attempt).rejects.toThrow(
      /to use it all the same, take it under a name of its own: understudy pull NAME --from FILE$/,
    );
    expect(teachers()).toEqual([]);
  });

  it('an address of the model takes it, and of another file refuses it', async () => {
    expect(await pullIt({ from: hub.url })).toMatchObject({ verified: 'pinned', source: hub.url });
    hub.answer = (_, __, serve) => serve(damaged);
    rmSync(place().gguf);
    await expect(pullIt({ from: hub.url })).rejects.toMatchObject({ code: 'PULL_CHANGED' });
  });

  it('takes the address of a page of the hub about a file for the file', async () => {
    expect(await pullOther({ from: hub.url.replace('/resolve/', '/blob/') })).toMatchObject({ source: hub.url });
  });

  it('takes any other model under a name of its own, and fetches it again only from elsewhere', async () => {
    expect(await pullOther()).toMatchObject({ model: 'mine', verified: 'announced by the server', revision: 'c0ffee' });
    expect(lines).toContain('licence: not known to understudy; check its source before you use it');
    expect(recorded('mine')).not.toHaveProperty('licence');
    expect(await pullOther()).toMatchObject({ present: true });
    const from = file(damaged);
    expect(await pullOther({ from })).toMatchObject({ present: false, source: from, verified: 'nothing' });
  });

  it('compares another model with a given hash, before it fetches where the server announces one', async () => {
    await expect(pullOther({ sha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'PULL_CHANGED',
      message: expect.stringMatching(/announces SHA-256 .*, --sha256 is 0{64}; nothing was fetched$/),
    });
    expect(fetches()).toBe(0);
    await expect(pullOther({ from: file(model), sha256: '0'.repeat(64) })).rejects.toThrow(
      /is damaged or another file: its SHA-256 is .*, --sha256 is 0{64}$/,
    );
    hub.answer = (request, response) => sendBytes(request, response);
    expect(await pullOther({ sha256 })).toMatchObject({ verified: 'given' });
  });

  it('says what is wrong with what it points to', async () => {
    await expect(pullOther({ from: join(directory, 'none.gguf') })).rejects.toMatchObject({
      code: 'PULL_MISSING',
      message: expect.stringMatching(/none\.gguf does not exist; --from takes a URL or the path of a GGUF file$/),
    });
    await expect(pullOther({ from: directory })).rejects.toThrow(/is not a file; --from takes/);
    await expect(pullOther({ from: 'http://' })).rejects.toThrow('--from http:// is not a valid URL');
    await expect(pullOther({ from: file(Buffer.from('<html>Sign in</html>')) })).rejects.toThrow(
      /is not a GGUF model: it begins with "<htm"$/,
    );
    await expect(pullOther({ from: file(Buffer.alloc(0)) })).rejects.toThrow(/is not a GGUF model: it has 0 bytes$/);
    expect(teachers()).toEqual([]);
  });
});

describe('a login', () => {
  it('is asked for with the page where the terms are accepted', async () => {
    hub.answer = answering(401, { 'x-error-code': 'GatedRepo' });
    await expect(pullIt()).rejects.toMatchObject({
      code: 'PULL_DENIED',
      message: expect.stringMatching(
        /^owner\/model-GGUF asks for a login \(401\): accept its terms at https:\/\/huggingface\.co\/owner\/model-GGUF, make a token at https:\/\/huggingface\.co\/settings\/tokens, then run the same command with HF_TOKEN=hf_… before it/,
      ),
    });
  });

  it.each([
    [401, /does not know HF_TOKEN \(401\): it is mistyped, expired or revoked/],
    [403, /HF_TOKEN may not read owner\/model-GGUF \(403\): accept its terms at https:.*with the account/],
  ])('that is refused with %i is told apart', async (status, message) => {
    hub.answer = answering(status);
    await expect(pullIt({ token: 'hf_x' })).rejects.toMatchObject({
      code: 'PULL_DENIED',
      message: expect.stringMatching(message),
    });
    expect(hub.requests[0]!.authorization).toBe('Bearer hf_x');
  });

  it('is not what a repository needs that does not exist', async () => {
    hub.answer = answering(401, { 'x-error-code': 'RepoNotFound' });
    await expect(pullIt()).rejects.toMatchObject({ code: 'PULL_MISSING' });
  });

  it('is sent to the hub and not to where the hub redirects', async () => {
    const elsewhere = await startHub();
    try {
      elsewhere.answer = (request, response) => sendBytes(request, response);
      hub.answer = (request, response, serve) =>
        answering(302, { location: `${elsewhere.origin}/blob` })(request, response, serve);
      await pullIt({ token: 'hf_x' });
      expect(hub.requests.map(({ method, authorization }) => [method, authorization])).toEqual([
        ['HEAD', 'Bearer hf_x'],
        ['GET', 'Bearer hf_x'],
      ]);
      expect(elsewhere.requests.map(({ method, authorization }) => [method, authorization])).toEqual([
        ['HEAD', undefined],
        ['GET', undefined],
      ]);
    } finally {
      await elsewhere.close();
    }
  });

  it('is not sent to another server that a person names', async () => {
    const elsewhere = await startHub();
    try {
      await pullOther({ from: elsewhere.url, token: 'hf_x' });
      expect(elsewhere.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
      elsewhere.answer = answering(401);
      await expect(pullOther({ model: 'other', from: elsewhere.url, token: 'hf_x' })).rejects.toThrow(
        /^127\.0\.0\.1:\d+ asks for a login \(401\); fetch the file by other means and use --from FILE$/,
      );
    } finally {
      await elsewhere.close();
    }
  });

  it('is asked for anew where a signed link has run out', async () => {
    const elsewhere = await startHub();
    try {
      let first = true;
      elsewhere.answer = (request, response, serve) => {
        if (first && request.method === 'GET') answering(403)(request, response, serve);
        else sendBytes(request, response);
        if (request.method === 'GET') first = false;
      };
      hub.answer = answering(302, { location: `${elsewhere.origin}/blob` });
      expect(await pullIt()).toMatchObject({ sha256 });
      expect(lines.join('\n')).toMatch(/refused a link of its own \(403\); trying again/);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('a name', () => {
  it('that comes with the package is checked, and nothing is fetched', async () => {
    expect(await pull({ model: 'tiny', workspace: directory })).toMatchObject({
      present: true,
      verified: 'the list of bundled files',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      licence: { name: 'MIT' },
    });
    await expect(pull({ model: 'tiny', workspace: directory, from: hub.url })).rejects.toMatchObject({
      code: 'PULL_MODEL',
      message: expect.stringMatching(/^tiny comes with understudy and is opened from there; .*NAME --from URL\|FILE$/),
    });
  });

  it('that is pinned is not given another hash', async () => {
    await expect(pullIt({ sha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'PULL_MODEL',
      message: expect.stringMatching(`^known is the file with SHA-256 ${sha256}, not 0{64}; to use it all the same`),
    });
    expect(await pullIt({ sha256 })).toMatchObject({ verified: 'pinned' });
  });

  it('that is unknown names the known, and the one that was probably meant', async () => {
    const unknown = (name: string) => pull({ model: name, workspace: directory });
    await expect(unknown('llama')).rejects.toThrow(
      'unknown model: llama (known: tiny, gemma-3-4b, gemma-3-4b-q8_0, gemma-3-4b-qat, gemma-4-e2b, gemma-4-e4b, all-minilm-l6-v2); any other GGUF with --from URL or --from FILE',
    );
    await expect(unknown('gemma-3-4B')).rejects.toThrow(/did you mean gemma-3-4b\?$/);
  });

  it.each(['../x', '', '.hidden', 'a/b', 'oracle', 'uniform'])('like %j is not given to a model', async (name) => {
    await expect(pullOther({ model: name })).rejects.toMatchObject({ code: 'PULL_MODEL' });
    expect(hub.requests).toEqual([]);
  });
});

describe('a model in shards', () => {
  const tensors = ['a', 'b', 'c'].map((name, i) =>
    f32Tensor(
      name,
      Array.from({ length: 20_000 }, (_, j) => i + j),
    ),
  );
  const [a, b, c] = tensors as [(typeof tensors)[0], (typeof tensors)[0], (typeof tensors)[0]];
  const shards = shardsOf([textEntry('general.name', 'one')], [[a], [b], [c]]);
  const hashes = shards.map(sha256Of);
  const identity = sha256Of(Buffer.from(hashes.map((hash) => `${hash}\n`).join('')));
  const total = shards.reduce((sum, { length }) => sum + length, 0);
  const url = (number: number) => `${hub.origin}/owner/m/resolve/main/m-0000${number}-of-00003.gguf`;
  const at = (number: number) => join(directory, 'models', 'teachers', `mine-0000${number}-of-00003.gguf`);
  const whole = ['mine-00001-of-00003.gguf', 'mine-00002-of-00003.gguf', 'mine-00003-of-00003.gguf', 'mine.json'];
  const pullShards = (options: Partial<PullOptions> = {}) => pullIt({ model: 'mine', from: url(1), ...options });
  let served: Buffer[];
  /** Shards of which the bytes were asked for. */
  let asked: number[];
  /** As the hub, or as a server that announces no hash. */
  const serving =
    (announced = true): Hub['answer'] =>
    (request, response) => {
      const number = Number(/m-0000(\d)-of/.exec(request.url!)![1]);
      const bytes = served[number - 1];
      if (!bytes) return answering(404)(request, response, () => {});
      if (request.method === 'GET') asked.push(number);
      if (announced && request.method === 'HEAD') {
        response.setHeader('x-linked-etag', `"${sha256Of(bytes)}"`);
        response.setHeader('x-linked-size', bytes.length);
      }
      sendBytes(request, response, bytes);
    };
  beforeEach(() => {
    served = [...shards];
    asked = [];
    hub.answer = serving();
  });
  /** The shards in a folder of their own. */
  function folder(bytes: readonly Buffer[] = shards): string {
    const from = join(directory, 'from');
    mkdirSync(from);
    for (const [i, shard] of bytes.entries()) writeFileSync(join(from, `m-0000${i + 1}-of-00003.gguf`), shard);
    return join(from, 'm-00001-of-00003.gguf');
  }

  it('is fetched whole by its first shard, with one hash over all', async () => {
    const report = await pullShards();
    expect(report).toMatchObject({
      present: false,
      file: at(1),
      sha256: identity,
      bytes: total,
      verified: 'announced by the server',
      source: url(1),
    });
    expect(recorded('mine').shards).toEqual(
      shards.map(({ length }, i) => ({ file: whole[i], bytes: length, sha256: hashes[i] })),
    );
    expect(teachers()).toEqual(whole);
    for (const [i, shard] of shards.entries()) expect(readFileSync(at(i + 1)).equals(shard)).toBe(true);
    expect(await pullShards()).toMatchObject({ present: true, file: at(1), sha256: identity });
    expect(asked).toEqual([1, 2, 3]);
  });

  it('is copied whole from a folder, and compared with a given hash', async () => {
    const from = folder();
    await expect(pullShards({ from, sha256: '0'.repeat(64) })).rejects.toThrow(
      `${from} and its other shards are damaged or another model: SHA-256 over all is ${identity}, --sha256 is ${'0'.repeat(64)}`,
    );
    expect(teachers()).toEqual([]);
    expect(await pullShards({ from, sha256: identity })).toMatchObject({ verified: 'given', bytes: total });
    expect(teachers()).toEqual(whole);
  });

  it('is not fetched at all where one is missing, or the hashes are not those that were given', async () => {
    served = shards.slice(0, 2);
    await expect(pullShards()).rejects.toThrow('/m-00003-of-00003.gguf does not exist (404)');
    served = [...shards];
    await expect(pullShards({ sha256: 'a'.repeat(64) })).rejects.toMatchObject({ code: 'PULL_CHANGED' });
    expect(asked).toEqual([]);
    expect(teachers()).toEqual([]);
  });

  it('is asked for by its first shard', async () => {
    await expect(pullShards({ from: url(2) })).rejects.toThrow(
      `${url(2)} is shard 2 of 3; name the first one, ${url(1)}, and the others are taken with it`,
    );
    const alone = join(directory, 'alone.gguf');
    writeFileSync(alone, shards[0]!);
    await expect(pullShards({ from: alone })).rejects.toThrow(
      `${alone} is shard 1 of 3 of a model, and its name does not say where the others are; name the first one as it was made, NAME-00001-of-00003.gguf`,
    );
    expect(teachers()).toEqual([]);
  });

  it.each([true, false])(
    'goes on where it stopped, in the middle of a shard (hashes announced: %j)',
    async (announced) => {
      const serve = serving(announced);
      const half = shards[1]!.length / 2;
      hub.answer = (request, response, more) => {
        if (request.method === 'HEAD' || !request.url!.includes('m-00002')) return serve(request, response, more);
        response.writeHead(200, { 'content-length': shards[1]!.length });
        response.write(shards[1]!.subarray(0, half), () => setTimeout(() => response.destroy(), 20));
      };
      await expect(pullShards({ retries: 0 })).rejects.toMatchObject({ code: 'PULL_NETWORK' });
      expect(teachers().filter((file) => file.endsWith('.part'))).toHaveLength(2);
      asked = [];
      hub.answer = serve;
      expect(await pullShards()).toMatchObject({ sha256: identity });
      expect(asked).toEqual([2, 3]);
      expect(hub.requests.filter(({ range }) => range === `bytes=${half}-`)).toHaveLength(1);
      expect(teachers()).toEqual(whole);
    },
  );

  it('has only those shards fetched again that are damaged or gone', async () => {
    await pullShards();
    asked = [];
    writeFileSync(at(2), shards[0]!);
    rmSync(at(3));
    expect(await pullShards()).toMatchObject({ present: false, sha256: identity });
    expect(asked).toEqual([2, 3]);
    expect(lines.join('\n')).toContain(`${at(3)} is missing: fetching it`);
    const other = Buffer.from(shards[2]!);
    other[other.length - 50]! ^= 1;
    writeFileSync(at(3), other);
    asked = [];
    await pullShards();
    expect(asked).toEqual([3]);
    expect(lines.join('\n')).toMatch(/mine-00003-of-00003\.gguf is damaged \(SHA-256 .*\): fetching it again/);
  });

  it.each([
    [
      'of another model',
      shardsOf([], [[a], [a], [c]])[1]!,
      '/m-00002-of-00003.gguf is of another model than m-00001-of-00003.gguf: both hold the tensor a',
    ],
    ['that is another of its shards', shards[2]!, '/m-00002-of-00003.gguf holds shard 3 of 3, not shard 2 of 3'],
    ['that ends early', shards[1]!.subarray(0, 70_000), '/m-00002-of-00003.gguf is cut off: its weights end at byte'],
  ])('does not take its place with a shard %s', async (_, wrong, message) => {
    served = [shards[0]!, wrong, shards[2]!];
    await expect(pullShards()).rejects.toThrow(message);
    expect(teachers().filter((file) => !file.endsWith('.part'))).toEqual([]);
    served = [...shards];
    expect(await pullShards()).toMatchObject({ sha256: identity });
  });

  it('needs the space of all shards before the first byte is fetched', async () => {
    const serve = serving();
    hub.answer = (request, response, more) => {
      if (request.method !== 'HEAD' || !request.url!.includes('m-00003')) return serve(request, response, more);
      response.setHeader('x-linked-size', 2 ** 52);
      response.setHeader('x-linked-etag', `"${hashes[2]}"`);
      response.end();
    };
    await expect(pullShards()).rejects.toMatchObject({ code: 'PULL_SPACE' });
    expect(asked).toEqual([]);
  });

  it('does not overwrite a shard that somebody else put there, unless it is the right one', async () => {
    put(at(2), 'a file of mine');
    await expect(pullShards()).rejects.toThrow(`${at(2)} is not mine and was not put there by pull`);
    expect(readFileSync(at(2), 'utf8')).toBe('a file of mine');
    writeFileSync(at(2), shards[1]!);
    await pullShards();
    expect(asked).toEqual([1, 3]);
  });

  it('gives way to a model in one file under its name, and the other way round, and leaves nothing behind', async () => {
    const single = join(directory, 'single.gguf');
    writeFileSync(single, model);
    await pullShards();
    await pullShards({ from: single });
    expect(teachers()).toEqual(['mine.gguf', 'mine.json']);
    await pullShards();
    expect(teachers()).toEqual(whole);
  });
});

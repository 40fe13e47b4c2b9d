import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answering, type Hub, model, startHub } from '../policies/models/pull/hub.test-support.ts';
import { compiled } from '../tools/compiled.ts';
import { main } from './main.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
let workspace: string;
let hub: Hub;
let children: ChildProcess[];
beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'understudy-cli-pull-'));
  hub = await startHub();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await hub.close();
  rmSync(workspace, { recursive: true });
});

/** Runs the command in this process, under an environment of its own. */
async function understudy(args: readonly string[], env: Record<string, string> = {}) {
  const before = { ...process.env };
  Object.assign(process.env, { HF_TOKEN: '', HF_ENDPOINT: '' }, env);
  const out = { stdout: '', stderr: '' };
  try {
    const code = await main(['pull', ...args, '--workspace', workspace], {
      stdout: { write: (text) => (out.stdout += text) },
      stderr: { write: (text) => (out.stderr += text) },
    });
    return { code, ...out };
  } finally {
    process.env = before;
  }
}

/** Runs it as a process that can be stopped. */
function start(...args: string[]) {
  const all = [compiled(new URL('./understudy.ts', import.meta.url)), 'pull', ...args, '--workspace', workspace];
  const child: ChildProcess = spawn(process.execPath, all, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  let stderr = '';
  child.stderr!.on('data', (chunk) => (stderr += chunk));
  const ended = new Promise<{ code: number | null; stderr: string }>((done) =>
    child.on('close', (code) => done({ code, stderr })),
  );
  return { child, ended };
}
const teachers = () => readdirSync(join(workspace, 'models', 'teachers')).sort();

describe('understudy pull', () => {
  it('without a name lists the models, with size, licence and what they want', async () => {
    const { code, stdout } = await understudy([]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tiny +479 kB {2}MIT +here$/m);
    expect(stdout).toMatch(/^gemma-3-4b +2\.49 GB {2}Gemma Terms of Use\n +Gemma 3 4B instruct, Q4_K_M, the default$/m);
    expect(stdout).toMatch(/^gemma-3-4b-qat +3\.16 GB {2}Gemma Terms of Use {2}gated: needs HF_TOKEN$/m);
    expect(stdout).toMatch(/^For stability --embedder, .*:\nall-minilm-l6-v2 +45\.9 MB {2}Apache-2\.0\n/m);
    const { models } = JSON.parse((await understudy(['--json'])).stdout);
    expect(models[1]).toMatchObject({ name: 'gemma-3-4b', gated: false, pinned: true, here: false });
    expect(existsSync(join(workspace, 'models'))).toBe(false);
  });

  it('tells what it fetched, from where, on what terms and how it was checked', async () => {
    const { code, stdout, stderr } = await understudy(['mine', '--from', hub.url]);
    expect(code).toBe(0);
    expect(stderr).toContain(`from ${hub.url}\nlicence: not known to understudy`);
    expect(stdout).toMatch(/^mine is here\.$/m);
    expect(stdout).toMatch(/^ +as the server announced \(pinned: no\)$/m);
    expect(stdout).toMatch(/^ +ask it as {2}--teacher mine$/m);
    expect((await understudy([])).stdout).toMatch(/^mine +300 kB {2}licence unknown +here\n +pulled from http/m);
  });

  it('takes named models from the mirror in HF_ENDPOINT, without HF_TOKEN', async () => {
    const { code, stderr } = await understudy(['gemma-3-4b'], { HF_ENDPOINT: `${hub.origin}/`, HF_TOKEN: 'hf_secret' });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /licence: Gemma Terms of Use, https:\/\/ai\.google\.dev\/gemma\/terms\n {2}.*derivatives.*\n.*the file changed at its source: .* announces SHA-256/,
    );
    expect(hub.requests).toEqual([
      {
        method: 'HEAD',
        url: '/bartowski/google_gemma-3-4b-it-GGUF/resolve/71506238f970075ca85125cd749c28b1b0eee84e/google_gemma-3-4b-it-Q4_K_M.gguf',
      },
    ]);
  });

  it('says where the terms of a gated model are accepted', async () => {
    hub.answer = answering(401, { 'x-error-code': 'GatedRepo' });
    const { stderr } = await understudy(['gemma-3-4b-qat'], { HF_ENDPOINT: hub.origin });
    expect(stderr).toMatch(
      /accept its terms at https:\/\/huggingface\.co\/google\/gemma-3-4b-it-qat-q4_0-gguf, make a token at/,
    );
  });

  it('is used wrongly with an endpoint that is no URL, or a hash of another length', async () => {
    expect(await understudy(['gemma-3-4b'], { HF_ENDPOINT: 'mirror' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('HF_ENDPOINT must be a URL, got "mirror"'),
    });
    expect(await understudy(['x', '--from', hub.url, '--sha256', 'abc'])).toMatchObject({ code: 2 });
    expect(hub.requests).toEqual([]);
  });
});

describe('understudy pull, as processes', () => {
  /** Sends the first half, and the rest when it is let go. */
  function holdBack() {
    let release = () => {};
    let sent = () => {};
    const half = new Promise<void>((done) => (sent = done));
    hub.answer = (request, response, serve) => {
      if (request.url !== '/blob' || request.method !== 'GET' || request.headers.range) return serve();
      response.writeHead(200, { 'content-length': model.length });
      response.write(model.subarray(0, 150_000), sent);
      release = () => response.end(model.subarray(150_000));
    };
    return { half, release: () => release() };
  }

  it('leaves what has come when it is interrupted, and the next run goes on with it', async () => {
    const { half } = holdBack();
    const { child, ended } = start('mine', '--from', hub.url);
    await half;
    const part = () => teachers().find((file) => file.endsWith('.part'));
    await expect
      .poll(() => part() && readFileSync(join(workspace, 'models', 'teachers', part()!)).length, { timeout: 5000 })
      .toBe(150_000);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('stopped; the same command resumes where it stopped'),
    });
    expect(teachers()).toEqual([expect.stringMatching(/^mine\.gguf\.[0-9a-f]{12}\.part$/)]);

    const { code, stderr } = await start('mine', '--from', hub.url).ended;
    expect(code).toBe(0);
    expect(stderr).toContain('going on after 150 kB');
    expect(hub.requests.at(-1)!.range).toBe('bytes=150000-');
    expect(teachers()).toEqual(['mine.gguf', 'mine.json']);
  });

  it('goes on after kill -9, and does not wait for the dead process', async () => {
    const { half } = holdBack();
    const { child, ended } = start('mine', '--from', hub.url);
    await half;
    child.kill('SIGKILL');
    await ended;
    expect(teachers()).toContain('mine.gguf.lock');
    hub.answer = (_, __, serve) => serve();
    expect(await start('mine', '--from', hub.url).ended).toMatchObject({ code: 0 });
    expect(teachers()).toEqual(['mine.gguf', 'mine.json']);
    expect(readFileSync(join(workspace, 'models', 'teachers', 'mine.gguf')).equals(model)).toBe(true);
  });

  it('run twice at the same time fetches the model once', async () => {
    const { half, release } = holdBack();
    const first = start('mine', '--from', hub.url);
    await half;
    const second = start('mine', '--from', hub.url);
    await new Promise<void>((done) => second.child.stderr!.on('data', (text) => /waiting for it/.test(text) && done()));
    release();
    expect((await first.ended).code).toBe(0);
    expect(await second.ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`process ${first.child.pid} on `),
    });
    expect(hub.requests.filter(({ url, method }) => url === '/blob' && method === 'GET')).toHaveLength(1);
    expect(teachers()).toEqual(['mine.gguf', 'mine.json']);
  });
});

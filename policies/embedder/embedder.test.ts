import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledFiles, dataFile } from '../../workspace/bundled.ts';
import { pulledPaths } from '../../workspace/paths.ts';
import { checkEmbedder, type GgufEmbedder, openEmbedder } from './embedder.ts';

// The bundled teacher embeds nothing of meaning: it is the machinery that is tested here, on the real library.
const path = dataFile('teachers/tiny.gguf');
const texts = Array.from({ length: 40 }, (_, i) => `They like sweets, it is hot, and they buy with ${i} per cent.`);
const distance = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));
const until = async (holds: () => boolean, ms = 10_000) => {
  for (const end = Date.now() + ms; !holds(); await new Promise((next) => setTimeout(next, 5)))
    if (Date.now() > end) throw new Error(`not within ${ms} ms`);
};

describe('an embedder', () => {
  const lines: string[] = [];
  let embedder: GgufEmbedder;
  let vectors: number[][];
  beforeAll(async () => {
    embedder = await openEmbedder(path, { log: (line) => lines.push(line) });
    vectors = await embedder.embed(texts);
  });
  afterAll(() => embedder[Symbol.asyncDispose]());

  it('is named after its file and its content, and says what it is and how it pools', () => {
    expect(embedder.id).toBe(`tiny-${bundledFiles()['teachers/tiny.gguf']!.sha256.slice(0, 12)}`);
    expect(embedder.dimensions).toBe(96);
    expect(embedder.caveat).toBe(
      'the file has no gemma3.pooling_type; models made to embed texts name theirs, so similarities may mean little',
    );
    expect(lines).toEqual([
      'tiny: gemma3 Q8_0, 96 dimensions, texts of up to 512 tokens, on CPU, 1 thread',
      expect.stringContaining("tiny: a text's vector is the last token, since the file has no gemma3.pooling_type"),
    ]);
  });

  it('gives each text a vector of its own, of finite numbers', () => {
    expect(vectors).toHaveLength(texts.length);
    for (const vector of vectors) {
      expect(vector).toHaveLength(96);
      expect(vector.every(Number.isFinite)).toBe(true);
    }
    for (let i = 1; i < vectors.length; i++) expect(distance(vectors[i]!, vectors[i - 1]!)).toBeGreaterThan(1e-3);
  });

  it('gives the same vectors again, in another order and alone', async () => {
    const reversed = await embedder.embed([...texts].reverse());
    reversed.reverse().forEach((vector, i) => {
      expect(distance(vector, vectors[i]!)).toBeLessThan(1e-6);
    });
    for (const i of [0, 17, 39]) {
      const [alone] = await embedder.embed([texts[i]!]);
      expect(distance(alone!, vectors[i]!)).toBeLessThan(1e-6);
    }
  });

  it('gives the same vector after a text that needed more room', async () => {
    const [long] = await embedder.embed(['they like sweets '.repeat(100)]);
    expect(long).toHaveLength(96);
    const [again] = await embedder.embed([texts[5]!]);
    expect(distance(again!, vectors[5]!)).toBeLessThan(1e-6);
  });

  it('embeds equal texts once, counts them all, and gives each row an array of its own', async () => {
    const counts: number[][] = [];
    const some = ['a hot day', 'a cold day', 'a hot day', 'a hot day', ''];
    const rows = await embedder.embed(some, { onProgress: (...count) => counts.push(count) });
    expect(counts).toEqual([
      [3, 5],
      [4, 5],
      [5, 5],
    ]);
    expect(rows[2]).toEqual(rows[0]);
    expect(rows[3]).toEqual(rows[0]);
    expect(rows[1]).not.toEqual(rows[0]);
    expect(rows[2]).not.toBe(rows[0]);
    expect(rows[4]).toHaveLength(96);
  });

  it('has nothing to say to no texts', async () => {
    expect(await embedder.embed([])).toEqual([]);
  });

  it('takes text for text: what looks like a special token is none', async () => {
    const [written, empty] = await embedder.embed(['<bos>', '']);
    expect(distance(written!, empty!)).toBeGreaterThan(1e-3);
  });

  it('refuses a text that is longer than what the model reads before it embeds any, and goes on with others', async () => {
    const counts: number[] = [];
    const long = 'they like sweets '.repeat(400);
    const error = await embedder
      .embed(['a hot day', long], { onProgress: (done) => counts.push(done) })
      .catch((e) => e);
    expect(error.code).toBe('TEACHER_UNSUPPORTED');
    expect(error.message).toMatch(
      /^tiny: a text takes \d{4} tokens, the model reads at most 512; it begins "they like sweets they/,
    );
    expect(counts).toEqual([]);
    expect(await embedder.embed([texts[0]!])).toHaveLength(1);
  });

  it('stops when it is told to, with the reason, and embeds again', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const embedding = embedder.embed(texts, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(embedding).rejects.toBe(reason);
    await expect(embedder.embed(texts, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await embedder.embed(texts.slice(0, 2))).toHaveLength(2);
  });

  it('answers two that ask at the same time as it answers each alone', async () => {
    const [first, second] = await Promise.all([embedder.embed(texts.slice(0, 9)), embedder.embed(texts.slice(9, 12))]);
    [...first, ...second].forEach((vector, i) => {
      expect(distance(vector, vectors[i]!)).toBeLessThan(1e-6);
    });
  });

  it('goes on in a new process where one crashed', async () => {
    // On a busy machine the process can have answered everything before the signal reaches it: then with more texts.
    const again = / \(SIGSEGV.*\); starting it again$/;
    for (let more = 0; !again.test(lines.at(-1)!); more = 4 * more + 100) {
      expect(more).toBeLessThan(10_000);
      const pid = embedder.pid!;
      const others = Array.from({ length: more }, (_, i) => `They buy ${i} more.`);
      const after = await embedder.embed([...texts, ...others], {
        onProgress: (done) => {
          if (done === 3) process.kill(pid, 'SIGSEGV');
        },
      });
      await until(() => embedder.pid !== pid);
      if (embedder.pid === undefined) await embedder.embed(['a hot day']);
      expect(after).toHaveLength(texts.length + more);
      vectors.forEach((vector, i) => {
        expect(distance(vector, after[i]!)).toBeLessThan(1e-6);
      });
    }
    expect(lines.at(-1)).toMatch(/^tiny: its process ended /);
  });

  it('gives up after two crashes in a row, saying what is open, and can be asked again', async () => {
    // The first dies with the question on its way to it, the second while it loads.
    const first = embedder.pid!;
    process.kill(first, 'SIGSEGV');
    const killer = setInterval(() => {
      const pid = embedder.pid;
      if (pid === undefined || pid === first) return;
      clearInterval(killer);
      process.kill(pid, 'SIGSEGV');
    }, 1);
    const error = await embedder
      .embed(['a hot day'])
      .catch((e) => e)
      .finally(() => clearInterval(killer));
    expect(error.code).toBe('TEACHER_CRASHED');
    expect(error.message).toMatch(
      /^tiny crashed 2 times without an answer in between \(SIGSEGV.*\); texts without a vector: 1; embed them again/,
    );
    await until(() => embedder.pid === undefined);
    expect(await embedder.embed(['a hot day'])).toHaveLength(1);
  });

  it('ends what is open when it is disposed of, and says so afterwards', async () => {
    const open = embedder.embed(texts).catch((error) => error);
    await embedder[Symbol.asyncDispose]();
    expect(await open).toMatchObject({ code: 'POLICY_DISPOSED' });
    expect(embedder.pid).toBeUndefined();
    await expect(embedder.embed(['a'])).rejects.toThrow('tiny is disposed; open it again');
  });
});

describe('opening an embedder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'embedder-'));
  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const opening = (at: string, more = {}) => openEmbedder(at, more).catch((e) => e);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    [
      'a file that is missing',
      () => join(folder, 'none.gguf'),
      /none\.gguf does not exist; get the embedding model again/,
    ],
    ['a file that is no GGUF', () => file('text.gguf', 'hello'), /text\.gguf is not a GGUF model/],
    [
      'a file that is cut off',
      () => file('cut.gguf', readFileSync(path).subarray(0, 200_000)),
      /cut\.gguf is damaged: it is cut off/,
    ],
  ])('refuses %s, naming it', async (_, at, message) => {
    const error = await opening(at());
    expect(error.code).toBe('POLICY_FILE');
    expect(error.message).toMatch(message);
  });

  it('takes the name of a model that was pulled, and checks it against what pull recorded', async () => {
    const { gguf, provenance } = pulledPaths(folder, 'mine');
    mkdirSync(dirname(gguf), { recursive: true });
    copyFileSync(path, gguf);
    const { sha256 } = bundledFiles()['teachers/tiny.gguf']!;
    writeFileSync(provenance, JSON.stringify({ sha256 }));
    expect(await checkEmbedder('mine', { workspace: folder })).toMatchObject({ path: gguf, sha256 });
    writeFileSync(provenance, JSON.stringify({ sha256: '0'.repeat(64) }));
    await expect(checkEmbedder('mine', { workspace: folder })).rejects.toThrow(
      /expected 0{64}; run understudy pull mine --from URL\|FILE$/,
    );
    await expect(checkEmbedder('all-minilm-l6-v2', { workspace: folder })).rejects.toThrow(
      /all-minilm-l6-v2\.gguf does not exist; run understudy pull all-minilm-l6-v2$/,
    );
  });

  it('refuses a file in the place of the pinned model that is another one', async () => {
    const { gguf } = pulledPaths(folder, 'all-minilm-l6-v2');
    copyFileSync(path, gguf);
    await expect(checkEmbedder('all-minilm-l6-v2', { workspace: folder })).rejects.toThrow(
      /expected 797b70c4edf85907fe0a49eb85811256f65fa0f7bf52166b147fd16be2be4662; run understudy pull/,
    );
  });

  it('refuses a teacher, whose vectors say little about meaning, and a name that it does not know', async () => {
    expect(await opening('tiny')).toMatchObject({
      code: 'TEACHER_UNSUPPORTED',
      message: expect.stringMatching(/^tiny is a teacher: .*--embedder all-minilm-l6-v2 \(after understudy pull\)/),
    });
    expect(await opening('all-minilm-l6-v3')).toMatchObject({
      code: 'POLICY_UNKNOWN',
      message:
        'unknown embedding model: all-minilm-l6-v3 (known: all-minilm-l6-v2, words, PATH.gguf); did you mean all-minilm-l6-v2?',
    });
  });

  it('refuses a model on which llama.cpp aborts, and does not go down with it', async () => {
    const whole = readFileSync(path).toString('latin1');
    const headless = whole.replace('gemma3.attention.head_count\x04', 'gemma3.attention.hat_counts\x04');
    const error = await opening(file('headless.gguf', Buffer.from(headless, 'latin1')));
    expect(error.code).toBe('POLICY_FILE');
    expect(error.message).toMatch(/headless\.gguf cannot be loaded: /);
  });

  it('refuses a device that is not there', async () => {
    const error = await opening(path, { gpu: process.platform === 'darwin' ? 'cuda' : 'metal' });
    expect(error.code).toBe('TEACHER_UNSUPPORTED');
  });

  it('stops when it is told to', async () => {
    const reason = new Error('enough');
    expect(await opening(path, { signal: AbortSignal.abort(reason) })).toBe(reason);
    const controller = new AbortController();
    const opened = opening(path, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 100);
    expect(await opened).toBe(reason);
  });
});

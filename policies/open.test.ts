import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observations } from '../env/observation.ts';
import { defineVocabulary } from '../env/vocabulary.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { openPolicy, openTeacher } from '../scenarios/open.ts';
import { bundledFiles, dataFile } from '../workspace/bundled.ts';
import { pulledPaths } from '../workspace/paths.ts';
import { namedModels } from './models/catalog.ts';
import { ggufOf, shardsOf, textEntry, tinyParts } from './models/gguf/gguf.test-support.ts';
import { pull } from './models/pull/pull.ts';
import { FakeServer } from './models/server/fake-server.test-support.ts';
import { borrowTeacher, defaultTeacher } from './open.ts';
import { isTeacher } from './policy.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'open-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

const batch = observations(iceCream, [1, 2, 5]);
const TEACHERS =
  'tiny, gemma-3-4b, gemma-3-4b-q8_0, gemma-3-4b-qat, gemma-4-e2b, gemma-4-e4b, gguf:PATH, server:URL#MODEL, openai:MODEL, anthropic:MODEL, gemini:MODEL, ollama:MODEL, vllm:URL#MODEL, recorded:FILE, oracle';
const opening = (name: string, more = {}) => openPolicy(name, { workspace, ...more }).catch((error) => error);

/** Puts the bundled model where `pull` would put a model of its own name, with the hash that it would record. */
function pulled(sha256: string, name = 'gemma-3-4b'): string {
  const { gguf, provenance } = pulledPaths(workspace, name);
  mkdirSync(dirname(gguf), { recursive: true });
  copyFileSync(dataFile('teachers/tiny.gguf'), gguf);
  writeFileSync(provenance, JSON.stringify({ sha256 }));
  return gguf;
}

describe('openPolicy', () => {
  it.each([
    ['constant:0.3', 'constant:0.3', false],
    ['uniform', 'uniform:2', false],
    ['oracle', /^oracle-[0-9a-f]{12}$/, true],
  ])('opens %s', async (name, id, teacher) => {
    const policy = await openPolicy(name, { workspace });
    expect(policy.id).toMatch(id);
    expect(isTeacher(policy)).toBe(teacher);
    expect((await policy.decide(batch)).outcomes).toEqual(['ok', 'ok', 'ok']);
    await policy[Symbol.asyncDispose]();
  });

  it('opens a file of decisions', async () => {
    const path = join(workspace, 'rows.jsonl');
    writeFileSync(path, '{"traits": ["likes sweets"], "context": [], "probability_LLM": 0.4}\n');
    const policy = await openPolicy(`recorded:${path}`, { workspace });
    expect((await policy.decide(batch)).outcomes).toEqual(['ok', 'missing', 'missing']);
  });

  it('opens the bundled teacher, which says that it is a stand-in and what runs it', async () => {
    const lines: string[] = [];
    await using tiny = await openTeacher('tiny', { workspace, log: (line) => lines.push(line) });
    expect(tiny.id).toMatch(/^tiny-[0-9a-f]{12}$/);
    expect(tiny.caveat).toBe('a bundled stand-in of 0.4 M parameters that verbalises a planted rule; it is not Gemma');
    expect(lines.join()).toMatch(/^tiny: gemma3 .* on CPU, 1 thread$/);
    expect((await tiny.decide(batch)).outcomes).toEqual(['ok', 'ok', 'ok']);
  });

  it('names the known policies for an unknown one, and the nearest', async () => {
    const error = await opening('tinny');
    expect(error.code).toBe('POLICY_UNKNOWN');
    expect(error.message).toBe(
      `unknown policy: tinny (known: ${TEACHERS}, student:NAME, PATH.onnx, ` +
        'constant:P, uniform, policy:NAME, cascade:STUDENT,TEACHER; students: logistic, mlp, encoder, decoder); did you mean tiny?',
    );
    expect((await opening('mlp')).message).toMatch(/did you mean student:mlp\?$/);
    expect((await opening('')).message).toMatch(/^unknown policy: "" \(known/);
    expect((await opening('llama')).message).not.toMatch(/did you mean/);
    await expect(openTeacher('uniform', { workspace })).rejects.toThrow(
      `unknown teacher: uniform (known: ${TEACHERS})`,
    );
  });

  it('says how to get a model that was not pulled', async () => {
    for (const { name, bundled, embeds } of namedModels) {
      if (bundled || embeds) continue;
      const { gguf } = pulledPaths(workspace, name);
      expect((await opening(name)).message).toBe(`${gguf} does not exist; run understudy pull ${name}`);
    }
    expect((await opening('gguf:none.gguf')).message).toBe(
      'none.gguf does not exist; check the path, or download the model again',
    );
  });

  it('refuses an embedding model, which answers no questions', async () => {
    const error = await opening('all-minilm-l6-v2');
    expect(error.code).toBe('TEACHER_UNSUPPORTED');
    expect(error.message).toBe(
      'all-minilm-l6-v2 is an embedding model: it compares texts and answers no questions; give it to stability as ' +
        `--embedder all-minilm-l6-v2, and ask another teacher (known: ${TEACHERS})`,
    );
  });

  it('refuses a pulled model that is not what was pulled', async () => {
    const gguf = pulled('0'.repeat(64));
    const error = await opening('gemma-3-4b');
    expect(error.code).toBe('POLICY_FILE');
    expect(error.message).toContain(`${gguf} is damaged or another version`);
    expect(error.message).toMatch(/; run understudy pull gemma-3-4b$/);
  });

  it('refuses a file in the place of a pulled model that is not the one of the table', async () => {
    const { gguf, provenance } = pulledPaths(workspace, 'gemma-3-4b');
    pulled('');
    rmSync(provenance);
    const error = await opening('gemma-3-4b');
    expect(error.message).toMatch(/is damaged or another version: its SHA-256 is .*; run understudy pull gemma-3-4b$/);
    expect(error.message).toContain(`${gguf} `);
    expect(error.message).toContain('expected 4996030242583a40aa151ff93f49ed787ac8c25e4120c3ae4588b2e2a7d1ae94');
  });

  it('opens what was pulled under a name of its own, and refuses it when it is no longer what was pulled', async () => {
    const gguf = pulled(bundledFiles()['teachers/tiny.gguf']!.sha256, 'mine');
    const mine = await openTeacher('mine', { workspace });
    expect(mine.id).toMatch(/^mine-[0-9a-f]{12}$/);
    expect((await mine.decide(batch)).outcomes).toEqual(['ok', 'ok', 'ok']);
    await mine[Symbol.asyncDispose]();
    pulled('0'.repeat(64), 'mine');
    expect((await opening('mine')).message).toMatch(/expected 0{64}; run understudy pull mine --from URL\|FILE$/);
    rmSync(gguf);
    expect((await opening('mine')).message).toBe(`${gguf} does not exist; run understudy pull mine --from URL|FILE`);
    expect((await opening('other')).code).toBe('POLICY_UNKNOWN');
  });

  it('opens a model behind a server, with labels and without, and replays them with no server there', async () => {
    const server = await FakeServer.start();
    const name = `server:http://${server.host}/v1#gemma`;
    const bare = await openTeacher(name, { workspace });
    const { probabilities } = await bare.decide(batch);
    await bare[Symbol.asyncDispose]();
    expect(existsSync(join(workspace, 'data'))).toBe(false);
    for (const there of [true, false]) {
      if (!there) await server[Symbol.asyncDispose]();
      const kept = await openPolicy(name, { workspace, labels: true });
      expect(kept.id).toBe(bare.id);
      expect((await kept.decide(batch)).probabilities).toEqual(probabilities);
      await kept[Symbol.asyncDispose]();
    }
    for (const wrong of ['server:', 'server:http://localhost', 'server:#gemma', 'server:localhost:8000#gemma'])
      expect(await opening(wrong)).toMatchObject({
        code: 'POLICY_ARGUMENT',
        message: expect.stringContaining('; write for example server:http://localhost:8000/v1#google/gemma-3-4b-it'),
      });
  });

  it('keeps labels where it is told to, and replays them with no model present', async () => {
    const { sha256 } = bundledFiles()['teachers/tiny.gguf']!;
    const gguf = pulled(sha256);
    const options = { workspace, labels: true };
    const first = await openTeacher('gemma-3-4b', options);
    const answers = await first.ask(batch, { elicit: 'greedy', explain: true });
    await first[Symbol.asyncDispose]();
    const labels = readFileSync(join(workspace, 'data', 'labels.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(labels).toHaveLength(1 + 3);
    expect(JSON.parse(labels[1]!)).toMatchObject({ scenario: 'ice-cream-v1', elicit: 'greedy', outcome: 'ok' });

    rmSync(gguf);
    const second = await openTeacher('gemma-3-4b', options);
    expect(second.id).toBe(first.id);
    expect(await second.ask(batch, { elicit: 'greedy', explain: true })).toEqual(answers);
    await expect(second.ask(observations(iceCream, [64]))).rejects.toThrow(
      `${gguf} does not exist; run understudy pull gemma-3-4b`,
    );
    await second[Symbol.asyncDispose]();

    const recorded = await openPolicy(`recorded:${join(workspace, 'data', 'labels.jsonl')}`, { workspace });
    expect((await recorded.decide(batch)).probabilities[1]).toBe(answers[0]!.probabilities![1]);
  });

  it('opens a model in shards, which answers as the whole one does, and pulls and opens it under a name', async () => {
    const { metadata, tensors } = tinyParts();
    const half = tensors.length >> 1;
    const first = join(workspace, 'm-00001-of-00002.gguf');
    const [one, two] = shardsOf(metadata, [tensors.slice(0, half), tensors.slice(half)]) as [Buffer, Buffer];
    writeFileSync(first, one);
    await expect(openTeacher(`gguf:${first}`, { workspace })).rejects.toThrow(
      `${join(workspace, 'm-00002-of-00002.gguf')}, shard 2 of 2, does not exist; check the path`,
    );
    writeFileSync(join(workspace, 'm-00002-of-00002.gguf'), two);
    const { file, sha256 } = await pull({ model: 'mine', workspace, from: first });
    expect(file).toBe(join(workspace, 'models', 'teachers', 'mine-00001-of-00002.gguf'));
    await using mine = await openTeacher('mine', { workspace, labels: true });
    expect(mine.provenance!.model).toBe(sha256);
    expect(mine.id).toMatch(/^mine-[0-9a-f]{12}$/);
    await using tiny = await openTeacher('tiny');
    expect(await mine.decide(batch)).toEqual(await tiny.decide(batch));

    const spoilt = Buffer.from(two);
    spoilt[spoilt.length - 100]! ^= 1;
    writeFileSync(file.replace('-00001-', '-00002-'), spoilt);
    await expect(openTeacher('mine', { workspace })).rejects.toThrow(
      new RegExp(`is damaged or another version: .*, expected ${sha256}; run understudy pull mine --from URL`),
    );
  });

  it('says in one line how questions are framed without a chat template, and replays it with the labels', async () => {
    const { metadata, tensors } = tinyParts();
    const path = join(workspace, 'bare.gguf');
    writeFileSync(
      path,
      ggufOf(
        metadata.filter(([key]) => key !== 'tokenizer.chat_template'),
        tensors,
      ),
    );
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    for (const opened of [1, 2]) {
      await using bare = await openTeacher(`gguf:${path}`, { workspace, labels: true, log });
      expect([opened, bare.caveat]).toEqual([
        opened,
        expect.stringMatching(/^the file has no chat template, so questions are framed as "<bos>### Human/),
      ]);
    }
    expect(lines.filter((line) => line.includes('no chat template'))).toHaveLength(1);
    const broken = join(workspace, 'broken.gguf');
    const go = textEntry('tokenizer.chat_template', '{{ .System }} {{ .Prompt }}');
    writeFileSync(broken, ggufOf([...metadata.filter(([key]) => key !== go[0]), go], tensors));
    expect(await opening(`gguf:${broken}`)).toMatchObject({
      code: 'TEACHER_UNSUPPORTED',
      message: expect.stringMatching(
        /broken\.gguf: its chat template cannot be used: Unexpected token: Dot; take a file/,
      ),
    });
  });

  it('refuses the bundled teacher, by whatever name, for a scenario that it was not trained for', async () => {
    const scenario = { ...iceCream, id: 'mood-v1' };
    const path = join(workspace, 'copy.gguf');
    copyFileSync(dataFile('teachers/tiny.gguf'), path);
    const remedy =
      'ask a general model instead: --teacher gemma-3-4b (after understudy pull gemma-3-4b), gguf:PATH or server:URL#MODEL';
    for (const [name, called] of [
      ['tiny', 'tiny'],
      [`gguf:${path}`, 'copy'],
    ] as const) {
      expect(await opening(name, { scenario })).toMatchObject({
        code: 'POLICY_SCENARIO',
        message: `${called} was trained for ice-cream-v1 alone and cannot answer about mood-v1; ${remedy}`,
      });
      for (const change of [
        { phrases: [...iceCream.phrases.slice(0, -1), 'full moon'] },
        { actions: ['skip', 'steal'] },
        { actions: ['skip', 'buy', 'steal'] },
      ])
        expect((await opening(name, { scenario: { ...iceCream, ...change } })).message).toBe(
          `${called} was trained for ice-cream-v1 alone and this ice-cream-v1 has other phrases or actions; ${remedy}`,
        );
    }
  });
});

describe('borrowTeacher', () => {
  it('opens a teacher by its name and closes it again', async () => {
    const borrowed = await borrowTeacher('oracle', { scenario: iceCream, workspace, name: 'ignored' });
    expect(borrowed.name).toBe('oracle');
    await borrowed[Symbol.asyncDispose]();
    await expect(borrowed.teacher.ask(batch)).rejects.toMatchObject({ code: 'POLICY_DISPOSED' });
  });

  it('leaves open what was open, under its id or as it is told', async () => {
    const oracle = await openTeacher('oracle');
    for (const name of [undefined, 'the rule']) {
      await using borrowed = await borrowTeacher(oracle, { scenario: iceCream, name });
      expect([borrowed.teacher, borrowed.name]).toEqual([oracle, name ?? oracle.id]);
    }
    expect(await oracle.ask(batch)).toHaveLength(3);
  });
});

describe('the teacher if none is named', () => {
  const words = { id: 'words', actions: ['stay', 'go'], traits: { phrases: ['young'] } } as const;

  it('is the bundled one about its own world, the oracle about one with a rule, and asked for otherwise', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'understudy-none-'));
    expect(await defaultTeacher(iceCream, empty)).toBe('tiny');
    const ruled = defineVocabulary({ ...words, knownRule: { probabilities: () => [0.5, 0.5] } });
    expect(await defaultTeacher(ruled, empty)).toBe('oracle');
    await expect(defaultTeacher(defineVocabulary(words), empty)).rejects.toThrow(
      'words needs a teacher of its own: --teacher gemma-3-4b',
    );
  });

  it('is the one that the data set of the workspace was asked of', async () => {
    const workspace = await mkdtemp(join(tmpdir(), 'understudy-asked-'));
    await mkdir(join(workspace, 'data'));
    const teacher = 'server:http://127.0.0.1:8011/v1#demo';
    await writeFile(join(workspace, 'data', 'dataset.json'), JSON.stringify({ scenario: 'words', teacher }));
    expect(await defaultTeacher(defineVocabulary(words), workspace)).toBe(teacher);
    expect(await defaultTeacher(iceCream, workspace)).toBe('tiny');
  });
});

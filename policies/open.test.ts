import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observations } from '../env/observation.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { openPolicy, openTeacher } from '../scenarios/open.ts';
import { bundledFiles, dataFile } from '../workspace/bundled.ts';
import { namedModels, pulledPaths } from './models/catalog.ts';
import { FakeServer } from './models/server/fake-server.test-support.ts';
import { isTeacher } from './policy.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'open-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

const batch = observations(iceCream, [1, 2, 5]);
const TEACHERS =
  'tiny, gemma-3-4b, gemma-3-4b-q8_0, gemma-3-4b-qat, gemma-4-e2b, gemma-4-e4b, gguf:PATH, server:URL#MODEL, recorded:FILE, oracle';
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
        'constant:P, uniform; students: logistic, mlp, encoder, decoder); did you mean tiny?',
    );
    expect((await opening('mlp')).message).toMatch(/did you mean student:mlp\?$/);
    expect((await opening('')).message).toMatch(/^unknown policy: "" \(known/);
    expect((await opening('llama')).message).not.toMatch(/did you mean/);
    await expect(openTeacher('uniform', { workspace })).rejects.toThrow(
      `unknown teacher: uniform (known: ${TEACHERS})`,
    );
  });

  it('says how to get a model that was not pulled', async () => {
    for (const { name, bundled } of namedModels) {
      if (bundled) continue;
      const { gguf } = pulledPaths(workspace, name);
      expect((await opening(name)).message).toBe(`${gguf} does not exist; run understudy pull ${name}`);
    }
    expect((await opening('gguf:none.gguf')).message).toBe(
      'none.gguf does not exist; check the path, or download the model again',
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
});

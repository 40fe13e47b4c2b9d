import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledFiles } from '../../workspace/bundled.ts';
import { pulledPaths } from '../../workspace/paths.ts';
import { type HubModel, hubUrl, isModelName, namedModels, wasPulled } from './catalog.ts';

const pulled = namedModels.filter((model): model is HubModel => !model.bundled);

describe('the table of models', () => {
  it('has the stand-in, Gemma 3 in three quantisations, two of Gemma 4 and a sentence embedder', () => {
    expect(namedModels.map(({ name }) => name)).toEqual([
      'tiny',
      'gemma-3-4b',
      'gemma-3-4b-q8_0',
      'gemma-3-4b-qat',
      'gemma-4-e2b',
      'gemma-4-e4b',
      'all-minilm-l6-v2',
    ]);
    expect(namedModels.filter(({ embeds }) => embeds).map(({ name }) => name)).toEqual(['all-minilm-l6-v2']);
  });

  it.each(namedModels.map((model) => [model.name, model] as const))('%s has a name and a licence', (name, model) => {
    expect(isModelName(name)).toBe(true);
    expect(model.licence.url).toMatch(/^https:\/\//);
    expect(model.licence.terms).toMatch(/\.$/);
    if (model.bundled) expect(bundledFiles()[model.file]).toBeDefined();
  });

  it.each(pulled.map((model) => [model.name, model] as const))('%s is pinned by its whole hash', (_, model) => {
    expect(model.sha256).toMatch(/^[0-9a-f]{64}$/);
    if (model.revision !== undefined) expect(model.revision).toMatch(/^[0-9a-f]{40}$/);
    // Four bits for each of four billion weights are two gigabytes; sixteen for each of 22.7 million, 45 megabytes.
    expect(model.bytes).toBeGreaterThan(model.embeds ? 45e6 : 2e9);
    expect(model.file).toMatch(/\.gguf$/);
    expect(new URL(hubUrl(model)).pathname.split('/')).toHaveLength(6);
  });

  it('gives no two names to one file', () => {
    expect(new Set(pulled.map(({ sha256 }) => sha256)).size).toBe(pulled.length);
  });
});

it("addresses a file as the hub does: at the repository's commit, else its main branch", () => {
  const model = pulled.find(({ name }) => name === 'gemma-3-4b')!;
  expect(hubUrl(model)).toBe(
    'https://huggingface.co/bartowski/google_gemma-3-4b-it-GGUF/resolve/71506238f970075ca85125cd749c28b1b0eee84e/google_gemma-3-4b-it-Q4_K_M.gguf',
  );
  const { revision: _, ...unpinned } = model;
  expect(hubUrl(unpinned, 'https://mirror.example')).toBe(
    'https://mirror.example/bartowski/google_gemma-3-4b-it-GGUF/resolve/main/google_gemma-3-4b-it-Q4_K_M.gguf',
  );
});

it('takes for a pulled model nothing that leads out of its folder', () => {
  expect(pulledPaths('w', 'a').gguf).toBe(resolve('w', 'models', 'teachers', 'a.gguf'));
  for (const name of ['../a', 'a/b', '', '.a', 'a'.repeat(101), 'gguf:a']) expect(wasPulled('.', name)).toBe(false);
});

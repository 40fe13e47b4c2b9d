import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scenario } from '../env/scenario.ts';
import { openScenario } from './open.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forms #1 é-'));
  await mkdir(join(folder, 'parts'));
  const parts = {
    'laws.ts': `export const next = (): { dry: number; rain: number } => (${LAW});`,
    'kinds.ts': `export interface Rates { dry: number }\nexport const next = () => (${LAW});`,
    'module.mjs': `export const next = () => (${LAW});`,
    'script.cjs': `exports.next = () => (${LAW});`,
    'rates.json': '{ "dry": 0.25, "rain": 0.75 }',
  };
  for (const [name, text] of Object.entries(parts)) await writeFile(join(folder, 'parts', name), text);
});
afterAll(() => rm(folder, { recursive: true }));

const LAW = '{ dry: 0.25, rain: 0.75 }';
/** A declaration whose sky follows LAW. */
const town = ({ next = `() => (${LAW})`, start = "'dry'" } = {}) => `{
  id: 'town',
  actions: ['walk', 'ride'],
  discount: 1,
  horizon: 3,
  traits: { phrases: ['in a hurry'] },
  contexts: { raining: ({ sky }) => sky === 'rain' },
  world: { sky: { levels: ['dry', 'rain'], start: ${start}, next: ${next} } },
  agent: {},
  reward: () => 0,
}`;
const IMPORT = "import { defineScenario } from 'understudy';";
const made = (options?: Parameters<typeof town>[0]) => `export default defineScenario(${town(options)});`;
const module = (line: string, options?: Parameters<typeof town>[0]) => `${IMPORT}\n${line}\n${made(options)}`;

const everywhere = {
  plain: module(''),
  light: `import { defineScenario } from 'understudy/scenario';\n${made()}`,
  'a namespace import': `import * as u from 'understudy';\nexport default u.defineScenario(${town()});`,
  'a dynamic import': `const { defineScenario } = await import('understudy');\n${made()}`,
  './laws.ts': module("import { next } from './parts/laws.ts';", { next: 'next' }),
  './laws.js for laws.ts': module("import { next } from './parts/laws.js';", { next: 'next' }),
  './laws for laws.ts': module("import { next } from './parts/laws';", { next: 'next' }),
  './module.mjs': module("import { next } from './parts/module.mjs';", { next: 'next' }),
  './script.cjs': module("import { next } from './parts/script.cjs';", { next: 'next' }),
  JSON: module("import rates from './parts/rates.json';", { next: '() => rates' }),
  'JSON with an attribute': module("import rates from './parts/rates.json' with { type: 'json' };", {
    next: '() => rates',
  }),
  'top-level await and import.meta.url': module(
    "import { readFile } from 'node:fs/promises';\nconst rates = JSON.parse(await readFile(new URL('./parts/rates.json', import.meta.url), 'utf8'));",
    { next: '() => rates' },
  ),
  'a named export': `${IMPORT}\nexport const town = defineScenario(${town()});\nexport const other = 1;`,
  'a declaration': `export default ${town()};`,
  'an async function': `${IMPORT}\nexport default async () => defineScenario(${town()});`,
};
const typed = {
  'a type imported with type': `import { defineScenario, type Scenario } from 'understudy';\nconst made: Scenario = defineScenario(${town()});\nexport default made;`,
  'a type imported without type': `import { defineScenario, Scenario } from 'understudy';\nconst made: Scenario = defineScenario(${town()});\nexport default made;`,
  'a type of its own imported without type': module(
    "import { next, Rates } from './parts/kinds.ts';\nconst rates: Rates = { dry: 1 };\nvoid rates;",
    { next: 'next' },
  ),
  'an enum': module("enum Sky { Dry = 'dry' }", { start: 'Sky.Dry' }),
  'a parameter property': module(
    'class Law { constructor(private readonly rain: number) {} next = () => ({ dry: 1 - this.rain, rain: this.rain }); }',
    { next: 'new Law(0.75).next' },
  ),
  'a namespace': module(`namespace Laws { export const next = () => (${LAW}); }`, { next: 'Laws.next' }),
};
const script = {
  require: `const { defineScenario } = require('understudy');\nmodule.exports = defineScenario(${town()});`,
};

const forms = (
  [
    [['.js', '.mjs', '.ts', '.mts'], everywhere],
    [['.ts', '.mts', '.cts'], typed],
    [['.js', '.cjs', '.ts', '.cts'], script],
  ] as const
).flatMap(([endings, texts]) =>
  endings.flatMap((ending) => Object.entries(texts).map(([form, text]) => ({ ending, form, text }))),
);

describe('a scenario file in an empty folder is compiled by the running package', () => {
  it.each(forms)('$ending with $form', async ({ ending, form, text }) => {
    const path = join(folder, `${form.replaceAll(/\W+/g, '-')}${ending}`);
    await writeFile(path, text);
    const { phrases, world } = (await openScenario(path)) as Scenario;
    expect(phrases).toEqual(['in a hurry', 'raining']);
    expect(world[0]!.next.rows[0]).toEqual(Uint32Array.of(16384, 49152));
  });

  it('by the name of an export, with # in the names of folder and file', async () => {
    const path = join(folder, 'town #2.ts');
    await writeFile(path, everywhere['a named export']);
    expect((await openScenario(`${path}#town`)).id).toBe('town');
    expect((await openScenario(path)).id).toBe('town');
    await expect(openScenario(`${path}#tow`)).rejects.toThrow('did you mean town?');
  });
});

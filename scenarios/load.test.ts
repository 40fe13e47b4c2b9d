import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scenario } from '../env/scenario.ts';
import { filesOfScenario, loadScenario } from './load.ts';

let folder: string;
let plainFolder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scenario files #1 é-'));
  // Node itself imports an absolute path only if nothing in it is to be escaped.
  plainFolder = await mkdtemp(join(tmpdir(), 'scenarios-'));
});
afterAll(() => Promise.all([folder, plainFolder].map((path) => rm(path, { recursive: true }))));

async function file(name: string, text: string, within = folder): Promise<string> {
  const path = join(within, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

const declaration = (id: string, ride = 0.5) => `{
  id: '${id}',
  actions: ['walk', 'ride'],
  discount: 1,
  horizon: 3,
  traits: { phrases: ['in a hurry'] },
  contexts: { raining: ({ sky }) => sky === 'rain' },
  world: { sky: { levels: ['dry', 'rain'], start: 'dry', next: () => ({ dry: ${1 - ride}, rain: ${ride} }) } },
  agent: {},
  reward: () => 0,
}`;
const module = (id: string) =>
  `import { defineScenario } from 'understudy';\nexport default defineScenario(${declaration(id)});`;

describe('a scenario module', () => {
  it('that is a function is given its parameters', async () => {
    const path = await file(
      'priced.ts',
      `import { defineScenario } from 'understudy';\nexport default ({ rain = 0.5 }) => defineScenario({ ...${declaration('priced')}, world: { sky: { levels: ['dry', 'rain'], start: 'dry', next: () => ({ dry: 1 - rain, rain }) } } });`,
    );
    expect(((await loadScenario(path, { parameters: { rain: 0.25 } })) as Scenario).world[0]!.next.rows[0]).toEqual(
      Uint32Array.of(49152, 16384),
    );
    expect(((await loadScenario(path)) as Scenario).world[0]!.next.rows[0]).toEqual(Uint32Array.of(32768, 32768));
  });

  it('has the range of a parameter that it declares, and must pass on what it is given', async () => {
    const path = await file(
      'ranged.ts',
      `import { defineScenario } from 'understudy';\nexport default ({ rain = 0.5 } = {}) => defineScenario({ ...${declaration('ranged')}, parameters: { rain: { value: rain, min: 0, max: 1 }, fare: { value: 2, min: 0, max: 4 } } });`,
    );
    const { parameters } = await loadScenario(path, { parameters: { rain: 0.25 } });
    expect(parameters).toEqual({ rain: { value: 0.25, min: 0, max: 1 }, fare: { value: 2, min: 0, max: 4 } });
    const failing = (given: Record<string, number>) => expect(loadScenario(path, { parameters: given })).rejects;
    await failing({ rain: 1.5 }).toThrow('parameter rain: 1.5 is outside its range, 0 to 1');
    await failing({ snow: 1 }).toThrow('ranged has no parameter snow (known: rain, fare)');
    await failing({ fare: 3 }).toThrow('ranged was given fare=3 and declares the value 2');
  });

  it('is made of its file and of those that it imports', async () => {
    const laws = await file('parts/laws.mjs', 'export { half as ride } from "./numbers.ts";');
    const numbers = await file('parts/numbers.ts', 'export const half: number = 0.5;');
    const path = await file(
      'parts.ts',
      `import { defineScenario } from 'understudy';\nimport { ride } from './parts/laws.mjs';\nexport default defineScenario({ ...${declaration('parts')}, horizon: ride * 4 });`,
    );
    expect(((await loadScenario(path)) as Scenario).horizon).toBe(2);
    for (const _ of [1, 2]) expect(await filesOfScenario(path)).toEqual([path, laws, numbers].sort());
  });

  it('is of this copy of the package though another is installed beside it, and is read again once it was edited', async () => {
    await file(
      'own/node_modules/understudy/package.json',
      '{ "type": "module", "exports": "./other.js" }',
      plainFolder,
    );
    await file(
      'own/node_modules/understudy/other.js',
      'export const defineScenario = () => "of another copy";',
      plainFolder,
    );
    const horizon = (ticks: number) => file('own/horizon.mjs', `export const horizon = ${ticks};`, plainFolder);
    const path = await file(
      'own/town.mjs',
      `import { defineScenario } from 'understudy';\nimport { horizon } from './horizon.mjs';\nexport default defineScenario({ ...${declaration('own')}, horizon });`,
      plainFolder,
    );
    for (const ticks of [4, 6]) {
      await horizon(ticks);
      expect(await loadScenario(path)).toMatchObject({ id: 'own', horizon: ticks });
    }
  });

  it.each(['js', 'mjs', 'ts', 'mts'])('may wait for what it reads outside of functions (.%s)', async (ending) => {
    const data = await file('data.json', '{ "horizon": 5 }');
    const path = await file(
      `waits.${ending}`,
      `import { readFile } from 'node:fs/promises';\nimport { defineScenario } from 'understudy';\nconst { horizon } = JSON.parse(await readFile(${JSON.stringify(data)}, 'utf8'));\nexport default defineScenario({ ...${declaration('waits')}, horizon });`,
    );
    expect(await loadScenario(path)).toMatchObject({ id: 'waits', horizon: 5 });
  });

  it('brings the policies that it exports', async () => {
    const path = await file(
      'decided.ts',
      `${module('decided')}\nexport const policies = { bold: () => ({ ride: 1 }) };\nexport const shy = () => ({ ride: 0 });\nexport const note = 3;`,
    );
    expect(Object.keys((await loadScenario(path)).policies)).toEqual(['shy', 'bold']);
  });

  it('with several scenarios is asked for one by name', async () => {
    const path = await file(
      'several.js',
      `import { defineScenario } from 'understudy';\nexport const wet = defineScenario(${declaration('wet')});\nexport const dry = defineScenario(${declaration('dry')});`,
    );
    expect((await loadScenario(path, { exportName: 'dry' })).id).toBe('dry');
    await expect(loadScenario(path)).rejects.toThrow(/exports several scenarios: name one, .*several\.js#/);
    await expect(loadScenario(path, { exportName: 'dri' })).rejects.toThrow(/has no export dri .*did you mean dry\?/);
  });
});

describe('a file that holds no scenario is refused with the place and the remedy', () => {
  it.each([
    ['syntax.ts', 'export default {\n  id: ,\n};', /syntax\.ts:2: .*[Uu]nexpected/],
    ['throws.ts', `\n\nthrow new Error('no price');`, /throws\.ts:3: no price/],
    [
      'deep.ts',
      `import { defineScenario } from 'understudy';\nconst law = () => {\n  throw new Error('too wet');\n};\nexport default defineScenario({ ...${declaration('deep')}, reward: law });`,
      /deep\.ts:3: reward fails: Error: too wet/,
    ],
    ['empty.js', '', /empty\.js has no default export \(it exports nothing\); write export default defineScenario/],
    ['number.js', 'export default 7;', /number\.js: the default export is number, not a scenario/],
    ['list.js', 'export default [];', /list\.js: the default export is a list, not a scenario/],
    [
      'misnamed.ts',
      `import { defineScenari } from 'understudy';\nexport default defineScenari({});`,
      /misnamed\.ts:2: understudy has no export defineScenari; did you mean defineScenario\?/,
    ],
    ['missing.ts', `import { x } from './nowhere.ts';\nexport default x;`, /missing\.ts.*nowhere/],
    [
      'levels.ts',
      `import { defineScenario } from 'understudy';\nexport default defineScenario({\n  ...${declaration('levels')},\n  traits: { phrases: ['a', 'a'] },\n});`,
      /levels\.ts:2: .*"?a"?/,
    ],
    ['fixed.js', module('fixed'), undefined],
  ])('%s', async (name, text, message) => {
    const loading = loadScenario(await file(name, text), message ? {} : { parameters: { price: 3 } });
    await expect(loading).rejects.toThrow(message ?? /the default export takes no parameters \(got price\)/);
    await expect(loading).rejects.toMatchObject({ name: 'UnderstudyError' });
  });

  it('a path that is absent, a folder, or of another kind', async () => {
    await expect(loadScenario(join(folder, 'absent.ts'))).rejects.toThrow(
      /does not exist; understudy new .*absent\.ts/,
    );
    await expect(loadScenario(folder)).rejects.toThrow('is a folder; name a file in it');
    await expect(loadScenario(await file('notes.txt', ''))).rejects.toThrow(
      'expected .js, .mjs, .cjs, .ts, .mts, .cts, .json, got .txt',
    );
  });
});

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consumerFolder, run } from './package.test-support.ts';

const typescript = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await consumerFolder('consumer');
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

const write = (name: string, text: string) => writeFile(join(folder, name), text);

const scenario = `defineScenario({
  id: 'lamp',
  actions: ['leave', 'press'],
  discount: 0.9,
  horizon: 4,
  traits: { groups: { age: ['young', 'old'] }, phrases: ['tidy'], shares: { young: 0.5, old: 0.5 } },
  contexts: { 'it is bright': ({ light, traits }) => light === 'on' && !traits.tidy },
  world: {},
  agent: {
    light: {
      levels: ['off', 'on'],
      start: 'off',
      next: ({ light, action, traits }) => (action === 'press' && traits.old ? mix(0.5, 'on', 'off') : light),
    },
  },
  reward: ({ light }) => (light === 'on' ? 1 : 0),
  policies: { eager: ({ contexts }) => (contexts.includes('it is bright') ? { leave: 1 } : { press: 1 }) },
})`;

describe('a project that uses the package', { timeout: 120_000 }, () => {
  it('in plain JavaScript', async () => {
    await write(
      'plain.mjs',
      `import { policyOf, run } from 'understudy';
import { defineScenario, mix } from 'understudy/scenario';
const lamp = ${scenario};
const policy = policyOf(lamp, ({ traits }) => ({ press: traits.includes('old') ? 1 : 0.5 }));
const { actions } = await run({ scenario: lamp, policy, swaps: [{ tick: 2, policy: 'policy:eager' }], agents: 10 });
console.log(actions.leave + actions.press);`,
    );
    expect(await run(folder, ['plain.mjs'])).toMatchObject({ code: 0, stdout: '40\n' });
  });

  it('in CommonJS, by a dynamic import', async () => {
    await write(
      'common.cjs',
      `import('understudy').then(async ({ iceCream, run }) => {
  const { actions } = await run({ scenario: iceCream, policy: 'constant:0.3', agents: 10, ticks: 4 });
  console.log(actions.skip + actions.buy);
});`,
    );
    expect(await run(folder, ['common.cjs'])).toMatchObject({ code: 0, stdout: '40\n', stderr: '' });
  });

  it('in strict TypeScript, its declarations checked too', async () => {
    await write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          ...{ strict: true, module: 'nodenext', target: 'es2022', noEmit: true, skipLibCheck: false, types: ['node'] },
          ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        },
        include: ['*.mts'],
      }),
    );
    await write(
      'typed.mts',
      `import { dataset, exactValue, openScenario, type Policy, policyOf, run, type Scenario, serve, train } from 'understudy';
import { defineScenario, mix } from 'understudy/scenario';
export const lamp: Scenario = ${scenario};
const policy: Policy = policyOf(lamp, ({ traits }) => ({ press: traits.includes('old') ? 1 : 0.5 }));
const { actions } = await run({ scenario: await openScenario('mobility-v1'), policy: 'uniform', agents: 10 });
const value: number = (await exactValue(lamp, policy)).value;
export { actions, value, dataset, serve, train };
defineScenario({
  ...{ id: 'misspelt', discount: 1, horizon: 1, traits: {}, contexts: {}, world: {}, agent: {} },
  actions: ['stay', 'go'],
  // @ts-expect-error: there is no such action
  reward: ({ action }) => (action === 'goo' ? 1 : 0),
});`,
    );
    const { code, stdout } = await run(folder, [typescript, '-p', '.']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  it('finds examples and documentation in it, and is warned of nothing', async () => {
    const { files, engines } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
    expect(files).toEqual(expect.arrayContaining(['dist', 'data', 'docs', 'examples']));
    expect(engines.node).toBe('>=20.19');
    const { stderr } = await run(folder, [
      '--input-type=module',
      '-e',
      "import 'understudy'; import 'understudy/scenario'",
    ]);
    expect(stderr).toBe('');
  });
});

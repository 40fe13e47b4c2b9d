import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeScenario } from './conformance.ts';
import { defineScenario } from './define-scenario.ts';
import type { Scenario } from './scenario.ts';
import { testRunner } from './test-runner.ts';

/** Runs the suite over a scenario, each test alone, and gives the titles of those that failed with their messages. */
async function failures(scenario: Scenario): Promise<Record<string, string>> {
  const titles: string[] = [];
  describeScenario(scenario, { describe: (_, body) => body(), it: (title) => titles.push(title) });
  const failed: Record<string, string> = {};
  for (const title of titles) {
    let only: (() => void | Promise<void>) | undefined;
    describeScenario(scenario, {
      describe: (_, body) => body(),
      it: (each, body) => {
        if (each === title) only = body;
      },
    });
    try {
      await only!();
    } catch (error) {
      failed[title] = (error as Error).message;
    }
  }
  return failed;
}

type Now = Readonly<Record<string, string>>;

const lit = {
  levels: ['off', 'on'],
  start: 'off',
  next: ({ light, action }: Now, { power }: Now) => (power === 'down' ? 'off' : action === 'press' ? 'on' : light),
};

/** A lamp in a room, right in every part, with some parts replaced. */
const lamp = (changes: object = {}): Scenario =>
  defineScenario({
    id: 'lamp',
    actions: ['leave', 'press'],
    discount: 0.9,
    horizon: 4,
    traits: { phrases: ['tidy', 'messy'], conflicts: [['tidy', 'messy']] },
    contexts: { 'it is bright': ({ light }) => light === 'on', 'it is dark': ({ light }) => light === 'off' },
    contextConflicts: [['it is bright', 'it is dark']],
    world: { power: { levels: ['up', 'down'], start: 'up', next: () => ({ up: 0.9, down: 0.1 }) } },
    agent: { light: lit },
    reward: ({ light }) => (light === 'on' ? 1 : 0),
    ...changes,
  } as Parameters<typeof defineScenario>[0]);

const levelTitle = 'reaches every level of every factor';
const contextTitle = 'shows every context in some state';
const traitTitle = 'has every trait in some set';
const actionTitle = 'allows every action in some state';
const readTitle = 'reads every factor: in a context, a reward, a measure, what is allowed, the map or another factor';
const promptTitle = 'asks in every paraphrase for each action but the default, by its name';

describe('describeScenario', () => {
  it('finds nothing wrong with a correct scenario', async () => {
    expect(await failures(lamp())).toEqual({});
  });

  const prompt = (paraphrase: string, question: string) => ({
    prompt: { paraphrases: [paraphrase], none: { traits: 'nobody', contexts: 'nowhere' }, question },
  });
  const light = (more: object) => ({
    agent: {
      light: {
        levels: ['off', 'on'],
        start: 'off',
        next: ({ action }: Now) => (action === 'press' ? 'on' : 'off'),
        ...more,
      },
    },
  });
  const wrong: [string, () => Scenario, string, string][] = [
    [
      'a level that is never reached',
      () =>
        lamp({
          agent: { light: { ...lit, levels: ['off', 'on', 'broken'] } },
        }),
      levelTitle,
      'light never is broken, whatever policy decides',
    ],
    [
      'a level of the world that is never reached',
      () =>
        lamp({
          world: { power: { levels: ['up', 'down', 'storm'], start: 'up', next: () => ({ up: 0.9, down: 0.1 }) } },
        }),
      levelTitle,
      'power never is storm',
    ],
    [
      'a context that never holds',
      () =>
        lamp({
          contexts: {
            'it is bright': ({ light }: Now) => light === 'on',
            'it blinks': ({ light }: Now) => light === 'both',
          },
          contextConflicts: [],
        }),
      contextTitle,
      'never holds in a state that can be reached: it blinks',
    ],
    [
      'a trait that nobody has',
      () =>
        lamp({
          traits: { phrases: ['tidy', 'messy'], weight: (has: Record<string, boolean>) => (has.messy ? 0 : 1) },
        }),
      traitTitle,
      'in no trait set of positive weight: messy',
    ],
    [
      'an action that is never allowed',
      () => lamp({ actions: ['leave', 'press', 'smash'], allowed: { smash: () => false } }),
      actionTitle,
      'never allowed in a state that can be reached: smash',
    ],
    [
      'a factor that nothing reads',
      () =>
        lamp({
          world: {
            power: { levels: ['up', 'down'], start: 'up', next: () => ({ up: 0.9, down: 0.1 }) },
            moon: { levels: ['new', 'full'], start: 'new', next: ({ moon }: Now) => (moon === 'new' ? 'full' : 'new') },
          },
        }),
      readTitle,
      'nothing depends on moon; leave it out, or read it',
    ],
    [
      'a prompt that asks for nothing',
      () => lamp(prompt('A person: {traits}. Right now: {contexts}.', 'What do you think?')),
      promptTitle,
      'does not ask for "press"',
    ],
    [
      'a prompt that names an action only inside another word',
      () => lamp(prompt('A person: {traits}. Right now: {contexts}.', 'How depressed are they?')),
      promptTitle,
      'does not ask for "press"',
    ],
    [
      'a prompt that asks for one action of two',
      () => lamp({ actions: ['leave', 'press', 'hold on'], ...prompt('{traits}: {contexts}.', 'Will they press it?') }),
      promptTitle,
      'does not ask for "hold on"',
    ],
    [
      'two contexts that conflict and hold together',
      () =>
        lamp({
          contexts: {
            'it is bright': ({ light }: Now) => light === 'on',
            'it is warm': ({ light }: Now) => light === 'on',
          },
          contextConflicts: [['it is bright', 'it is warm']],
        }),
      'makes no observation that breaks a conflict or a group, in any state that any policy can reach',
      '"it is bright" and "it is warm" conflict, but hold together here',
    ],
    [
      'weights of trait sets that do not sum to their total',
      () => ({ ...lamp(), traitLaw: [{ sets: Uint32Array.of(1, 2), weights: Uint32Array.of(1, 2), total: 65536 }] }),
      'has a law of trait sets that sums to 1 and breaks no conflict',
      'trait sets',
    ],
    [
      'a wording that leaves phrases out',
      () => {
        const scenario = lamp();
        return {
          ...scenario,
          prompt: { ...scenario.prompt, paraphrases: ['A person: {traits}. Will they press it?'] },
        };
      },
      'words every observation in every paraphrase',
      'leaves out "it is bright"',
    ],
    [
      'a world that differs from run to run',
      () => {
        const scenario = lamp({
          ...light({}),
          measures: { outages: ({ power }: Now) => (power === 'down' ? 1 : 0) },
        });
        let reads = 0;
        const laws = [Uint32Array.of(65536, 0), Uint32Array.of(0, 65536)];
        const rows = new Proxy([laws[0]!], {
          get: (target, key) => (key === '0' ? laws[reads++ % 7 < 3 ? 0 : 1] : Reflect.get(target, key)),
        });
        return { ...scenario, world: [{ ...scenario.world[0]!, next: { ...scenario.world[0]!.next, rows } }] };
      },
      'shares one world among all agents and policies',
      '',
    ],
  ];
  it.each(wrong)('finds %s, and nothing else', async (_, broken, title, message) => {
    const failed = await failures(broken());
    expect(Object.keys(failed)).toEqual([title]);
    expect(failed[title]).toContain(message);
  });

  it('finds rewards that change between lives', async () => {
    const scenario = lamp();
    let calls = 0;
    const rows = new Proxy([0, 1], { get: (target, key) => (key === '0' ? calls++ : Reflect.get(target, key)) });
    expect(Object.keys(await failures({ ...scenario, reward: { ...scenario.reward, rows } }))).toEqual([
      'gives the same trajectory for the same seed',
      'permutes its results when its agents are permuted: a life does not depend on the order of turns',
    ]);
  });
});

describe('the test runner of a suite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-runner-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);

  it('is found in a file of Vitest, with its afterAll', () => {
    expect(testRunner()).toMatchObject({ describe, it, afterAll });
    expect(testRunner({ describe, it }).afterAll).toBe(afterAll);
  });

  it('has no afterAll of another runner', () => {
    expect(testRunner({ describe: () => {}, it: () => {} })).not.toHaveProperty('afterAll');
  });

  it('is found in a file of node:test', () => {
    const file = join(folder, 'lamp.test.mjs');
    writeFileSync(
      file,
      `import { iceCream } from ${module('../scenarios/ice-cream-v1/scenario.ts')};
       import { describeScenario } from ${module('./conformance.ts')};
       describeScenario(iceCream);`,
    );
    const env = { ...process.env, VITEST: '', NODE_TEST_CONTEXT: undefined };
    const output = execFileSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--test', '--test-reporter=tap', file],
      {
        env,
        encoding: 'utf8',
      },
    );
    expect(output).toMatch(/# tests 1[0-9]\n/);
    expect(output).toContain('# fail 0');
  });

  it('is loaded without waiting: a module with a top-level await could not be required', () => {
    for (const file of ['./conformance.ts', './test-runner.ts', '../policies/conformance.ts', '../index.ts'])
      expect(readFileSync(new URL(file, import.meta.url), 'utf8')).not.toMatch(/^\S.*\bawait\b/m);
  });
});

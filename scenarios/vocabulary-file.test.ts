import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listedTraits } from '../env/trait-law.ts';
import { hasDynamics } from '../env/vocabulary.ts';
import { openScenario } from './open.ts';
import { scenarioHash } from './study.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vocabulary-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | object): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const loans = {
  id: 'loans',
  actions: ['refuse', 'grant'],
  traits: { groups: { age: ['age: young', 'age: old'] }, phrases: ['owns a home'] },
};

describe('a vocabulary in a .json file', () => {
  it('opens as what defineVocabulary makes of it', async () => {
    const opened = await openScenario(await file('loans.json', loans));
    expect(hasDynamics(opened)).toBe(false);
    expect(opened.phrases).toEqual(['age: young', 'age: old', 'owns a home']);
    const module = await file(
      'loans.mjs',
      `import { defineVocabulary } from 'understudy';\nexport default defineVocabulary(${JSON.stringify(loans)});`,
    );
    expect(scenarioHash(await openScenario(module))).toBe(scenarioHash(opened));
  });

  it.each([
    ['comma.json', '{\n  "id": "loans",\n  "actions": ["a", "b",]\n}', /comma\.json:3:24: is not valid JSON/],
    ['cut.json', '{\n  "id": "loa', /cut\.json:2:9: is not valid JSON/],
    ['quotes.json', "{'id': 1}", /quotes\.json:1:2: is not valid JSON/],
    ['kind.json', { ...loans, actions: 'grant' }, /kind\.json: actions: /],
    ['more.json', { ...loans, reward: 3 }, /more\.json: .*reward/],
    ['one.json', { ...loans, actions: ['grant'] }, /one\.json: a scenario has two actions or more, got 1/],
  ])('%s is refused with the place', async (name, content, message) => {
    await expect(openScenario(await file(name, content))).rejects.toThrow(message);
  });

  it('takes neither parameters nor an export', async () => {
    const path = await file('plain.json', loans);
    await expect(openScenario(path, { parameters: { rate: 3 } })).rejects.toThrow('has no parameters, got rate');
    await expect(openScenario(`${path}#other`)).rejects.toThrow('has no exports, got #other');
  });
});

describe('a population in a file beside the scenario', () => {
  const withFile = (population: string) => ({ ...loans, traits: { ...loans.traits, population } });
  /** Weights by the phrases of a set. */
  const lawOf = async (path: string) => {
    const vocabulary = await openScenario(path);
    const { sets, weights, total } = listedTraits(vocabulary);
    return Object.fromEntries(
      Array.from(sets, (set, s) => [
        vocabulary.sets
          .indices(set)
          .map((phrase) => vocabulary.phrases[phrase])
          .join(' + '),
        weights[s]! / total,
      ]),
    );
  };

  it('is the law of the traits: a column a group or trait, with weights', async () => {
    await file('people/one.csv', 'age;owns a home;weight\nyoung;no;3\nage: old;yes;4\nold;1;1\n');
    const path = await file('people/one.json', withFile('one.csv'));
    expect(await lawOf(path)).toEqual({ 'age: young': 3 / 8, 'age: old + owns a home': 5 / 8 });
  });

  it('may list the traits, in any form of table', async () => {
    await file('people/two.jsonl', '{"traits": ["age: young"]}\n{"traits": ["age: old", "owns a home"]}\n');
    const path = await file('people/two.json', withFile('two.jsonl'));
    expect(await lawOf(path)).toEqual({ 'age: young': 1 / 2, 'age: old + owns a home': 1 / 2 });
    const other = await file('people/other.json', loans);
    expect(scenarioHash(await openScenario(other))).not.toBe(scenarioHash(await openScenario(path)));
  });

  it('serves a module alike, and changes the hash with its rows', async () => {
    await file('people/three.csv', 'age,owns a home\nyoung,0\nold,1\n');
    const module = `import { defineVocabulary } from 'understudy';\nexport default defineVocabulary(${JSON.stringify(withFile('three.csv'))});`;
    const path = await file('people/three.mjs', module);
    const before = scenarioHash(await openScenario(path));
    await file('people/three.csv', 'age,owns a home\nyoung,0\nold,0\n');
    expect(scenarioHash(await openScenario(path))).not.toBe(before);
  });

  it.each([
    ['age,owns a home\nmiddle,0\n', /people\.csv, line 2: age: expected one of age: young, age: old, got "middle"/],
    ['age,owns a home\nold,maybe\n', /line 2: owns a home: expected 0 or 1, true or false, yes or no, got "maybe"/],
    ['age,home\nold,1\n', /"home" \(known: age, /],
    ['owns a home,weight\n1,2\n', /row 1 of the population: no phrase of age, exactly one holds/],
    ['age,weight\nold,-2\n', /line 2: weight: expected a number of 0 or more, got "-2"/],
  ])('that is not understood is refused: %j', async (text, message) => {
    await file('wrong/people.csv', text);
    await expect(openScenario(await file('wrong/loans.json', withFile('people.csv')))).rejects.toThrow(message);
  });

  it('that is missing is named', async () => {
    const path = await file('wrong/none.json', withFile('nobody.csv'));
    await expect(openScenario(path)).rejects.toThrow(/population of loans: nobody\.csv does not exist/);
  });
});

import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mix, range } from '../env/chance.ts';
import { defineScenario } from '../env/define-scenario.ts';
import { lives } from '../env/lives.ts';
import { philox4x32 } from '../env/random.ts';
import type { Factor, Rule, Scenario } from '../env/scenario.ts';
import { decodeAgent, stateSpace } from '../env/state-space.ts';
import { trajectory } from '../env/trajectory.ts';
import { defineVocabulary } from '../env/vocabulary.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import { type DecisionTable, decisionTable } from '../policies/decision-table.ts';
import { policyOf } from '../policies/policy-of.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { openScenario } from '../scenarios/open.ts';
import { scenarioHash } from '../scenarios/study.ts';
import { compile } from './compile.ts';
import { fair } from './fair.test-support.ts';

const play = promisify(execFile);
const example = (name: string) => fileURLToPath(new URL(`../examples/python/${name}`, import.meta.url));
const python = spawnSync('python3', ['--version']).status === 0;

/** A policy with no pattern, so that every branch is met. */
const scattered = (scenario: Scenario) => {
  const rule: Rule = ({ traits, contexts }) => {
    const set = scenario.sets.of([...traits, ...contexts].map((phrase) => scenario.phrases.indexOf(phrase)));
    const words = philox4x32([scenario.sets.key(set), 0, 0, 0], [0, 0]).map((word) => word / 2 ** 32 + 0.01);
    const shares = scenario.actions.map((_, a) => words[a % 4]!);
    const sum = shares.reduce((total, share) => total + share, 0);
    return shares.map((share) => share / sum);
  };
  return policyOf(scenario, rule, { id: 'scattered' });
};

const coin = { levels: [0, 1], start: { 0: 0.5, 1: 0.5 }, next: () => ({ 0: 0.3, 1: 0.7 }) } as const;
/** More phrases than bits in a word, and more factors of the world than draws in a block. */
const wide = defineScenario({
  id: 'wide',
  actions: ['rest', 'go'],
  discount: 1,
  horizon: 30,
  traits: { groups: { size: range(1, 40).map((size) => `wears ${size}`) } },
  contexts: { even: ({ w0 }) => w0 === 1, home: ({ far }) => far === 0 },
  world: { ...{ w0: coin, w1: coin, w2: coin, w3: coin, w4: coin, w5: coin, w6: coin, w7: coin }, w8: coin, w9: coin },
  agent: {
    far: {
      levels: [0, 1, 2],
      start: { 0: 0.5, 2: 0.5 },
      next: ({ far, action }) => mix(0.3, far, action === 'go' ? ([1, 2, 0] as const)[far] : far),
    },
  },
  reward: ({ far, w9 }) => far + 0.1 * w9,
});

let folder: string;
const names: Record<string, { scenario: Scenario; table: DecisionTable; file: string }> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compiled-'));
  const mobility = (await openScenario('mobility-v1')) as Scenario;
  for (const scenario of [iceCream, mobility, fair, wide]) {
    const file = join(folder, `${scenario.id}.json`);
    const policy = new AskedOnce(scenario, scattered(scenario));
    await compile({ scenario, policy, out: file });
    names[scenario.id] = { scenario, table: await decisionTable(scenario, policy), file };
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('a file of compiled tables', () => {
  it('says which world it is of and what the policy decides where', async () => {
    const { scenario, table, file } = names[iceCream.id]!;
    const { sha256, decisions, scenario: tables } = JSON.parse(await readFile(file, 'utf8'));
    expect(sha256).toBe(scenarioHash(scenario));
    expect(decisions.policy).toBe('scattered');
    expect(tables.phrases).toEqual(scenario.phrases);
    for (const { phrases, weights } of decisions.rows)
      expect([...table.weightsOf(scenario.sets.of(phrases))]).toEqual(weights);
  });

  it('is written over an older one, and over nothing else', async () => {
    const out = join(folder, 'fair.mjs');
    await writeFile(out, 'export default {}');
    await expect(compile({ scenario: fair, out })).rejects.toThrow(/fair\.mjs is there and holds no compiled tables/);
    expect(await readFile(out, 'utf8')).toBe('export default {}');
    await rm(out);
    const { bytes, decisions } = await compile({ scenario: fair, out });
    expect([decisions, (await readFile(out)).length]).toEqual([undefined, bytes]);
    expect((await compile({ scenario: fair, out, policy: 'uniform' })).decisions).toBeGreaterThan(4);
  });

  it('is not made of a vocabulary without dynamics', async () => {
    const scenario = defineVocabulary({ id: 'loans', actions: ['refuse', 'grant'], traits: { phrases: ['old'] } });
    const out = join(folder, 'loans.json');
    await expect(compile({ scenario, out })).rejects.toMatchObject({ code: 'SCENARIO_DYNAMICS' });
  });
});

const inWords = (factors: readonly Factor[], indices: ArrayLike<number>) =>
  Object.fromEntries(factors.map(({ name, levels }, i) => [name, levels[indices[i]!]]));
const stateOf = (scenario: Scenario, code: number) => {
  const space = stateSpace(scenario);
  const values = new Int32Array(space.slots);
  decodeAgent(space, values, 0, code);
  return inWords(scenario.agent, values);
};
const phrasesIn = ({ sets, phrases }: Scenario, mask: number) => sets.indices(mask).map((i) => phrases[i]!);

describe.skipIf(!python)(python ? 'examples/python' : 'examples/python (not run: there is no python3 here)', () => {
  /** What a program printed: JSON, line by line. */
  const lines = async (...args: string[]) => {
    const { stdout } = await play('python3', args, { maxBuffer: 2 ** 28 });
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };

  it('play.py is plain Python of at most 60 lines', async () => {
    const text = await readFile(example('play.py'), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    const imported = [...text.matchAll(/^import (.*)$/gm)].flatMap(([, modules]) => modules!.split(', '));
    expect(imported).toEqual(['bisect', 'functools', 'itertools', 'json', 'sys']);
  });

  it.each([
    [iceCream.id, 0, 0, 200],
    ['fair', 0, 0, 5],
    [iceCream.id, 2 ** 53 - 1, 1_000_003, 60],
    ['mobility-v1', 7, 5, 200],
    ['mobility-v1', 2 ** 40 + 3, 42, 200],
    ['wide', 1, 2, 100],
  ])('play.py lives as the trajectory of %s, seed %d, agent %d', async (id, seed, agent, ticks) => {
    const { scenario, table, file } = names[id]!;
    const space = stateSpace(scenario);
    const printed = lines(example('play.py'), file, String(seed), String(agent), String(ticks));
    if (space.crowdPlaces > 0) return expect(printed).rejects.toThrow(/a crowd needs population\.py/);
    const expected = trajectory(space, table.weightsOf, { seed, agent, ticks }).map((moment) => ({
      tick: moment.tick,
      sees: phrasesIn(scenario, moment.mask),
      action: scenario.actions[moment.action],
      state: { ...inWords(scenario.world, moment.world), ...stateOf(scenario, moment.code) },
      reward: moment.reward,
    }));
    expect(new Set(expected.map(({ action }) => action)).size).toBeGreaterThan(1);
    expect(await printed).toEqual(expected);
  });

  it.each([
    ['fair', 3, 60, 24],
    ['fair', 2 ** 53 - 1, 17, 24],
    ['mobility-v1', 11, 40, 48],
    [iceCream.id, 5, 20, 30],
  ])('population.py lives as everybody in %s, seed %d, %d agents', async (id, seed, agents, ticks) => {
    const { scenario, table, file } = names[id]!;
    const space = stateSpace(scenario);
    const printed = await lines(example('population.py'), file, String(agents), String(seed), String(ticks));
    const expected = lives(space, table.weightsOf, { seed, agents, ticks }).map((moment) => ({
      tick: moment.tick,
      world: inWords(scenario.world, moment.world),
      crowd: Object.fromEntries(
        space.crowd.map(({ factor: { name, levels }, first, places }) => [
          name,
          [...moment.crowd.levels.slice(first, first + places)].map((level) => levels[level]),
        ]),
      ),
      actions: moment.actions.map((action) => scenario.actions[action]),
      states: moment.codes.map((code) => stateOf(scenario, code)),
      reward: moment.reward,
    }));
    expect(printed.map(({ sees: _, ...rest }) => rest)).toEqual(expected);
    if (id === 'fair') expect(new Set(expected.map(({ crowd }) => crowd.stock![0])).size).toBeGreaterThan(1);
  });
});

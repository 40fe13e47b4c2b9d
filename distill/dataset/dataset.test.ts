import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineScenario } from '../../env/define-scenario.ts';
import { expectedReply, replyDistribution } from '../../env/known-rule.ts';
import { fromPhrases, type Observations, orderOf, phrasesOf } from '../../env/observation.ts';
import { orderCount } from '../../env/sampling/orders.ts';
import { samplingOrder } from '../../env/sampling/sampling.ts';
import { type Answer, type AskOptions, decisionsOf, type Teacher } from '../../policies/policy.ts';
import { iceCreamRule } from '../../scenarios/ice-cream-v1/rule.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { openPolicy, openTeacher } from '../../scenarios/open.ts';
import { dataFile } from '../../workspace/bundled.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { type DatasetOptions, dataset } from './dataset.ts';

/** Answers by the oracle's rule and remembers every answer, as a teacher with a label store does. */
class RememberingTeacher implements Teacher {
  readonly id = 'remembering';
  readonly scenario = iceCream.id;
  readonly labels = new Map<string, Answer>();
  questions = 0;
  mute = false;
  heard: (shown: readonly number[]) => void = () => {};
  failing: (row: number, options: AskOptions, shown: readonly number[]) => boolean = () => false;
  async ask(observations: Observations, options: AskOptions = {}): Promise<Answer[]> {
    const n = observations.masks.length;
    const answers: Answer[] = [];
    for (let i = 0; i < n; i++) {
      options.signal?.throwIfAborted();
      const shown = orderOf(observations, i);
      const key = `${shown} ${options.elicit} ${options.explain} ${options.repeat ?? 0}`;
      if (!this.labels.has(key)) {
        this.questions++;
        this.heard(shown);
        await undefined;
        this.labels.set(key, this.#answer(shown, i, options));
      }
      answers.push(this.labels.get(key)!);
      options.onProgress?.(i + 1, n);
    }
    return answers;
  }
  #answer(shown: readonly number[], row: number, options: AskOptions): Answer {
    if (this.failing(row, options, shown))
      return { outcome: 'unparsable', reply: 'maybe', reason: 'the reply names no probability: "maybe"' };
    const p = expectedReply(replyDistribution(iceCreamRule, shown));
    return {
      outcome: 'ok',
      probabilities: [1 - p, p],
      ...(options.explain && !this.mute && { explanation: 'Because.' }),
    };
  }
  async decide(observations: Observations) {
    return decisionsOf(await this.ask(observations), 2);
  }
  async [Symbol.asyncDispose]() {}
}

let root: string;
let teacher: RememberingTeacher;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'understudy-dataset-'));
  teacher = new RememberingTeacher();
});
afterEach(() => rmSync(root, { recursive: true }));

const make = (options: Partial<DatasetOptions> = {}) =>
  dataset({ teacher, size: 100, order: 'shuffled', elicit: 'expected', seed: 5, workspace: root, ...options });
const text = (name: string, workspace = root) => readFileSync(join(workspace, 'data', name), 'utf8');
const rows = (name: string): Record<string, unknown>[] =>
  text(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const hash = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
const observationOf = (row: Record<string, unknown>) =>
  fromPhrases(iceCream, [{ traits: row.traits as string[], context: row.context as string[] }]);

describe('a data set', () => {
  it('has 80 % of the rows for training and 20 % for testing, and no observation in both in any order', async () => {
    const manifest = await make();
    expect([manifest.files.train.rows, manifest.files.test.rows, manifest.files.rejects.rows]).toEqual([80, 20, 0]);
    const masks = ['train.jsonl', 'test.jsonl'].flatMap((name) => rows(name).map((row) => observationOf(row).masks[0]));
    expect(new Set(masks).size).toBe(100);
  });

  it('says what the teacher said to the phrases in the order shown, and where it comes from', async () => {
    await make();
    let shuffled = 0;
    for (const row of rows('train.jsonl')) {
      const shown = orderOf(observationOf(row), 0);
      if ([...shown].sort((a, b) => a - b).join() !== shown.join()) shuffled++;
      expect(row.probability_LLM).toBeCloseTo(expectedReply(replyDistribution(iceCreamRule, shown)), 6);
      expect(Object.keys(row)).toEqual([
        'traits',
        'context',
        'probability_LLM',
        'scenario',
        'teacher',
        'elicitation',
        'seed',
      ]);
      expect(row).toMatchObject({ scenario: 'ice-cream-v1', teacher: 'remembering', elicitation: 'expected', seed: 5 });
    }
    expect(shuffled).toBeGreaterThan(40);
  });

  it('of three actions is read back as it was answered, to six decimals', async () => {
    const scenario = defineScenario({
      id: 'crossing',
      actions: ['stay', 'left', 'right'],
      discount: 1,
      horizon: 1,
      traits: { phrases: ['young', 'old', 'lost'] },
      contexts: { dark: ({ lamp }) => lamp === 'off' },
      world: {},
      agent: { lamp: { levels: ['off', 'on'], start: 'off', next: ({ lamp }) => lamp } },
      reward: () => 0,
    });
    const thirds = await openPolicy('uniform', { scenario });
    const even: Teacher = {
      ...thirds,
      ask: async ({ masks }) => Array.from(masks, () => ({ outcome: 'ok', probabilities: [1 / 3, 1 / 3, 1 / 3] })),
    };
    await dataset({
      teacher: even,
      scenario,
      size: 'all',
      order: 'canonical',
      elicit: 'expected',
      workspace: root,
      seed: 1,
    });
    const { probabilities, rows } = await readDecisions(join(root, 'data', 'train.jsonl'), scenario);
    expect(rows[0]).toMatchObject({ probability_LLM: 0.333333, probabilities: [0.333333, 0.333333, 0.333333] });
    expect(probabilities[0]! + probabilities[1]! + probabilities[2]!).toBeCloseTo(1, 12);
  });

  it('of choices says in each row what the letters had and what their order moved, and sums both up', async () => {
    const reading = (mass: number) => ({ letters: [[0.5 * mass, 0.5 * mass]], mass, bias: 0.25 });
    let row = 0;
    const asked: AskOptions[] = [];
    const chooser: Teacher = {
      ...(await openPolicy('uniform', { scenario: iceCream })),
      ask: async ({ masks }, options = {}) => {
        asked.push(options);
        return Array.from(masks, (): Answer => {
          // One in ten has letters that hardly begin a reply.
          const mass = row++ % 10 === 0 ? 0.01 : 0.875;
          return mass < 0.5
            ? { outcome: 'unparsable', choice: reading(mass), reason: 'the letters have 0.01' }
            : { outcome: 'ok', probabilities: [0.5, 0.5], choice: reading(mass) };
        });
      },
    };
    const made = await make({
      teacher: chooser,
      elicit: 'choice',
      rotations: 1,
      order: 'canonical',
      explainShare: 0.5,
    });
    expect(rows('train.jsonl')[0]).toMatchObject({ elicitation: 'choice', letter_mass: 0.875, order_bias: 0.25 });
    expect(made.files.rejects.rows).toBe(1);
    expect(made.choices).toEqual({
      orders: 1,
      mass: { median: 0.875, least: 0.01, low: made.outcomes.unparsable },
      bias: { median: 0.25, largest: 0.25 },
    });
    // A choice has no words: an explanation is asked for beside it.
    expect(asked.slice(0, 2).map(({ elicit, explain, rotations }) => [elicit, explain, rotations])).toEqual([
      ['choice', false, 1],
      ['greedy', true, undefined],
    ]);
    await expect(make({ elicit: 'greedy', rotations: 2 })).rejects.toThrow(
      'rotations are of the options of elicit choice, and elicit is greedy',
    );
  });

  it('of all states covers the vocabulary with the empty context, as every sampling does, unless it is excluded', async () => {
    const { files, sampling } = await make({ size: 'all', order: 'canonical' });
    expect(sampling).toMatchObject({ method: 'all', states: 16_992, emptyContext: 'include' });
    expect(files.train.rows + files.test.rows).toBe(16_992);
    const empty = [...rows('train.jsonl'), ...rows('test.jsonl')].filter((row) => (row.context as []).length === 0);
    expect(empty).toHaveLength(59);
    const published = await make({ size: 'all', order: 'canonical', emptyContext: 'exclude' });
    expect(published).toMatchObject({ asked: 16_933, sampling: { states: 16_933, emptyContext: 'exclude' } });
    expect([...rows('train.jsonl'), ...rows('test.jsonl')].every((row) => (row.context as []).length > 0)).toBe(true);
  });

  it('is elicited as the teacher can unless something else is wanted, greedily with explanations', async () => {
    const elicitation = async (options: Partial<DatasetOptions>, decidesBy?: 'greedy') => {
      const made = await make({
        elicit: undefined,
        size: 20,
        ...options,
        teacher: Object.assign(teacher, { decidesBy }),
      });
      expect(rows('train.jsonl')[0]!.elicitation).toBe(made.elicitation);
      return made.elicitation;
    };
    expect(await elicitation({})).toBe('expected');
    expect(await elicitation({ explain: true })).toBe('greedy');
    expect(await elicitation({ explainShare: 0.5 })).toBe('expected');
    expect(await elicitation({}, 'greedy')).toBe('greedy');
    expect(await elicitation({ elicit: 'sample' }, 'greedy')).toBe('sample');
    expect(teacher.labels.size).toBeGreaterThan(0);
  });

  it('of a sample has the empty context unless it is excluded, which reorders nothing else', async () => {
    await make({ order: 'canonical', size: 200 });
    const context = (row: Record<string, unknown>) => row.context as string[];
    const included = [...rows('train.jsonl'), ...rows('test.jsonl')];
    expect(included.some((row) => context(row).length === 0)).toBe(true);
    await make({ order: 'canonical', size: 100, emptyContext: 'exclude' });
    const excluded = [...rows('train.jsonl'), ...rows('test.jsonl')];
    expect(excluded.every((row) => context(row).length > 0)).toBe(true);
    const known = new Set(included.map((row) => observationOf(row).masks[0]));
    expect(excluded.every((row) => known.has(observationOf(row).masks[0]!))).toBe(true);
  });

  it('of pairs asks the few states that cover them, and fills up to a size in the stratified order', async () => {
    const few = await make({ sampling: 'pairwise', size: undefined, order: 'canonical' });
    const { covering } = few.sampling;
    expect(covering).toEqual({ rows: few.asked, pairs: 475, impossible: 5 });
    expect(few.asked).toBeLessThanOrEqual(10);
    const masks = () => [...rows('train.jsonl'), ...rows('test.jsonl')].map((row) => observationOf(row).masks[0]!);
    const covered = masks();
    await make({ sampling: 'pairwise', size: 60, order: 'canonical' });
    const filled = masks();
    expect(filled).toHaveLength(60);
    for (const mask of covered) expect(filled).toContain(mask);
    await make({ size: 60, order: 'canonical' });
    const stratified = masks();
    expect(filled.filter((mask) => !covered.includes(mask)).every((mask) => stratified.includes(mask))).toBe(true);
    await expect(make({ sampling: 'pairwise', size: 6 })).rejects.toThrow(
      new RegExp(`${covering!.rows} states are needed.*at least ${covering!.rows}, got 6`),
    );
  });

  it('refuses what contradicts itself, before anything is asked', async () => {
    const refused = (options: Partial<DatasetOptions>, message: RegExp) =>
      expect(make(options)).rejects.toMatchObject({
        code: 'DISTILL_ARGUMENT',
        message: expect.stringMatching(message),
      });
    await refused({ sampling: 'all', size: 10 }, /takes every state, not 10/);
    await refused({ sampling: 'pairwise', size: 'all' }, /leave out sampling pairwise/);
    await refused({ explain: true, explainShare: 0.5 }, /one of the two/);
    await refused({ explainShare: 1.5 }, /at most 1, got 1.5/);
    await refused({ repeats: 0 }, /1 or more, got 0/);
    await refused(
      { repeats: 3, order: 'canonical' },
      /3 repeats of expected .*same answer.*elicit sample.*order shuffled/,
    );
    await refused({ repeats: 3, order: 'canonical', elicit: 'greedy' }, /same answer/);
    await refused({ exports: [join(root, 'rows.xlsx')] }, /one of \.jsonl, \.csv, \.parquet/);
    expect(teacher.questions).toBe(0);
  });

  it('refuses a size that leaves no test row or that the scenario does not have', async () => {
    await expect(make({ size: 4 })).rejects.toThrow(/5 rows or more.*got 4/);
    await expect(make({ size: 20_000 })).rejects.toThrow(/got 20000/);
  });

  it('does not write over rows that somebody else put there', async () => {
    mkdirSync(join(root, 'data'));
    writeFileSync(join(root, 'data', 'train.jsonl'), '{"traits": [], "context": [], "probability_LLM": 0.15}\n');
    await expect(make()).rejects.toMatchObject({ code: 'DISTILL_FILE' });
    expect(text('train.jsonl')).toContain('0.15');
    expect(teacher.questions).toBe(0);
  });
});

describe('an answer that names no probability', () => {
  it('is asked for once more, and used when it then does', async () => {
    teacher.failing = (row, { repeat = 0 }) => row < 3 && repeat === 0;
    const manifest = await make();
    expect(manifest).toMatchObject({ askedAgain: 3, outcomes: { ok: 100, unparsable: 0 } });
  });

  it('goes to the rejects with its reply and the reason when it does not', async () => {
    teacher.failing = (row) => row < 3;
    const manifest = await make();
    expect(manifest).toMatchObject({ askedAgain: 3, outcomes: { ok: 97, unparsable: 3 } });
    expect(rows('rejects.jsonl')).toHaveLength(3);
    expect(rows('rejects.jsonl')[0]).toMatchObject({
      outcome: 'unparsable',
      reply: 'maybe',
      reason: 'the reply names no probability: "maybe"',
      teacher: 'remembering',
    });
    expect(manifest.files.train.rows + manifest.files.test.rows).toBe(97);
  });

  it('fails with its reason where no answer can be used, and keeps the files of before', async () => {
    await make();
    const before = text('train.jsonl');
    teacher.labels.clear();
    teacher.failing = () => true;
    await expect(make()).rejects.toMatchObject({
      code: 'DISTILL_ANSWERS',
      message: expect.stringContaining('"maybe"'),
    });
    expect(text('train.jsonl')).toBe(before);
  });
});

describe('explanations', () => {
  const explained = () =>
    [...rows('train.jsonl'), ...rows('test.jsonl')].filter(({ explanation }) => explanation !== undefined);

  it('come with every row, or with a share of the states that a larger share contains', async () => {
    const all = await make({ elicit: 'greedy', explain: true });
    expect(explained()).toHaveLength(100);
    expect(all).toMatchObject({ explain: true, explanations: { share: 1, wanted: 100, given: 100 } });
    const states = () => explained().map((row) => observationOf(row).masks[0]!);
    const some = await make({ elicit: 'greedy', explainShare: 0.2, size: 400 });
    const few = states();
    expect(some).toMatchObject({ explain: false, explanations: { share: 0.2, wanted: few.length, given: few.length } });
    // Binomial with n = 400: outside of 48 to 112 once in 10,000.
    expect(few.length).toBeGreaterThan(47);
    expect(few.length).toBeLessThan(113);
    await make({ elicit: 'greedy', explainShare: 0.5, size: 400 });
    const more = states();
    expect(more.length).toBeGreaterThan(few.length);
    expect(few.every((mask) => more.includes(mask))).toBe(true);
    await make({ elicit: 'greedy', explainShare: 0.2, size: 100 });
    expect(states().every((mask) => few.includes(mask))).toBe(true);
  });

  it('beside an expected number are those of a greedy reply, with the probability that they go with', async () => {
    const manifest = await make({ teacher: 'oracle', explainShare: 0.3 });
    expect(manifest).toMatchObject({ elicitation: 'expected', explanations: { given: explained().length } });
    expect(manifest.answers.total).toBe(100 + explained().length);
    for (const row of explained()) {
      const shown = orderOf(observationOf(row), 0);
      const likeliest = replyDistribution(iceCreamRule, shown);
      expect(row.probability_LLM).toBeCloseTo(expectedReply(likeliest), 6);
      expect(row.explained_probability).toBe(likeliest.indexOf(Math.max(...likeliest)) / 100);
    }
    await make({ teacher: 'oracle', explain: true });
    expect(explained()).toHaveLength(100);
  });

  it('leave the numbers as they are: a real model’s, greedy and sampled', async () => {
    await using tiny = await openTeacher('tiny');
    for (const elicit of ['greedy', 'sample'] as const) {
      const numbers = () =>
        [...rows('train.jsonl'), ...rows('test.jsonl')].map(({ probability_LLM }) => probability_LLM);
      await make({ teacher: tiny, elicit, size: 12 });
      const without = numbers();
      await make({ teacher: tiny, elicit, size: 12, explain: true });
      expect(numbers(), elicit).toEqual(without);
      expect(explained()).toHaveLength(12);
    }
  });

  it('that do not come are missed aloud', async () => {
    const said: string[] = [];
    await make({ elicit: 'greedy', explain: true, log: (line) => said.push(line) });
    expect(said).toEqual([]);
    teacher.mute = true;
    teacher.labels.clear();
    const { explanations } = await make({ elicit: 'greedy', explain: true, log: (line) => said.push(line) });
    expect(explanations).toEqual({ share: 1, wanted: 100, given: 0 });
    expect(said).toEqual([expect.stringMatching(/explanations were asked for, but remembering gave none/)]);
  });
});

describe('repeats', () => {
  it('give the mean, the spread and the single values of draws', async () => {
    await make({ teacher: 'oracle', elicit: 'sample', order: 'canonical', repeats: 3, size: 40, explain: true });
    const oracle = await openTeacher('oracle');
    for (const row of rows('train.jsonl')) {
      const values: number[] = [];
      for (const repeat of [0, 1, 2]) {
        const [answer] = await oracle.ask(observationOf(row), { elicit: 'sample', seed: 5, repeat, explain: true });
        values.push(answer!.probabilities![1]!);
        if (repeat === 0) expect(row.explanation).toBe(answer!.explanation);
      }
      const mean = (values[0]! + values[1]! + values[2]!) / 3;
      const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
      expect(row).toMatchObject({ repeats: 3, probability_repeats: values, explained_probability: values[0] });
      expect(row.probability_LLM).toBeCloseTo(mean, 6);
      expect(row.probability_sd).toBeCloseTo(sd, 6);
    }
  });

  it('in shuffled order each show another one, as far as the state has so many', async () => {
    const asked: string[] = [];
    teacher.heard = (shown) => asked.push(String(shown));
    const manifest = await make({ repeats: 3, size: 50 });
    expect(new Set(asked).size).toBe(asked.length);
    expect(manifest.answers.total).toBe(asked.length);
    for (const row of [...rows('train.jsonl'), ...rows('test.jsonl')]) {
      const batch = observationOf(row);
      const orders = orderCount(iceCream, batch.masks[0]!);
      expect(row.repeats).toBe(Math.min(3, orders));
      expect((row.probability_repeats as number[])[0]).toBeCloseTo(
        expectedReply(replyDistribution(iceCreamRule, orderOf(batch, 0))),
        6,
      );
      if (orders === 1) expect(row.probability_sd).toBeNull();
    }
  });

  it('that cannot be used leave the others; a state without any is rejected', async () => {
    // Repeats 0 and 1; what replaces them is 2 and 3. The first state never answers, the second not at first, the third
    // neither at first nor when it is asked again.
    const [never, late, once] = Array.from(samplingOrder(iceCream, 5).slice(0, 3), (mask) =>
      String(iceCream.sets.indices(mask)),
    );
    teacher.failing = (_, { repeat = 0 }, shown) => {
      const state = String(shown);
      return state === never || (state === late && repeat === 0) || (state === once && (repeat === 0 || repeat === 2));
    };
    const manifest = await make({ elicit: 'sample', order: 'canonical', repeats: 2, size: 30 });
    expect(manifest).toMatchObject({ outcomes: { unparsable: 3 }, askedAgain: 4 });
    expect(rows('rejects.jsonl')).toHaveLength(1);
    const counts = [...rows('train.jsonl'), ...rows('test.jsonl')].map((row) => row.repeats);
    expect(counts.filter((count) => count === 1)).toHaveLength(1);
    expect(counts.filter((count) => count === 2)).toHaveLength(28);
  });

  it('contain the answers of fewer repeats, which are not asked again', async () => {
    await make({ elicit: 'sample', order: 'canonical', repeats: 2, size: 30 });
    expect(teacher.questions).toBe(60);
    await make({ elicit: 'sample', order: 'canonical', repeats: 5, size: 30 });
    expect(teacher.questions).toBe(150);
  });
});

describe('the split by order', () => {
  it.each(['canonical', 'shuffled'] as const)(
    'tests on states of train in an order that train does not show (%s)',
    async (order) => {
      const manifest = await make({ order, split: 'order', size: 100 });
      const shownOf = (name: string) => rows(name).map((row) => observationOf(row));
      const train = new Map(shownOf('train.jsonl').map((batch) => [batch.masks[0]!, String(orderOf(batch, 0))]));
      const test = shownOf('test.jsonl');
      expect([train.size, test.length, manifest.asked]).toEqual([100, 25, 125]);
      for (const batch of test) {
        expect(train.has(batch.masks[0]!)).toBe(true);
        expect(String(orderOf(batch, 0))).not.toBe(train.get(batch.masks[0]!));
      }
      expect(manifest.heldOut).toMatchObject({ by: 'order', states: 25 });
    },
  );
});

describe('a recorded file', () => {
  /** Of the research original's shape: every tenth state of the first 300. */
  function research(name = 'gemma.jsonl', extra = {}) {
    const path = join(root, name);
    const masks = samplingOrder(iceCream, 5)
      .slice(0, 300)
      .filter((_, i) => i % 10 === 0);
    const batch = { width: 16, masks };
    const lines = Array.from(masks, (_, i) =>
      JSON.stringify({ ...phrasesOf(iceCream, batch, i), probability_LLM: (i % 20) / 20, ...extra }),
    );
    writeFileSync(path, `${lines.join('\n')}\n`);
    return { path, lines };
  }
  const from = (path: string, options: Partial<DatasetOptions> = {}) =>
    make({ teacher: `recorded:${path}`, order: 'canonical', size: undefined, ...options });

  it('becomes a data set of all states that it has, of which no row claims an elicitation', async () => {
    const { path, lines } = research();
    const said: string[] = [];
    const manifest = await from(path, { elicit: 'sample', temperature: 0.5, log: (line) => said.push(line) });
    expect(manifest).toMatchObject({
      elicitation: 'recorded',
      asked: 30,
      files: { train: { rows: 24 }, test: { rows: 6 }, rejects: { rows: 0 } },
      answers: { total: 30, asked: 0, remembered: 30 },
      model: null,
      unknown: { model: 'the recorded file does not say' },
    });
    expect(manifest).not.toHaveProperty('temperature');
    const written = [...rows('train.jsonl'), ...rows('test.jsonl')];
    expect(written.every((row) => row.elicitation === 'recorded' && row.temperature === undefined)).toBe(true);
    const shape = ({ traits, context, probability_LLM }: Record<string, unknown>) =>
      JSON.stringify({ traits, context, probability_LLM });
    expect(written.map(shape).sort()).toEqual([...lines].sort());
    expect(said).toContainEqual(expect.stringMatching(/read from the file.*elicitation recorded/));
  });

  it('is sampled like any other with a size, and what it does not have is a reject', async () => {
    const { path } = research();
    const manifest = await from(path, { size: 300 });
    expect(manifest).toMatchObject({ outcomes: { ok: 30, missing: 270 }, rejects: { missing: 270 }, askedAgain: 0 });
    expect(rows('rejects.jsonl')[0]).toMatchObject({
      outcome: 'missing',
      elicitation: 'recorded',
      reason: expect.stringContaining('has no decision for'),
    });
  });

  it('without explanations says so when they are asked for, and gives those that it has', async () => {
    const said: string[] = [];
    const log = (line: string) => said.push(line);
    await from(research().path, { explain: true, log });
    expect(said).toContainEqual(expect.stringMatching(/explanations were asked for, but the file of .* has none/));
    await from(research('why.jsonl', { explanation: 'It is hot.' }).path);
    expect(rows('test.jsonl').every(({ explanation }) => explanation === 'It is hot.')).toBe(true);
  });

  it('cannot be asked in other orders or again', async () => {
    const { path } = research();
    await expect(from(path, { order: 'shuffled' })).rejects.toThrow(/was not asked in shuffled order/);
    await expect(from(path, { elicit: 'sample', repeats: 2 })).rejects.toThrow(/cannot be asked 2 times/);
    await expect(from(path, { split: 'order' })).rejects.toThrow(/no other order to hold out/);
  });
});

describe('provenance', () => {
  it('is on each row in short and in the manifest in full, for a real model', async () => {
    const manifest = await make({ teacher: 'tiny', size: 10, split: 'traits', explainShare: 0.5 });
    const template = '<bos><start_of_turn>user\n{prompt}<end_of_turn>\n<start_of_turn>model\n';
    expect(manifest).toMatchObject({
      scenario: 'ice-cream-v1',
      template: { text: template, sha256: hash(template) },
      model: hash(readFileSync(dataFile('teachers/tiny.gguf'))),
      library: expect.stringMatching(/^node-llama-cpp .* llama\.cpp/),
      endpoints: null,
      repeats: 1,
      heldOut: { by: 'traits', traitSets: expect.any(Array) },
      devices: { 'CPU, 1 thread': manifest.answers.total },
      answers: { asked: manifest.answers.total, remembered: 0 },
      cost: null,
      energy: null,
      unknown: { endpoints: 'no server was asked', cost: 'no answer says what it cost', energy: 'not measured' },
    });
    expect(manifest.tokens!.prompt).toBeGreaterThan(50 * manifest.answers.total);
    expect(manifest.tokens!.completion).toBeGreaterThan(manifest.answers.total);
    const short = { template: hash(template).slice(0, 12), model: manifest.model!.slice(0, 12) };
    for (const row of rows('train.jsonl')) {
      expect(row).toMatchObject({ ...short, entropy: expect.any(Number), missing: expect.any(Number) });
      expect(row.missing).toBeLessThan(0.01);
    }
    for (const { path, sha256, rows } of Object.values(manifest.files)) {
      const text = readFileSync(join(root, path), 'utf8');
      expect([hash(text), text.split('\n').length - 1]).toEqual([sha256, rows]);
    }
    expect(JSON.parse(text('dataset.json'))).toEqual(manifest);
    const again = await make({ teacher: 'tiny', size: 10, split: 'traits', explainShare: 0.5 });
    expect(again).toMatchObject({
      answers: { total: manifest.answers.total, asked: 0, remembered: manifest.answers.total },
      tokens: manifest.tokens,
      files: manifest.files,
    });
  });

  it('says what a teacher does not say', async () => {
    const { template, model, tokens, devices, answers, unknown } = await make();
    expect({ template, model, tokens, devices }).toEqual({ template: null, model: null, tokens: null, devices: null });
    expect(answers).toEqual({ total: 100, asked: null, remembered: null });
    expect(unknown).toMatchObject({
      template: 'the teacher does not say',
      devices: 'no answer says what ran the model',
      tokens: 'no answer says how many tokens it took',
      answers: expect.stringContaining('does not count'),
    });
  });
});

describe('going on after an interruption', () => {
  it('ends with the same files, byte for byte, and asks no question twice', async () => {
    const other = join(root, 'uninterrupted');
    await make({ workspace: other });
    teacher = new RememberingTeacher();
    teacher.failing = (row, { repeat = 0 }) => row === 2 && repeat === 0;
    for (const after of [1, 40, 99]) {
      const stop = new AbortController();
      const stopped = make({
        signal: stop.signal,
        progress: ({ done }) => done === after && stop.abort(new Error('stopped by a person')),
      });
      await expect(stopped).rejects.toThrow('stopped by a person');
      expect(() => text('train.jsonl')).toThrow(/ENOENT/);
    }
    await make();
    expect(teacher.questions).toBe(101);
    for (const name of ['train.jsonl', 'test.jsonl', 'rejects.jsonl']) expect(text(name), name).toBe(text(name, other));
  });

  it('asks nothing the second time', async () => {
    await make();
    const before = [teacher.questions, text('train.jsonl')];
    await make();
    expect([teacher.questions, text('train.jsonl')]).toEqual(before);
  });

  it('asks only what is new when the sample grows, and no row changes its part', async () => {
    await make();
    const before = rows('test.jsonl');
    await make({ size: 150 });
    expect(teacher.questions).toBe(150);
    expect(rows('test.jsonl').slice(0, before.length)).toEqual(before);
  });
});

import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Observations } from '../env/observation.ts';
import { testRunner } from '../env/test-runner.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../scenarios/open.ts';
import { compiled } from '../tools/compiled.ts';
import { constant } from './baselines/constant.ts';
import type { DescribePolicyOptions } from './conformance.ts';
import { immediateTeacher } from './immediate.ts';
import type { DecideOptions, Decisions, Policy, Teacher } from './policy.ts';

type Test = [title: string, body: (context?: unknown) => void | Promise<void>];

function testsOf(open: () => Policy, options: Partial<DescribePolicyOptions> = {}): Test[] {
  const tests: Test[] = [];
  describePolicy('under test', open, {
    describe: (_, body) => body(),
    it: (title, test) => tests.push([title, test]),
    ...options,
  });
  return tests;
}

/** Runs each test of the suite alone, over a policy of its own, and gives the titles of those that failed. */
async function failures(open: () => Policy, options: Partial<DescribePolicyOptions> = {}): Promise<string[]> {
  const failed: string[] = [];
  for (const at of testsOf(open, options).keys()) {
    const [title, test] = testsOf(open, options)[at]!;
    try {
      await test();
    } catch {
      failed.push(title);
    }
  }
  return failed;
}

/** A policy that answers .3, but for what `decide` does differently. */
function broken(
  decide: (correct: Decisions, observations: Observations, options: DecideOptions) => Decisions | Promise<Decisions>,
  more: Partial<Policy> = {},
): Policy {
  const correct = constant(iceCream, 0.3);
  return {
    ...correct,
    decide: async (observations, options = {}) =>
      decide(await correct.decide(observations, options), observations, options),
    ...more,
  };
}

const withRows = (decisions: Decisions, p: (i: number) => number): Decisions => ({
  ...decisions,
  probabilities: Float64Array.from(decisions.probabilities, (_, i) => (i % 2 === 1 ? p(i >> 1) : 1 - p(i >> 1))),
});

describe('describePolicy', () => {
  it('finds nothing wrong with a correct policy', async () => {
    expect(await failures(() => constant(iceCream, 0.3))).toEqual([]);
  });

  it('catches a policy whose rows depend on the size of the batch', async () => {
    const policy = () => broken((correct, { masks }) => withRows(correct, () => 1 / (1 + masks.length)));
    expect(await failures(policy)).toEqual(['answers row i alone as it answers row i in a batch']);
  });

  it('catches a policy whose rows depend on their place', async () => {
    const policy = () => broken((correct) => withRows(correct, (i) => 0.3 + 1e-5 * i));
    expect(await failures(policy)).toEqual([
      'answers row i alone as it answers row i in a batch',
      'answers a row the same wherever it stands in a batch',
    ]);
  });

  it('catches a policy that changes its mind', async () => {
    let calls = 0;
    const policy = () =>
      broken((correct) => {
        calls++;
        return withRows(correct, () => 1 / (1 + calls));
      });
    expect(await failures(policy)).toContain('gives the same answer twice');
  });

  it('catches a policy that writes into its input', async () => {
    const policy = () =>
      broken((correct, { masks }) => {
        masks.fill(0);
        return correct;
      });
    expect(await failures(policy)).toEqual(['leaves its input untouched']);
  });

  it('catches rows that do not sum to 1, and rows that failed but have probabilities', async () => {
    const short = () => broken((correct) => ({ ...correct, probabilities: correct.probabilities.map((p) => p * 0.9) }));
    const title = 'gives each observation a row that sums to 1, or an outcome that says why not';
    expect(await failures(short)).toEqual([title]);
    const lying = () => broken((correct) => ({ ...correct, outcomes: correct.outcomes.map(() => 'timeout' as const) }));
    expect(await failures(lying)).toEqual([title]);
  });

  it('catches a policy that ignores the width, the signal or its end', async () => {
    const deaf = (): Policy => ({
      id: 'deaf',
      scenario: iceCream.id,
      decide: async ({ masks }) => ({
        probabilities: new Float64Array(masks.length * 2).fill(0.5),
        outcomes: Array.from(masks, () => 'ok' as const),
      }),
      [Symbol.asyncDispose]: async () => {},
    });
    expect(await failures(deaf)).toEqual([
      'refuses observations of another width, naming both sizes',
      'rejects with the reason of an aborted signal, and answers again afterwards',
      'counts its progress up to the whole batch',
      'says so when it is used after it was disposed of',
    ]);
  });

  it('catches a policy for another scenario and one that loses rows', async () => {
    expect(await failures(() => broken((correct) => correct, { scenario: 'other-v1' }))).toEqual([
      'says who it is and which scenario it answers for',
    ]);
    const losing = () => broken((correct) => ({ ...correct, outcomes: correct.outcomes.slice(1) }));
    expect(await failures(losing)).toContain(
      'gives each observation a row that sums to 1, or an outcome that says why not',
    );
  });

  const progressTitle = 'counts its progress up to the whole batch';
  /** Decides as it should and never says how far it is. */
  const silent = () => {
    const correct = constant(iceCream, 0.3);
    return {
      ...correct,
      decide: (batch: Observations, { signal }: DecideOptions = {}) => correct.decide(batch, { signal }),
    };
  };

  it('catches a policy that tells no progress, or goes back', async () => {
    expect(await failures(silent)).toEqual([progressTitle]);
    const back = () =>
      broken((correct, { masks }, { onProgress }) => {
        onProgress?.(masks.length - 1, masks.length);
        onProgress?.(0, masks.length);
        onProgress?.(masks.length, masks.length);
        return correct;
      });
    expect(await failures(back)).toEqual([progressTitle]);
  });

  it('catches an empty id', async () => {
    expect(await failures(() => broken((correct) => correct, { id: '' }))).toEqual([
      'says who it is and which scenario it answers for',
    ]);
  });

  it('catches a teacher that answers a question twice, and one that fails without a reason', async () => {
    const title = 'as a teacher, answers every question once, and can put what it answers into words';
    const teacher = (more: Partial<Teacher>) => () => ({
      ...immediateTeacher(iceCream, { id: 'says', answer: () => ({ outcome: 'ok', probabilities: [0.7, 0.3] }) }),
      ...more,
    });
    expect(await failures(teacher({}))).toEqual([]);
    const mute: Teacher['ask'] = async ({ masks }) => Array.from(masks, () => ({ outcome: 'refused' as const }));
    expect(await failures(teacher({ ask: mute }))).toEqual([title]);
    const twice: Teacher['ask'] = async ({ masks }, { onAnswer } = {}) => {
      const answers = Array.from(masks, () => ({ outcome: 'ok' as const, probabilities: [0.7, 0.3] }));
      for (const row of [...answers.keys(), 0]) onAnswer?.(row, answers[row]!);
      return answers;
    };
    expect(await failures(teacher({ ask: twice }))).toEqual([title]);
  });

  it('leaves a test out only with a reason, which it shows, and skips it where the runner can', async () => {
    const except = { [progressTitle]: 'it answers within a millisecond' };
    expect(await failures(silent, { except })).toEqual([]);
    const [title, test] = testsOf(silent, { except }).find(([each]) => each.startsWith(progressTitle))!;
    expect(title).toBe(`${progressTitle} (except: it answers within a millisecond)`);
    const skipped: unknown[] = [];
    await test({ skip: (reason: string) => skipped.push(reason) });
    expect(skipped).toEqual(['it answers within a millisecond']);
    expect(() => testsOf(silent, { except: { 'is quick': 'no' } })).toThrow(
      'unknown test in except: "is quick" (known: ',
    );
    expect(() => testsOf(silent, { except: { [progressTitle]: ' ' } })).toThrow(
      'has no reason; state why the policy cannot pass it',
    );
  });

  it('says of a policy that is not a teacher that it was not asked as one', async () => {
    const skipped: unknown[] = [];
    const [, test] = testsOf(() => constant(iceCream, 0.3)).find(([title]) => title.startsWith('as a teacher'))!;
    await test({ skip: (reason: string) => skipped.push(reason) });
    expect(skipped).toEqual(['it decides and does not explain: not a teacher']);
  });

  it('opens one policy for the tests that run, in any order, and disposes of it at the end', async () => {
    const open: string[] = [];
    let ends: (() => void | Promise<void>) | undefined;
    let opened = 0;
    const counted = (): Policy => {
      const correct = constant(iceCream, 0.3);
      const name = `policy ${++opened}`;
      open.push(name);
      return {
        ...correct,
        [Symbol.asyncDispose]: async () => {
          await correct[Symbol.asyncDispose]();
          if (open.includes(name)) open.splice(open.indexOf(name), 1);
        },
      };
    };
    const tests = testsOf(counted, { afterAll: (body) => (ends = body) });
    expect(opened).toBe(0);
    for (const [, test] of tests.toReversed()) await test();
    expect([opened, open]).toEqual([2, ['policy 2']]);
    await ends!();
    expect(open).toEqual([]);
  });

  it('says what it needs if there is no test runner', () => {
    const script = `import { describePolicy } from ${JSON.stringify(pathToFileURL(compiled(new URL('../scenarios/open.ts', import.meta.url))).href)};
      describePolicy('lost', () => undefined);`;
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, VITEST: '' },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/TypeError: this suite needs a test runner: .*\{ describe, it \}/);
  });

  it('finds the functions of Vitest by itself', () => {
    expect(testRunner()).toMatchObject({ describe, it });
  });
});

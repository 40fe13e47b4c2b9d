import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Observations } from '../env/observation.ts';
import { testRunner } from '../env/test-runner.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../scenarios/open.ts';
import { constant } from './baselines/constant.ts';
import type { DecideOptions, Decisions, Policy } from './policy.ts';

/** Runs the suite over a policy and gives the titles of the tests that failed. */
async function failures(policy: Policy): Promise<string[]> {
  const tests: [string, () => void | Promise<void>][] = [];
  describePolicy('under test', () => policy, {
    describe: (_, body) => body(),
    it: (title, test) => tests.push([title, test]),
  });
  const failed: string[] = [];
  for (const [title, test] of tests)
    try {
      await test();
    } catch {
      failed.push(title);
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
    expect(await failures(constant(iceCream, 0.3))).toEqual([]);
  });

  it('catches a policy whose rows depend on the size of the batch', async () => {
    const policy = broken((correct, { masks }) => withRows(correct, () => 1 / (1 + masks.length)));
    expect(await failures(policy)).toEqual(['answers row i alone as it answers row i in a batch']);
  });

  it('catches a policy whose rows depend on their place', async () => {
    const policy = broken((correct) => withRows(correct, (i) => 0.3 + 1e-5 * i));
    expect(await failures(policy)).toEqual([
      'answers row i alone as it answers row i in a batch',
      'answers a row the same wherever it stands in a batch',
    ]);
  });

  it('catches a policy that changes its mind', async () => {
    let calls = 0;
    const policy = broken((correct) => {
      calls++;
      return withRows(correct, () => 1 / (1 + calls));
    });
    expect(await failures(policy)).toContain('gives the same answer twice');
  });

  it('catches a policy that writes into its input', async () => {
    const policy = broken((correct, { masks }) => {
      masks.fill(0);
      return correct;
    });
    expect(await failures(policy)).toEqual(['leaves its input untouched']);
  });

  it('catches rows that do not sum to 1, and rows that failed but have probabilities', async () => {
    const short = broken((correct) => ({ ...correct, probabilities: correct.probabilities.map((p) => p * 0.9) }));
    const title = 'gives each observation a row that sums to 1, or an outcome that says why not';
    expect(await failures(short)).toEqual([title]);
    const lying = broken((correct) => ({ ...correct, outcomes: correct.outcomes.map(() => 'timeout' as const) }));
    expect(await failures(lying)).toEqual([title]);
  });

  it('catches a policy that ignores the width, the signal or its end', async () => {
    const deaf: Policy = {
      id: 'deaf',
      scenario: iceCream.id,
      decide: async ({ masks }) => ({
        probabilities: new Float64Array(masks.length * 2).fill(0.5),
        outcomes: Array.from(masks, () => 'ok' as const),
      }),
      [Symbol.asyncDispose]: async () => {},
    };
    expect(await failures(deaf)).toEqual([
      'refuses observations of another width, naming both sizes',
      'rejects with the reason of an aborted signal, and answers again afterwards',
      'says so when it is used after it was disposed of',
    ]);
  });

  it('catches a policy for another scenario and one that loses rows', async () => {
    expect(await failures(broken((correct) => correct, { scenario: 'other-v1' }))).toEqual([
      'says who it is and which scenario it answers for',
    ]);
    const losing = broken((correct) => ({ ...correct, outcomes: correct.outcomes.slice(1) }));
    expect(await failures(losing)).toContain(
      'gives each observation a row that sums to 1, or an outcome that says why not',
    );
  });

  it('says what it needs where there is no test runner', () => {
    const script = `import { describePolicy } from ${JSON.stringify(new URL('./conformance.ts', import.meta.url).href)};
      describePolicy('lost', () => undefined);`;
    const { stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      env: { ...process.env, VITEST: '' },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/TypeError: this suite needs a test runner: .*\{ describe, it \}/);
  });

  it('finds the functions of Vitest by itself', () => {
    expect(testRunner()).toEqual({ describe, it });
  });
});

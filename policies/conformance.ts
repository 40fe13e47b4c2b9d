import assert from 'node:assert/strict';
import { brokenBy, type Observations, observations, slice } from '../env/observation.ts';
import { sequence, shuffle } from '../env/random.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { skip, type TestRunner, testRunner } from '../env/test-runner.ts';
import { traitBlocks } from '../env/trait-law.ts';
import { type Answer, type Decisions, isTeacher, outcomes, type Policy } from './policy.ts';

export interface DescribePolicyOptions extends Partial<TestRunner> {
  readonly scenario: Vocabulary;
  /** Tests that the policy cannot pass, by title, each with the reason. They are skipped, and the reason is shown. */
  readonly except?: Readonly<Record<string, string>>;
}

/** Probabilities that are nearer than this count as the same. */
const TOLERANCE = 1e-6;
/** Observations that are asked. */
const ROWS = 24;

/**
 * The suite that every policy passes, for any test runner with `describe` and `it` (Vitest, node:test, Jest, Mocha).
 * Each test runs alone and in any order. Those that run share a policy, which the first of them opens and the suite
 * disposes of at its end; where the runner has no afterAll, the test of disposal does.
 * @param open gives a new policy each time
 * @throws {TypeError} if there is no `describe` and `it`, or `except` names no test of the suite or gives no reason
 * @example describePolicy('constant', () => openPolicy('constant:0.3', { scenario }), { scenario });
 * @example
 * import { describe, it } from 'node:test';
 * describePolicy('constant', () => openPolicy('constant:0.3', { scenario }), { scenario, describe, it });
 */
export function describePolicy(
  name: string,
  open: () => Policy | Promise<Policy>,
  options: DescribePolicyOptions,
): void {
  const { scenario } = options;
  const { describe, it: register, afterAll } = testRunner(options);
  const { except = {} } = options;
  const k = scenario.actions.length;
  const n = ROWS;
  let opened: Promise<Policy> | undefined;
  const policyOf = () => {
    opened ??= Promise.resolve(open());
    return opened;
  };
  const dispose = async () => {
    const policy = await opened?.catch(() => undefined);
    opened = undefined;
    await policy?.[Symbol.asyncDispose]();
  };
  const titles: string[] = [];
  const it: TestRunner['it'] = (title, body) => {
    titles.push(title);
    const reason = Object.hasOwn(except, title) ? except[title]! : undefined;
    if (reason === undefined) register(title, body);
    else register(`${title} (except: ${reason})`, (context) => skip(context, reason));
  };

  describe(`policy ${name}`, () => {
    afterAll?.(dispose);

    it('says who it is and which scenario it answers for', async () => {
      const policy = await policyOf();
      assert.equal(typeof policy.id, 'string');
      assert.notEqual(policy.id, '', 'its id is empty');
      assert.equal(policy.scenario, scenario.id);
    });

    it('gives each observation a row that sums to 1, or an outcome that says why not', async () => {
      const batch = sample(scenario);
      const decisions = await (await policyOf()).decide(batch);
      requireShape(decisions, n, k);
      for (let i = 0; i < n; i++) {
        const row = [...decisions.probabilities.subarray(i * k, (i + 1) * k)];
        const outcome = decisions.outcomes[i]!;
        assert.ok(outcomes.includes(outcome), `row ${i}: unknown outcome: ${outcome} (known: ${outcomes.join(', ')})`);
        if (outcome === 'ok') {
          assert.ok(
            row.every((p) => p >= 0 && p <= 1),
            `row ${i}: [${row}] are not all from 0 to 1`,
          );
          const sum = row.reduce((total, p) => total + p, 0);
          assert.ok(Math.abs(sum - 1) <= TOLERANCE, `row ${i}: probabilities sum to ${sum}, not 1`);
        } else assert.ok(row.every(Number.isNaN), `row ${i} is ${outcome} and has probabilities: [${row}]`);
      }
    });

    it('answers the empty batch', async () => {
      requireShape(await (await policyOf()).decide(observations(scenario, [])), 0, k);
    });

    it('answers row i alone as it answers row i in a batch', async () => {
      const batch = sample(scenario);
      const policy = await policyOf();
      const together = await policy.decide(batch);
      for (let i = 0; i < n; i++)
        requireSame(await policy.decide(slice(batch, i, i + 1)), 0, together, i, k, 'alone and in a batch');
    });

    it('answers a row the same wherever it stands in a batch', async () => {
      const batch = sample(scenario);
      const policy = await policyOf();
      const forwards = await policy.decide(batch);
      const backwards = await policy.decide({
        width: batch.width,
        masks: batch.masks.slice().reverse(),
        orders: [...batch.orders].reverse(),
      });
      for (let i = 0; i < n; i++) requireSame(backwards, n - 1 - i, forwards, i, k, 'in a batch and in its reverse');
    });

    it('gives the same answer twice', async () => {
      const batch = sample(scenario);
      const policy = await policyOf();
      const [first, second] = [await policy.decide(batch), await policy.decide(batch)];
      for (let i = 0; i < n; i++) requireSame(first, i, second, i, k, 'the first and the second time');
    });

    it('leaves its input untouched', async () => {
      const batch = sample(scenario);
      await (await policyOf()).decide(batch);
      assert.deepEqual(batch, sample(scenario));
    });

    it('refuses observations of another width, naming both sizes', async () => {
      const batch = sample(scenario);
      const policy = await policyOf();
      const wider = { width: batch.width + 1, masks: Uint32Array.of(0) };
      const error = await rejection(policy.decide(wider));
      for (const size of [batch.width, batch.width + 1])
        assert.match(
          error.message,
          new RegExp(`\\b${size}\\b`),
          `its message does not contain ${size}: ${error.message}`,
        );
    });

    it('rejects with the reason of an aborted signal, and answers again afterwards', async () => {
      const batch = sample(scenario);
      const policy = await policyOf();
      const reason = new Error('enough');
      assert.equal(await rejection(policy.decide(batch, { signal: AbortSignal.abort(reason) })), reason);
      requireShape(await policy.decide(slice(batch, 0, 1)), 1, k);
    });

    it('counts its progress up to the whole batch', async () => {
      const batch = sample(scenario);
      const seen: [number, number][] = [];
      await (await policyOf()).decide(batch, { onProgress: (done, of) => seen.push([done, of]) });
      assert.deepEqual(
        seen.at(-1),
        [n, n],
        `it ended at ${seen.at(-1)?.join(' of ') ?? 'nothing'}, not at ${n} of ${n}`,
      );
      assert.ok(
        seen.every(([done], i) => i === 0 || done >= seen[i - 1]![0]),
        `progress went back: ${seen.map(([done]) => done).join(', ')}`,
      );
    });

    it('as a teacher, answers every question once, and can put what it answers into words', async (context) => {
      const batch = sample(scenario);
      const policy = await policyOf();
      if (!isTeacher(policy)) return skip(context, 'it decides and does not explain: not a teacher');
      const heard: Answer[] = [];
      const asked = slice(batch, 0, 8);
      const answers = await policy.ask(asked, {
        elicit: 'greedy',
        explain: true,
        onAnswer: (row, answer) => {
          assert.equal(heard[row], undefined, `row ${row} was answered twice`);
          heard[row] = answer;
        },
      });
      assert.equal(answers.length, 8);
      assert.deepEqual(heard, answers);
      for (const [i, { outcome, probabilities, reason }] of answers.entries())
        if (outcome === 'ok') assert.equal(probabilities?.length, k, `row ${i} is ok and has no ${k} probabilities`);
        else assert.ok(reason, `row ${i} is ${outcome} and does not say why`);
    });

    it('says so when it is used after it was disposed of', async () => {
      const batch = sample(scenario);
      const policy = await policyOf();
      // Whatever runs after this test opens another one.
      opened = undefined;
      await policy[Symbol.asyncDispose]();
      await policy[Symbol.asyncDispose]();
      const error = await rejection(policy.decide(batch));
      assert.match(error.message, /dispos/i);
    });
  });

  for (const [title, reason] of Object.entries(except)) {
    if (!titles.includes(title))
      throw new TypeError(
        `unknown test in except: "${title}" (known: ${titles.map((known) => `"${known}"`).join(', ')})`,
      );
    if (reason.trim() === '')
      throw new TypeError(`except: "${title}" has no reason; state why the policy cannot pass it`);
  }
}

/**
 * Observations of every kind: none at all, single phrases, many at once, in canonical and in other orders, and twice.
 */
function sample(scenario: Vocabulary): Observations & { readonly orders: readonly (readonly number[] | undefined)[] } {
  const random = sequence(20260, 'sampling');
  const isTrait = (j: number) => j < scenario.traits.length;
  const { sets } = scenario;
  const people = traitBlocks(scenario);
  const person = () =>
    people.reduce((set, block) => sets.union(set, block.sets[Math.floor(random() * block.sets.length)]!), sets.of([]));
  const fits = (set: number) => !brokenBy(scenario, set);
  const masks = [sets.of([]), people.reduce((set, block) => sets.union(set, block.sets[0]!), sets.of([]))];
  const orders: (readonly number[] | undefined)[] = [undefined, undefined];
  while (masks.length < ROWS - 1) {
    let mask = person();
    for (const [j] of scenario.contexts.entries()) {
      const more = sets.with(mask, scenario.traits.length + j);
      if (random() < 0.4 && fits(more)) mask = more;
    }
    const shown = shuffle(sets.indices(mask), random);
    masks.push(mask);
    orders.push(random() < 0.5 ? undefined : [...shown.filter(isTrait), ...shown.filter((j) => !isTrait(j))]);
  }
  masks.push(masks[2]!);
  orders.push(orders[2]);
  return { ...observations(scenario, masks), orders };
}

function requireShape({ probabilities, outcomes: ends }: Decisions, n: number, k: number): void {
  assert.equal(ends.length, n, `${ends.length} outcomes for ${n} observations`);
  assert.equal(probabilities.length, n * k, `${probabilities.length} probabilities, expected ${n} × ${k}`);
}

function requireSame(a: Decisions, i: number, b: Decisions, j: number, k: number, where: string): void {
  assert.equal(a.outcomes[i], b.outcomes[j], `row ${j} ends differently ${where}`);
  for (let action = 0; action < k; action++) {
    const [p, q] = [a.probabilities[i * k + action]!, b.probabilities[j * k + action]!];
    const same = Math.abs(p - q) <= TOLERANCE || (Number.isNaN(p) && Number.isNaN(q));
    assert.ok(same, `row ${j} differs ${where}: ${p} and ${q}`);
  }
}

/** What a promise rejects with; fails where it does not. */
async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => assert.fail('it answered'),
    (error: unknown) => {
      assert.ok(error instanceof Error, `it rejected with ${String(error)}, which is not an Error`);
      return error;
    },
  );
}

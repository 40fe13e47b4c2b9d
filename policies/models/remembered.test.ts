import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Observations, observations } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../scenarios/open.ts';
import { openOracle } from '../known/oracle.ts';
import { LabelStore } from '../labels/store.ts';
import type { Answer, AskOptions, Teacher } from '../policy.ts';
import type { GgufTeacher } from './gguf/teacher.ts';
import { RememberedTeacher } from './remembered.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remembered-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A model that counts what it is asked; `end` can end an asking before its row. */
function model(end?: (row: number) => Error | undefined, outcome: Answer['outcome'] = 'ok') {
  const asked = { questions: 0, opened: 0 };
  const ask = async (oracle: Teacher, batch: Observations, options: AskOptions = {}) => {
    const answers = await oracle.ask(batch, { ...options, onAnswer: undefined, onProgress: undefined });
    return answers.map((correct, row) => {
      const error = end?.(row);
      if (error) throw error;
      asked.questions++;
      const answer: Answer = outcome === 'ok' ? correct : { outcome, reason: 'it said nothing' };
      options.onAnswer?.(row, answer);
      return answer;
    });
  };
  const open = async () => {
    asked.opened++;
    const oracle = openOracle(iceCream);
    const asking = (batch: Observations, options?: AskOptions) => ask(oracle, batch, options);
    return { ...oracle, ask: asking, device: 'none' } as unknown as GgufTeacher;
  };
  return { asked, open };
}

function remembered(open: () => Promise<GgufTeacher>, at = folder): RememberedTeacher {
  return new RememberedTeacher({
    scenario: iceCream,
    name: 'tiny',
    identity: { model: 'a'.repeat(64), template: '<user>{prompt}<model>', library: 'test 1' },
    decidesBy: 'expected',
    store: LabelStore.open(join(at, 'labels.jsonl')),
    open,
  });
}

const shared = mkdtempSync(join(tmpdir(), 'remembered-'));
afterAll(() => rmSync(shared, { recursive: true }));
describePolicy('remembered', () => remembered(model().open, shared), { describe, it });

describe('a remembered teacher', () => {
  const batch = observations(iceCream, [1, 2, 5, 130, 1]);

  it('asks nothing the second time, and does not even load the model', async () => {
    const first = model();
    const second = model();
    const ask = async ({ open }: ReturnType<typeof model>) => {
      await using teacher = remembered(open);
      return await teacher.ask(batch, { elicit: 'greedy', explain: true });
    };
    const answers = await ask(first);
    expect(first.asked).toEqual({ questions: 4, opened: 1 });
    expect(await ask(second)).toEqual(answers);
    expect(second.asked).toEqual({ questions: 0, opened: 0 });
  });

  it('asks two questions alike once, and answers both', async () => {
    const { asked, open } = model();
    await using teacher = remembered(open);
    const heard: number[] = [];
    const progress: number[] = [];
    const answers = await teacher.ask(
      { ...observations(iceCream, [5, 5, 5]), orders: [undefined, [0, 2], [2, 0]] },
      { onAnswer: (row) => heard.push(row), onProgress: (done) => progress.push(done) },
    );
    // The canonical order is the same prompt whether it is spelt out or not; another order is another prompt.
    expect(asked.questions).toBe(2);
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]!.probabilities).not.toEqual(answers[2]!.probabilities);
    expect(heard.sort()).toEqual([0, 1, 2]);
    expect(progress.at(-1)).toBe(3);
  });

  it('tells questions apart by everything that an answer depends on, and by nothing else', async () => {
    const { asked, open } = model();
    await using teacher = remembered(open);
    const one = observations(iceCream, [5]);
    const different: AskOptions[] = [
      { elicit: 'expected' },
      { elicit: 'greedy' },
      { elicit: 'greedy', explain: true },
      { elicit: 'greedy', repeat: 1 },
      { elicit: 'greedy', paraphrase: 1 },
      { elicit: 'sample' },
      { elicit: 'sample', seed: 1 },
      { elicit: 'sample', temperature: 0.7 },
      { elicit: 'sample', repeat: 1 },
    ];
    for (const options of different) await teacher.ask(one, options);
    expect(asked.questions).toBe(different.length);
    for (const options of [
      ...different,
      { elicit: 'expected', explain: true },
      { elicit: 'greedy', seed: 9, temperature: 2 },
      { elicit: 'sample', seed: 0, temperature: 1, repeat: 0, paraphrase: 0 },
    ] satisfies AskOptions[])
      await teacher.ask(one, options);
    expect(asked.questions).toBe(different.length);
  });

  it.each([
    ['aborted', new Error('enough')],
    ['ended by a crash', new Error('the model crashed')],
  ])('keeps what has arrived when the asking is %s, and asks only for the rest', async (_, reason) => {
    const failing = model((row) => (row === 2 ? reason : undefined));
    {
      await using teacher = remembered(failing.open);
      await expect(teacher.ask(batch)).rejects.toBe(reason);
    }
    const { asked, open } = model();
    await using teacher = remembered(open);
    expect(await teacher.ask(batch)).toHaveLength(5);
    expect(asked.questions).toBe(2);
  });

  it.each([
    ['unparsable', 1],
    ['refused', 1],
    ['timeout', 2],
  ] as const)('asks for an answer that was %s %i times in two runs', async (outcome, times) => {
    const { asked, open } = model(undefined, outcome);
    for (const run of [1, 2]) {
      await using teacher = remembered(open);
      const [answer] = await teacher.ask(observations(iceCream, [3]));
      expect([run, answer]).toEqual([run, { outcome, reason: 'it said nothing' }]);
    }
    expect(asked.questions).toBe(times);
  });

  it('reads the reply of a label again, which an earlier version may have taken for a number', async () => {
    const row = observations(iceCream, [1]);
    const first = remembered(model().open);
    await first.ask(row, { elicit: 'greedy' });
    await first[Symbol.asyncDispose]();
    const path = join(folder, 'labels.jsonl');
    const label = JSON.parse(readFileSync(path, 'utf8').trim().split('\n').at(-1)!);
    const { sum: _, ...known } = {
      ...label,
      reply: '1. I cannot estimate that.',
      rung: 'words',
      probabilities: [0, 1],
    };
    writeFileSync(path, `${JSON.stringify({ ...known, probability_LLM: 1 })}\n`);
    const again = model();
    const second = remembered(again.open);
    const [answer] = await second.ask(row, { elicit: 'greedy' });
    await second[Symbol.asyncDispose]();
    expect(answer).toMatchObject({ outcome: 'unparsable', reply: '1. I cannot estimate that.' });
    expect(answer!.probabilities).toBeUndefined();
    expect(again.asked.questions).toBe(0);
  });

  it('goes on loading the model for others when one who waits for it stops', async () => {
    const { asked, open } = model();
    await using teacher = remembered(async () => {
      await new Promise((later) => setTimeout(later, 50));
      return open();
    });
    const reason = new Error('enough');
    const controller = new AbortController();
    const stopped = teacher.ask(batch, { signal: controller.signal });
    const patient = teacher.ask(batch);
    controller.abort(reason);
    await expect(stopped).rejects.toBe(reason);
    expect(await patient).toHaveLength(5);
    expect(asked.opened).toBe(1);
  });

  it('opens the model again where it could not be opened the first time', async () => {
    const { open } = model();
    let tries = 0;
    await using teacher = remembered(async () => {
      if (++tries === 1) throw new Error('the file is gone');
      return open();
    });
    await expect(teacher.ask(batch)).rejects.toThrow('the file is gone');
    expect(await teacher.ask(batch)).toHaveLength(5);
  });
});

import { describe, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { openPolicy, openTeacher } from '../../scenarios/open.ts';
import { answersInFile, askTeacher, askVisited, likeRows } from './ask-teacher.ts';
import { NotedAnswers } from './noted.ts';
import { smallScenario, testRows } from './small-scenario.test-support.ts';

const [bold, shy, hungry] = [1, 2, 4];

describe('answers about the states that models visit', () => {
  it('are means over the rows of a state in the test file', () => {
    const rows = [0.2, 0.4].map((p, i) => ({ traits: i ? ['bold', 'shy'] : ['shy', 'bold'], context: [], p }));
    const { answers, sample, whose } = answersInFile(testRows(rows));
    expect(answers.get(bold | shy)![0]).toBeCloseTo(0.7, 14);
    expect(answers.get(bold | shy)![1]).toBeCloseTo(0.3, 14);
    expect([sample, whose]).toEqual([undefined, 'test file']);
  });

  it('are greedy replies if the rows are, so that a student is compared with what it learned', async () => {
    await using oracle = await openTeacher('oracle');
    const masks = [1, 2 ** 4 + 2 ** 7, 1 + 2 ** 10];
    const visits = {
      masks: Uint32Array.from(masks),
      counts: Float64Array.of(1, 1, 1),
      agents: 3,
      ticks: 1,
      decided: () => Float64Array.of(0.5, 0.5),
    };
    const batch = { width: iceCream.phrases.length, masks: Uint32Array.from(masks) };
    const test = { scenario: iceCream, observations: batch, m: 1, target: new Float64Array(3) };
    const asked = async (elicitations: readonly string[]) => {
      const elicit = likeRows(elicitations, 2);
      const said = await askTeacher(test, [visits], {
        ...{ teacher: oracle, budget: 3, orders: 1, seed: 1, noted: new NotedAnswers(iceCream) },
        ...(elicit && { elicit }),
      });
      return [...said.visited!.answers.values()].map((row) => row[1]);
    };
    const replies = await oracle.ask(batch, { elicit: 'greedy' });
    expect(await asked(['greedy', 'greedy'])).toEqual(replies.map(({ probabilities }) => probabilities![1]));
    const means = await oracle.ask(batch, { elicit: 'expected' });
    expect(await asked(['greedy', 'expected'])).toEqual(means.map(({ probabilities }) => probabilities![1]));
    expect(await asked(['greedy', 'greedy'])).not.toEqual(await asked(['greedy', 'expected']));
  });

  it('are asked for as all rows were, unless they were drawn and there is a better way', () => {
    expect(likeRows(['choice', 'choice'], 5)).toBe('choice');
    expect(likeRows(['sample', 'sample'], 2)).toBeUndefined();
    expect(likeRows(['sample', 'sample'], 5)).toBe('greedy');
    expect(likeRows(['expected'], 2)).toBeUndefined();
    expect(likeRows(['greedy', undefined], 2)).toBeUndefined();
  });

  it('are asked of the teacher as far as the budget goes, once each however many models met a state', async () => {
    await using teacher = await openPolicy('constant:0.7', { scenario: smallScenario });
    const asked: number[] = [];
    const counting: typeof teacher = {
      ...teacher,
      decide: (batch, options) => {
        asked.push(...batch.masks);
        return teacher.decide(batch, options);
      },
    };
    const visits = (counts: number[]) => ({
      masks: Uint32Array.of(bold, shy, bold | hungry),
      counts: Float64Array.from(counts),
      agents: 10,
      ticks: 1,
      decided: () => Float64Array.of(0.5, 0.5),
    });
    const both = [visits([5, 3, 2]), visits([1, 1, 8])];
    const all = await askVisited(counting, { scenario: smallScenario }, both, { most: 3, seed: 1 });
    expect(asked).toEqual([bold, shy, bold | hungry]);
    expect([...all.answers.values()].map((row) => row[1])).toEqual([0.7, 0.7, 0.7]);
    asked.length = 0;
    const two = await askVisited(counting, { scenario: smallScenario }, both, { most: 2, seed: 1 });
    expect(asked).toHaveLength(2);
    expect([...two.sample!.keys()]).toEqual(asked);
    expect(two.whose).toBe('teacher');
  });
});

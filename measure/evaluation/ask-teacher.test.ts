import { describe, expect, it } from 'vitest';
import { openPolicy } from '../../scenarios/open.ts';
import { answersInFile, askVisited } from './ask-teacher.ts';
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

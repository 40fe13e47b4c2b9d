import { describe, expect, it } from 'vitest';
import { defineScenario } from './define-scenario.ts';
import { observations } from './observation.ts';
import { choicePromptOf, promptOf } from './prompt.ts';
import type { ChoiceForm } from './scenario.ts';

const crossing = (choice?: ChoiceForm) =>
  defineScenario({
    id: 'crossing',
    actions: ['wait', 'walk', 'run'],
    discount: 1,
    horizon: 1,
    traits: { phrases: ['young', 'late'] },
    contexts: { dark: ({ lamp }) => lamp === 'off' },
    world: {},
    agent: { lamp: { levels: ['off', 'on'], start: 'off', next: ({ lamp }) => lamp } },
    reward: () => 0,
    ...(choice && {
      prompt: {
        paraphrases: ['{traits}, {contexts}?'],
        none: { traits: 'anybody', contexts: 'by day' },
        question: 'Give "walk" and "run".',
        choice,
      },
    }),
  });
const asked = (scenario = crossing(), shift = 0) =>
  choicePromptOf(scenario, observations(scenario, [1]), 0, { shift, request: 'Say the letter.' });

describe('the prompt of a choice', () => {
  it('has the actions as lettered options, last, after the description that numbers are asked with', () => {
    expect(asked()).toBe(
      [
        'Which of the options below does this person choose? Say the letter.',
        'A person: young. Right now: nothing out of the ordinary. How likely is it that this person chooses to walk or to run?',
        'A) wait',
        'B) walk',
        'C) run',
      ].join('\n'),
    );
    expect(asked(crossing(), 2)).toMatch(/\nA\) run\nB\) wait\nC\) walk$/);
  });

  it('is in the words of the scenario where it has some, and leaves the question for numbers alone', () => {
    const scenario = crossing({
      paraphrases: ['At the lights, {contexts}: {traits}.'],
      question: 'What now?',
      options: { run: 'run across' },
    });
    expect(asked(scenario)).toBe(
      'What now? Say the letter.\nAt the lights, by day: young.\nA) wait\nB) walk\nC) run across',
    );
    expect(promptOf(scenario, observations(scenario, [1]), 0)).toBe('young, by day? Give "walk" and "run".');
  });

  it.each([
    [{ options: { runn: 'run' } }, 'SCENARIO_ACTION', /option of the choice.*runn/],
    [{ options: { run: 'walk' } }, 'SCENARIO_PROMPT', /two options of the choice have the same words: "walk"/],
    [{ paraphrases: [] }, 'SCENARIO_PROMPT', /the choice has 0 paraphrases, and the prompt has 1/],
    [
      { paraphrases: ['{traits} only'] },
      'SCENARIO_PROMPT',
      /paraphrase of the choice 0 must contain \{contexts\} exactly once/,
    ],
  ] as const)('is refused where its words do not fit: %j', (choice, code, message) => {
    const defining = () => crossing(choice);
    expect(defining).toThrow(message);
    expect(defining).toThrow(expect.objectContaining({ code }));
  });
});

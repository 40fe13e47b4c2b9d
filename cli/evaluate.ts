import { workspace as paths } from '../workspace/paths.ts';
import { evaluatedWords } from './evaluation-words.ts';
import { integer, list, text } from './options.ts';
import { requireFile } from './usage-error.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  name: 'evaluate',
  summary: 'how far can each student be trusted? Errors on held-out rows, beside baselines',
  description: [
    'Compares the students of the workspace with the rows of a test set and with baselines that know nothing, and writes to results/metrics: evaluation.csv (MSE, MAE, R², correlations, calibration, divergences, size, speed), comparisons.csv (every pair tested, with Holm’s correction), subgroups.csv (errors by trait, context and size), effects.csv (what each phrase and pair does to a student’s decisions), coefficients.csv (of a logistic regression), predictions.csv and evaluation.json.',
    'It also shows states in other orders of their phrases, and simulates each student to see where it goes: with --teacher the teacher is asked about both, else errors where a student goes are told from the rows of the test set alone.',
    'With a stability study of the same teacher in the workspace it says which share of what is achievable a student explains.',
  ].join('\n'),
  options: {
    test: text('Rows to test on: JSON Lines with traits, context and probability_LLM.', {
      placeholder: 'FILE',
      shown: 'data/test.jsonl of the workspace',
    }),
    model: list(
      text('Evaluate this student or policy (by default every student of the workspace).', { placeholder: 'POLICY' }),
    ),
    teacher: text('The teacher of the rows, to be asked for more (by default nobody is asked).', {}),
    budget: integer('Questions to that teacher at most; remembered answers count.', { default: 1000, min: 1 }),
    orders: integer('Orders in which a state’s phrases are shown; 1 leaves order sensitivity out.', {
      default: 8,
      min: 1,
    }),
    agents: integer('Agents that each student is simulated with; 0 leaves out the error where it goes.', {
      default: 1000,
      min: 0,
    }),
  },
  stopped: 'the same command begins again; what the teacher has answered is remembered',
  examples: [
    ['understudy evaluate', 'all students of the workspace on data/test.jsonl'],
    ['understudy evaluate --teacher tiny', 'and ask the teacher where the students go, and in other orders'],
    ['understudy evaluate --test gemma/test.jsonl --model student:mlp', 'one of them on a file from elsewhere'],
  ],
  async run({ values, signal, progress, log, report }) {
    const { workspace, seed, teacher, budget, orders, agents } = values;
    const file = values.test ?? paths(workspace).test;
    await requireFile(file, '--test', 'understudy dataset', 'evaluate');
    const [{ evaluate }, { iceCream: scenario }] = await Promise.all([
      import('../measure/evaluation/evaluate.ts'),
      import('../scenarios/ice-cream-v1/scenario.ts'),
    ]);
    const result = await evaluate({
      test: file,
      ...(values.model.length > 0 && { models: values.model as readonly string[] }),
      ...(teacher !== undefined && { teacher }),
      ...{ workspace, seed, scenario, budget, orders, agents, signal, progress, log },
    });
    report(result, evaluatedWords(result));
  },
});

import { workspace as paths } from '../workspace/paths.ts';
import { evaluatedWords } from './evaluation-words.ts';
import { integer, list, text } from './options.ts';
import { requireFile } from './usage-error.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  name: 'evaluate',
  summary: 'errors of the students on held-out rows, beside baselines',
  description: [
    'Compares the students of the workspace with the rows of a test set and with baselines. Writes to results/metrics: evaluation.csv (MSE, MAE, R², correlations, calibration, divergences, size, speed), comparisons.csv (tests of all pairs, with Holm’s correction), subgroups.csv (errors by trait, context and size), effects.csv (effect of each phrase and pair on a student’s decisions), coefficients.csv (logistic regressions), predictions.csv and evaluation.json.',
    'It also shows states in other orders of their phrases, and simulates each student to find the states that it visits. With --teacher, the teacher is asked about both; without it, errors on visited states come from the test rows alone.',
    'If the workspace has a stability study of the same teacher, it also reports each student’s share of the achievable R².',
  ].join('\n'),
  options: {
    test: text('Test rows with traits, context and probability_LLM: JSON Lines, a JSON array, CSV or Parquet.', {
      placeholder: 'FILE',
      shown: 'data/test.jsonl of the workspace',
    }),
    model: list(
      text('Student or policy to evaluate; default: every student of the workspace.', { placeholder: 'POLICY' }),
    ),
    teacher: text('Teacher of the rows, asked for further answers; default: none is asked.', {}),
    budget: integer('Maximum number of questions to the teacher, remembered answers included.', {
      default: 1000,
      min: 1,
    }),
    orders: integer('Number of orders in which a state’s phrases are shown; 1 skips order sensitivity.', {
      default: 8,
      min: 1,
    }),
    agents: integer('Number of agents in the simulation of each student; 0 skips the error on visited states.', {
      default: 1000,
      min: 0,
    }),
  },
  stopped: 'the same command starts over; answers of the teacher are remembered',
  examples: [
    ['understudy evaluate', 'all students of the workspace on data/test.jsonl'],
    ['understudy evaluate --teacher tiny', 'asks the teacher about visited states and other orders as well'],
    ['understudy evaluate --test gemma/test.jsonl --model student:mlp', 'one student on a file from elsewhere'],
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

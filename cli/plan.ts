import { samplings } from '../distill/dataset/sample.ts';
import { plannable } from '../distill/plan/plannable.ts';
import { phraseOrders } from '../env/sampling/orders.ts';
import { elicitations } from '../policies/policy.ts';
import { limitOptions } from './limits.ts';
import { choice, flag, integer, integerOrAll, number, text, UsageError, unknownName } from './options.ts';
import { planWords } from './planned.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  name: 'plan',
  summary: 'say what a study would ask, cost and come to, without asking',
  description: [
    'Counts the distinct questions that dataset, stability or a whole study (the default) would still ask: what data/labels.jsonl knows is free. Tokens are measured on earlier answers, counted by the tokenizer of a model file or estimated from the texts, and it says which. Money is by a table of prices (--prices), time by the rate measured in this workspace; what is not known is said to be so.',
    'It predicts half of the 95 % interval of the mean P(action) of a data set, of ICC(1,1) and, if students were evaluated here, of their errors, as far as earlier answers or a probe show the spread.',
    'The verbs dataset, stability, study and audit have --plan, which takes all of their flags.',
  ].join('\n'),
  positionals: ['VERB'],
  world: 'reads',
  options: {
    teacher: text('Teacher, as for understudy dataset.', { shown: 'tiny or oracle, by the scenario' }),
    size: integerOrAll('Observations of the data set, or all.', { min: 5, shown: 'as the verb has it' }),
    sampling: choice('Choice of states, as for understudy dataset.', samplings, { shown: 'stratified' }),
    order: choice('Order in which the phrases are shown.', phraseOrders, { default: 'canonical' }),
    elicit: choice('Reading of the decision, as for understudy dataset.', elicitations, {
      shown: 'as the teacher can',
    }),
    repeats: integer('Questions per state of the data set.', { default: 1, min: 1 }),
    explain: flag('Explanation with every row of the data set.'),
    prompts: integer('Prompts of the stability study.', { min: 2, shown: 'as the verb has it' }),
    runs: integer('Runs of the stability study.', { default: 10, min: 2 }),
    temperature: number('Sampling temperature of the stability study; 0 is greedy.', { default: 1, min: 0 }),
    probe: integer('Open questions that are asked now, to measure tokens, time and spread; answers are kept.', {
      min: 1,
      shown: 'none',
    }),
    ...limitOptions,
  },
  examples: [
    ['understudy plan', 'a whole study with the bundled teacher'],
    ['understudy plan dataset --teacher openai:gpt-4o-mini --elicit greedy', 'what it costs at OpenAI'],
    ['understudy plan stability --prompts 100 --probe 20', 'the rate and the spread measured on twenty questions'],
  ],
  async run({ values, positionals, scenario, signal, progress, log, report }) {
    const [given = 'study'] = positionals;
    const verb = plannable.find((name) => name === given);
    if (verb === undefined) throw new UsageError(unknownName('verb to plan', given, plannable), 'plan');
    const { teacher, size, sampling, order, elicit, repeats, explain, prompts, runs, temperature } = values;
    const { probe, prices, workspace, seed } = values;
    const { plan } = await import('../distill/plan/plan.ts');
    const result = await plan({
      ...{ verb, teacher, probe, prices, workspace, seed, scenario, signal, progress, log },
      dataset: { ...(size !== undefined && { size }), sampling, order, elicit, repeats, explain },
      stability: { ...(prompts !== undefined && { prompts }), runs, temperature },
    });
    report(result, planWords(result));
  },
});
